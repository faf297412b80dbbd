import type { OrderTerms, Output, OutputId } from '@omg/protocol'
import { type Account, account, coin, fund, PLAIN, USD } from '../src/chain.fixture.ts'
import type { Ledger } from '../src/ledger.ts'
import {
  instruction,
  order,
  orderOutput,
  orderPayment,
  type StepWish,
  trading,
} from '../src/order/market.fixture.ts'

/** Steps of an instruction: as many as one signature may have. */
export const STEPS = 16
/** What a round does to the orders of an owner; what is left of an instruction gathers the small change that this leaves. */
const [PLACED, CANCELLED, AMENDED] = [5, 5, 5] as const
const RESTING = 2 * PLACED
const BALANCES = 16
const FUNDS = 10n ** 12n
const LOTS = 10

export interface OrderLoadOptions {
  /** What a payment pays, in USD. */
  readonly fee?: bigint
  /** Of instructions, in seconds. */
  readonly validUntil?: bigint
  /** Without, another order is amended instead: where outputs do not season at once, small change stays. */
  readonly gathers?: boolean
}

/** One step in words, for a peer that knows neither signatures nor outputs. */
export interface Operation {
  readonly kind: 'place' | 'cancel' | 'amend'
  readonly id: string
  /** Of the order that an amendment makes. */
  readonly next: string
  readonly side: 'buy' | 'sell'
  readonly price: number
  readonly size: number
}

interface Trader {
  readonly owner: Account
  readonly side: OrderTerms['side']
  /** Oldest first. */
  live: OrderTerms[]
}

/**
 * Traders on both sides of a book that does not cross, each with a trading balance. A round is one instruction of each:
 * five orders placed from the balance, the five oldest cancelled back into it, five amended, and its small change gathered.
 */
export class OrderLoad {
  readonly #traders: Trader[]
  readonly #options: Required<OrderLoadOptions>
  #ids: readonly OutputId[] = []
  /** What the rounds so far come to. */
  readonly operations: Operation[] = []

  constructor(traders: number, { fee = 5n, validUntil = 5_000n, gathers = true }: OrderLoadOptions = {}) {
    this.#options = { fee, validUntil, gathers }
    this.#traders = Array.from({ length: traders }, (_, i) => ({
      owner: account(i + 10),
      side: i % 2 === 0 ? 'buy' : 'sell',
      live: [],
    }))
  }

  /** What the traders deposit. */
  coins(): Output[] {
    return this.#traders.flatMap(({ owner, side }) => [
      coin(owner, FUNDS, side === 'buy' ? USD : PLAIN),
      coin(owner, this.#options.fee, USD),
    ])
  }

  /** The ids of their deposits, in the order of {@link coins}. */
  own(ids: readonly OutputId[]): void {
    this.#ids = ids
  }

  /** Deposits, on every ledger alike. */
  fund(ledgers: readonly Ledger[]): void {
    for (const ledger of ledgers) this.own(fund(ledger, this.coins()))
  }

  /** Payments that fill the trading balances. */
  balances(): Uint8Array[] {
    return this.#traders.map(({ owner, side }, i) => {
      const [token, part] = [side === 'buy' ? USD : PLAIN, FUNDS / BigInt(BALANCES)]
      const terms = trading(owner)
      const outputs = Array.from({ length: BALANCES }, () => orderOutput(terms, part, token))
      const inputs = [this.#ids[2 * i]!, this.#ids[2 * i + 1]!]
      return orderPayment(
        [owner],
        inputs,
        outputs,
        outputs.map(() => terms),
      ).signed
    })
  }

  /** Instructions that place the first orders. */
  opening(): Uint8Array[] {
    return this.#traders.map(trader => {
      const steps = Array.from({ length: RESTING + this.#amendedMore }, () => this.#place(trader))
      return this.#sign(trader, steps)
    })
  }

  /** One instruction of each trader. */
  round(): Uint8Array[] {
    return this.#traders.map(trader => {
      const { owner } = trader
      const cancelled = trader.live.splice(0, CANCELLED)
      const amended = trader.live.splice(0, AMENDED + this.#amendedMore)
      const placed = Array.from({ length: PLACED }, () => this.#place(trader))
      const cancels = cancelled.map(from => {
        this.#note('cancel', trader, from)
        return { from, to: trading(owner) }
      })
      const amends = amended.map(from => {
        const next = this.#next(trader)
        trader.live.push(next)
        this.#note('amend', trader, from, next)
        return { from, to: next }
      })
      const gather: StepWish[] = this.#options.gathers ? [{ from: trading(owner), to: trading(owner) }] : []
      return this.#sign(trader, [...placed, ...cancels, ...amends, ...gather])
    })
  }

  get #amendedMore(): number {
    return this.#options.gathers ? 0 : 1
  }

  #sign({ owner }: Trader, steps: readonly StepWish[]): Uint8Array {
    return instruction(owner, steps, { validUntil: this.#options.validUntil }).signed
  }

  #place(trader: Trader): StepWish {
    const { terms, output } = this.#order(trader)
    trader.live.push(terms)
    this.#note('place', trader, terms)
    return { from: trading(trader.owner), amount: output.amount, to: terms }
  }

  #next(trader: Trader): OrderTerms {
    return this.#order(trader).terms
  }

  /** At one of a few dozen prices, away from the other side. */
  #order({ owner, side }: Trader) {
    const distance = 1 + ((this.operations.length * 7) % 40)
    return order(owner, side, side === 'buy' ? 100 - distance : 100 + distance, { lots: LOTS })
  }

  #note(kind: Operation['kind'], { side }: Trader, terms: OrderTerms, next = terms): void {
    const operation = { kind, id: terms.nonce, next: next.nonce, side, price: Number(next.limit), size: LOTS }
    this.operations.push(operation)
  }
}
