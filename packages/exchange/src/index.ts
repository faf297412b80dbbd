/** @omg/exchange: books, batch auctions, settlements, commitments, money, candles. docs/auction.md explains them. */

export { type Actors, collectActors, countSides } from './actors.ts'
export { referenceAuction } from './auction.reference.ts'
export { clearBatch, describeBatch, engineAuction } from './auction.ts'
export { Book, type BookListener, type BookRows, type OrderColumns, type SpecialColumns } from './book.ts'
export * from './candles.ts'
export {
  BookCommitment,
  type BookFinding,
  type BookProof,
  type OrderLeaf,
  orderLeafHash,
  verifyBookProof,
} from './commitment.ts'
export { EXCHANGE_ERRORS, type ExchangeErrorCode } from './errors.ts'
export * from './explain.ts'
export { addHistograms, type Histogram } from './histogram.ts'
export * from './limits.ts'
export { market } from './market.ts'
export * from './money.ts'
export { bookOrder, crosses, type Entry, isAsleep, minimumOf, tickOf, turns } from './order.ts'
export { outcomeWords, readOutcome, writeOutcome } from './outcome.ts'
export { type Case, parcelBytes, type Refs, readParcel, writeParcel } from './parcel.ts'
export { type Crossing, findCrossing } from './price.ts'
export { decodeBookProof, encodeBookProof } from './proof.ts'
export { compareKeys, rationingKey, share } from './rationing.ts'
export { contenders, type Newcomer, tradersAtMost } from './reach.ts'
export * from './roots.ts'
export { FLAG, type OrderRow, rowOf } from './row.ts'
export { settlements } from './settlement.ts'
export { loadBook, saveBook } from './snapshot.ts'
export { type SumNode, type SumPath, type SumStep, sumNodeHash } from './sum-tree.ts'
export type * from './types.ts'
