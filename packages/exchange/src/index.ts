/** @omg/exchange: books, batch auctions, settlements, commitments, money, candles. docs/auction.md explains them. */
export type * from './types.ts'
