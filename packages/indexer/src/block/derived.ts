import { type Batch, cost, settleMoney } from '@omg/exchange'
import { type ExchangeView, type ParametersInForce, tradingFees } from '@omg/ledger'
import {
  type Address,
  type Amount,
  coinGuard,
  type Guard,
  type IndexedOutput,
  type Move,
  madeIndex,
  type OrderTerms,
  type Output,
  orderGuard,
  remainderIndex,
  type Settle,
  tradingTerms,
  ZERO_HASH,
} from '@omg/protocol'
import type { FillPart, OwnedOutput } from './effects.ts'
import type { Outputs } from './outputs.ts'

/** What the outputs of MOVE and SETTLE follow from, besides what they spend. */
export interface Derivation {
  readonly outputs: Outputs
  readonly exchange: ExchangeView
  /** Of the block. */
  readonly inForce: ParametersInForce
  readonly batches: readonly Batch<Guard>[]
}

/** Step `i` makes `2i`, what it moves, and `2i + 1`, what it leaves. */
export function madeByMove(
  { steps }: Move,
  spent: readonly OwnedOutput[],
  { outputs }: Pick<Derivation, 'outputs'>,
): IndexedOutput[] {
  let at = 0
  return steps.flatMap((step, i) => {
    const inputs = spent.slice(at, at + step.inputs.length)
    at += step.inputs.length
    const { token } = inputs[0]!.output
    const total = inputs.reduce((sum, { output }) => sum + output.amount, 0n)
    const moved = step.amount === 0n ? total : step.amount
    const target = step.to === ZERO_HASH ? coinOf(termsOf(outputs, step.guard).owner) : orderOf(step.to)
    return [
      { index: madeIndex(i), output: holding(target, token, moved) },
      ...remainder(i, step.guard, token, total - moved),
    ]
  })
}

/** Fill `i` makes `2i`, its proceeds, and `2i + 1`, what stays of the order. */
export function madeBySettle(
  { market: id, batchHeight, price, fills }: Settle,
  spent: readonly OwnedOutput[],
  { outputs, exchange, inForce, batches }: Derivation,
): { made: IndexedOutput[]; fills: FillPart[] } {
  const batch = batches.find(({ market, height }) => market === id && height === batchHeight)!
  const makers = new Map([...batch.buys, ...batch.sells].map(({ order, maker }) => [order, maker]))
  const { terms: market } = exchange.markets.get(id)!
  const { makerBps, takerBps } = tradingFees(inForce.exchange, market.tier)
  const { unit } = inForce.feeTokens.find(({ token }) => token === market.quote)!
  const parts: FillPart[] = []
  const made = fills.flatMap((fill, i) => {
    const { output } = spent[i]!
    const terms = termsOf(outputs, output.guard)
    const maker = makers.get(output.guard)!
    const trade = { side: terms.side, price: Number(price), lots: Number(fill.lots), unit }
    const money = settleMoney(market, { ...trade, bps: maker ? makerBps : takerBps }, output.amount)
    const value = cost(market, trade.price, trade.lots)
    const { owner, side } = terms
    parts.push({ guard: output.guard, owner, side, lots: fill.lots, maker, value, fee: money.fee })
    const token = side === 'buy' ? market.base : market.quote
    const proceeds =
      money.proceeds === 0n
        ? []
        : [{ index: madeIndex(i), output: holding(proceedsTarget(terms), token, money.proceeds) }]
    return [...proceeds, ...remainder(i, output.guard, output.token, money.remainder)]
  })
  return { made, fills: parts }
}

type Target = Pick<Output, 'type' | 'guard'>

/** To the receiver, into the trading balance, or into the terms that the order is chained to. */
function proceedsTarget({ proceedsKind, proceedsGuard, owner, agent, receiver }: OrderTerms): Target {
  if (proceedsKind === 'chained') return orderOf(proceedsGuard)
  return proceedsKind === 'trading'
    ? orderOf(orderGuard(tradingTerms(owner, agent, receiver)))
    : coinOf(receiver)
}

function remainder(i: number, guard: Guard, token: Address, amount: bigint): IndexedOutput[] {
  return amount === 0n ? [] : [{ index: remainderIndex(i), output: holding(orderOf(guard), token, amount) }]
}

function coinOf(owner: Address): Target {
  return { type: 'coin', guard: coinGuard(owner) }
}

function orderOf(guard: Guard): Target {
  return { type: 'order', guard }
}

function holding(target: Target, token: Address, amount: bigint): Output {
  return { ...target, token, amount: amount as Amount }
}

function termsOf(outputs: Outputs, guard: Guard): OrderTerms {
  const terms = outputs.terms(guard)
  if (terms === undefined) throw new Error(`a valid block moves ${guard}, whose terms are not known`)
  return terms
}
