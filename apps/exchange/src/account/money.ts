import { type Address, MAX_OUTPUTS } from '@omg/protocol'
import type { FeeToken, Market, Token, TradingAmount, TradingBalance } from '@omg/sdk'
import type { Holdings } from './holdings.ts'

/** Fees that stay behind as coin when all is moved to trading: enough for some payments and withdrawals. */
const FEES_KEPT = 20n
/** Parts of a token in the trading balance: orders that can be placed in one moment. */
const PARTS = 3
/** Outputs that one payment has for parts: change and fee need theirs. */
const MAX_PARTS = MAX_OUTPUTS - 2
/** Outputs that one order may gather. */
const MAX_GATHERED = 8

/** What somebody has of one token. All in token units. */
export interface TokenMoney {
  readonly token: Token
  /** Free, safe by Ethereum alone. */
  readonly coin: bigint
  /** Free to trade with in this browser. */
  readonly trading: bigint
  /** What one order can take of it at most. */
  readonly forOneOrder: bigint
  /** In a trading balance of another browser or key. */
  readonly elsewhere: bigint
  readonly inOrders: bigint
  /** Being withdrawn. */
  readonly leaving: bigint
  readonly total: bigint
}

/** Tokens that markets trade and fees are paid in, each once. */
export function knownTokens(markets: readonly Market[], feeTokens: readonly FeeToken[]): Token[] {
  const tokens = new Map<Address, Token>()
  for (const { base, quote } of markets) for (const token of [base, quote]) tokens.set(token.address, token)
  for (const { token, symbol, decimals } of feeTokens) {
    if (!tokens.has(token)) tokens.set(token, { address: token, symbol, decimals })
  }
  return [...tokens.values()]
}

/** What there is of each token; of `agent` is the browser's own trading balance. */
export function moneyOf(
  tokens: readonly Token[],
  holdings: Holdings,
  agent: Address | undefined,
): TokenMoney[] {
  return tokens.map(token => {
    const own = holdings.trading.filter(each => each.token === token.address)
    const mine = own.filter(({ terms }) => terms.agent === agent)
    const coin = holdings.coins.find(balance => balance.token === token.address)
    const inOrders = sum(holdings.orders.filter(order => order.token === token.address))
    const trading = sum(mine)
    const elsewhere = sum(own) - trading
    const money = {
      token,
      coin: coin?.amount ?? 0n,
      trading,
      forOneOrder: sum(mine.flatMap(({ outputs }) => largest(outputs))),
      elsewhere,
      inOrders,
      leaving: coin?.locked.amount ?? 0n,
    }
    return { ...money, total: money.coin + trading + elsewhere + inOrders }
  })
}

/** What is moved when coins become a trading balance: all but some fees. Tokens of which nothing is left to move are not among it. */
export function amountsToTrade(
  money: readonly TokenMoney[],
  feeTokens: readonly FeeToken[],
): TradingAmount[] {
  const amounts = money.flatMap(({ token, coin }) => {
    const amount = coin - reserveOf(token.address, feeTokens)
    const dust = feeTokens.find(fee => fee.token === token.address)?.dust ?? 0n
    return amount > 0n && amount >= dust * BigInt(PARTS) ? [{ token: token.address, amount }] : []
  })
  const parts = Math.max(1, Math.min(PARTS, Math.floor(MAX_PARTS / Math.max(1, amounts.length))))
  return amounts
    .slice(0, MAX_PARTS)
    .map(each => ({ ...each, parts: each.amount < BigInt(parts) ? 1 : parts }))
}

/** What stays behind as coin of a token, for fees. */
export function reserveOf(token: Address, feeTokens: readonly FeeToken[]): bigint {
  const fee = feeTokens.find(each => each.token === token)
  // Where the stakers do not accept fees in it, none are kept for.
  if (!fee || fee.accepted === false) return 0n
  const fees = FEES_KEPT * fee.fees.payment
  return fees > fee.dust ? fees : fee.dust
}

/** What an amount of a token is worth in a quote token, at the last price of a market between them; undefined where there is none. */
export function worthOf(
  amount: bigint,
  token: Address,
  quote: Address,
  markets: readonly Market[],
): bigint | undefined {
  if (token === quote) return amount
  const market = markets.find(each => each.terms.base === token && each.terms.quote === quote)
  if (market?.lastPrice === undefined) return undefined
  return (amount * market.lastPrice * market.terms.tick) / market.terms.lot
}

const sum = (parts: readonly { readonly amount: bigint }[]) =>
  parts.reduce((total, { amount }) => total + amount, 0n)

function largest(outputs: TradingBalance['outputs']): TradingBalance['outputs'] {
  return [...outputs]
    .sort((a, b) => (a.amount < b.amount ? 1 : a.amount > b.amount ? -1 : 0))
    .slice(0, MAX_GATHERED)
}
