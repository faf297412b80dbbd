import { amountFor, lotsOf } from '@omg/exchange'
import {
  amount,
  type Guard,
  type OrderTerms,
  orderGuard,
  type Step,
  tradingTerms,
  ZERO_HASH,
} from '@omg/protocol'
import type { TradingBalance } from '../actions/getTradingBalances.ts'
import { sdkError } from '../error.ts'
import type { Market } from '../market/market.ts'
import type { PlannedSteps } from './instruction.ts'
import type { Order } from './live.ts'
import type { TermsChain } from './terms.ts'
import { witnessTerms } from './terms.ts'

/** One step, with the terms that it goes to. */
export interface PlannedStep {
  readonly step: Step
  readonly to?: TermsChain
}

/** Where what is taken back goes: a COIN of the owner, or her trading balance. */
export type Destination = 'coin' | 'trading'

const COIN = ZERO_HASH as Guard
const ALL = amount(0n)

/** The steps of one instruction, with their witness. */
export function stepsOf(planned: readonly PlannedStep[]): PlannedSteps {
  const chains = planned.flatMap(({ to }) => (to ? [to] : []))
  return { steps: planned.map(({ step }) => step), orderTerms: witnessTerms(chains) }
}

/** Takes an order back, all that is left of it, or `units` of what it holds. */
export function cancelStep(order: Order, into = returnOf(order.terms), units = 0n): PlannedStep {
  if (into === 'coin') return { step: { guard: order.guard, amount: amount(units), to: COIN } }
  const to = tradingChain(order.terms)
  return { step: { guard: order.guard, amount: amount(units), to: to.guard }, to }
}

/** Places an order from a trading balance. */
export function placeStep(balance: Guard, units: bigint, to: TermsChain): PlannedStep {
  return { step: { guard: balance, amount: amount(units), to: to.guard }, to }
}

/** What is free to place orders with while the steps of one instruction are planned: no output serves two steps. */
export class FreeBalances {
  readonly #outputs = new Map<string, bigint[]>()

  constructor(balances: readonly TradingBalance[]) {
    for (const { guard, token, outputs } of balances) {
      const amounts = outputs.map(output => output.amount).sort((a, b) => (a < b ? 1 : a > b ? -1 : 0))
      this.#outputs.set(`${guard}:${token}`, amounts)
    }
  }

  /**
   * Takes what one step needs, the largest outputs first, as the producer of the block will.
   *
   * @throws SdkError `trading.insufficient`
   */
  take(guard: Guard, token: string, units: bigint): void {
    const free = this.#outputs.get(`${guard}:${token}`) ?? []
    const chosen = free.splice(0, countFor(free, units))
    const total = chosen.reduce((sum, each) => sum + each, 0n)
    if (total >= units) return
    throw sdkError(
      'trading.insufficient',
      `the step needs ${units} of ${token} in outputs of its own, of which the trading balance has ${total} left`,
    )
  }
}

/** Outputs that one step may gather. */
const MAX_GATHERED = 8

function countFor(amounts: readonly bigint[], units: bigint): number {
  let [count, total] = [0, 0n]
  while (count < Math.min(amounts.length, MAX_GATHERED) && total < units) total += amounts[count++]!
  return count
}

/** What an amendment wants of an order. */
export interface Amendment {
  readonly order: Order
  readonly market: Market
  readonly next: TermsChain
  /** Undefined: as many as what the order holds makes. */
  readonly lots: bigint | undefined
  /** Whether anything but the size changes. */
  readonly isNewTerms: boolean
}

/**
 * The steps of an amendment: a smaller size alone keeps the order's place; new terms that need exactly what the order holds take it all;
 * anything else goes through the trading balance.
 *
 * @throws SdkError `trading.insufficient`, `order.invalid`
 */
export function amendSteps(amendment: Amendment, free: FreeBalances): PlannedStep[] {
  const { order, market, next, lots, isNewTerms } = amendment
  if (!isNewTerms) {
    const excess = order.amount - amountFor(market.terms, order.terms, lots ?? order.lots)
    if (lots !== undefined && lots < order.lots && excess > 0n) return [cancelStep(order, undefined, excess)]
    if (lots === undefined || lots === order.lots)
      throw sdkError('order.invalid', 'the amendment changes nothing')
  }
  const made = lotsOf(market.terms, next.terms, order.amount)
  if (lots === undefined || made === lots)
    return [{ step: { guard: order.guard, amount: ALL, to: next.guard }, to: next }]
  const balance = orderGuard(tradingOf(order.terms))
  const units = amountFor(market.terms, next.terms, lots)
  free.take(balance, order.token, units)
  return [cancelStep(order, 'trading'), placeStep(balance, units, next)]
}

/** Where an order's own terms send what it does not trade. */
export function returnOf({ proceedsKind }: OrderTerms): Destination {
  return proceedsKind === 'trading' ? 'trading' : 'coin'
}

/** The trading balance of an order's owner, agent and receiver. */
export function tradingOf({ owner, agent, receiver }: OrderTerms): OrderTerms {
  return tradingTerms(owner, agent, receiver)
}

function tradingChain(terms: OrderTerms): TermsChain {
  const trading = tradingOf(terms)
  return { guard: orderGuard(trading), terms: trading, chained: [] }
}
