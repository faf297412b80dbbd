import {
  amountFor,
  type Batch,
  type BatchLeaf,
  type Book,
  type BookOrder,
  contenders,
  marketBookHash,
  type OrderRef,
  type Release,
  type Settlement,
  settleMoney,
} from '@omg/exchange'
import {
  type Amount,
  EMPTY_WITNESS,
  type Guard,
  type Hash,
  MAX_STEPS,
  MAX_U64,
  type MarketTerms,
  type Move,
  type OrderTerms,
  type Output,
  type OutputId,
  orderGuard,
  type Settle,
  type SignedTransaction,
  ZERO_HASH,
} from '@omg/protocol'
import { tradingFees } from '../fees.ts'
import type { BookAuctions, BookCase } from './auction.ts'
import type { MadeOutput, OrderDraft, SpentOutput } from './draft.ts'
import { type Holder, laneOf, ordered, returnTerms, spentOf } from './holder.ts'
import { marketOf, type OrderContext, settlesWhole } from './rules.ts'
import type { Sealed, Sealer } from './seal.ts'
import type { OrderState } from './state.ts'
import type { ExchangeParameters, GivenBackReason, ListedMarket } from './types.ts'

/** Most orders that one block gives back whole; the others wait, out of the auction, for the next ones. */
export const MAX_RELEASES = 4_096

/** Most live orders that payments and instructions may make: so the batches of a block fit an empty checkpoint, should all trade. */
export const MAX_LIVE_ORDERS = 100_000

/** A SETTLE or an unsigned MOVE that the chain makes by itself, with its effect. */
export interface BatchTransaction {
  readonly signed: SignedTransaction
  readonly sealed: Sealed
  readonly spent: readonly SpentOutput[]
  readonly made: readonly MadeOutput[]
  readonly lanes: bigint
}

/** Everything that the batches of a block depend on. */
export interface BatchContext extends OrderContext {
  readonly seal: Sealer
  readonly fees: ExchangeParameters
  /** R6, R10: for a transaction that no payment in flight is. */
  readonly isLocked: (id: OutputId) => boolean
  /** Whether anything is locked. */
  readonly hasLocks: boolean
  readonly previousAppHash: Hash
  readonly auctions: BookAuctions
}

/** What the batches of a block come to. Nothing is changed yet. */
export interface BatchPlan {
  readonly batches: readonly Batch<Guard>[]
  /** In an order in which each spends what earlier ones made. */
  readonly transactions: readonly BatchTransaction[]
  readonly prices: ReadonlyMap<Hash, number>
  /** What the checkpoint commits to about the batches. */
  readonly leaves: readonly BatchLeaf[]
  /** Orders that must go back and found no room in this block. */
  readonly waiting: ReadonlyMap<Guard, GivenBackReason>
}

interface GivenBack {
  readonly guard: Guard
  readonly reason: GivenBackReason
  /** Of the lots that the order has left; absent for all that it holds. */
  readonly lots?: number
}

/**
 * The batches of a block (PROTOCOL.md section 4): every market's auction over the book of the block before, less what the block has
 * spent (R11), as SETTLEs and unsigned MOVEs. Who proposes has no choice: everybody comes to the same transactions.
 */
export class BatchPlanner {
  readonly #state: OrderState
  readonly #draft: OrderDraft
  readonly #context: BatchContext
  /** Where a transaction of the plan has moved an order; undefined where nothing is left of it. */
  readonly #holders = new Map<Guard, Holder | undefined>()
  readonly #transactions: BatchTransaction[] = []
  readonly #waiting = new Map<Guard, GivenBackReason>()
  /** Markets that hold no batch in this block, because its fees do not fit a lane. */
  readonly #without: ReadonlySet<Hash>
  readonly #overflowing = new Set<Hash>()
  #room = MAX_RELEASES

  constructor(
    state: OrderState,
    draft: OrderDraft,
    context: BatchContext,
    without: ReadonlySet<Hash> = new Set(),
  ) {
    this.#state = state
    this.#draft = draft
    this.#context = context
    this.#without = without
  }

  plan(): BatchPlan {
    const markets = this.#context.exchange.markets.list().map(({ id }) => marketOf(this.#context, id))
    const listed = markets.filter(market => market !== undefined).sort((a, b) => (a.id < b.id ? -1 : 1))
    const cases = listed
      .filter(({ id, state }) => (state === 'active' || state === 'postOnly') && !this.#without.has(id))
      .map(market => this.#case(market))
      .filter(one => one !== undefined)
    const batches = this.#context.auctions(cases)
    const releases = batches.map(({ releases }) => releases)
    this.#giveBack([...this.#due(listed), ...releases.flatMap(list => list.filter(isBefore).map(givenBack))])
    for (const [i, { market }] of cases.entries()) this.#settle(market, batches[i]!)
    // No fee token is worth so little that this ever happens; if it did, no other market would notice.
    if (this.#overflowing.size > 0) {
      const without = new Set([...this.#without, ...this.#overflowing])
      return new BatchPlanner(this.#state, this.#draft, this.#context, without).plan()
    }
    const after = releases.flatMap(list => list.filter(release => !isBefore(release)))
    const [taken, left] = [true, false].map(is =>
      after.filter(({ reason }) => (reason === 'selfTrade') === is),
    )
    // One after the other: an order that lost lots may go back too, and no MOVE names an order twice.
    for (const group of [taken!, left!]) this.#giveBack(group.map(givenBack))
    const prices = new Map(
      batches.flatMap(({ market, price }) => (price === undefined ? [] : [[market, price] as const])),
    )
    const leaves = batches.map(batch => this.#leaf(batch))
    return { batches, transactions: this.#transactions, prices, leaves, waiting: this.#waiting }
  }

  /** What the auction of a market depends on; undefined where no order stands. */
  #case(market: ListedMarket): (BookCase & { readonly market: ListedMarket }) | undefined {
    const book = this.#state.book(market.id)
    if (book === undefined) return undefined
    const unspendable = this.#unspendable(market, book)
    const { height, originTime, previousAppHash, fees } = this.#context
    const { makerBps, takerBps } = tradingFees(fees, market.terms.tier)
    const lastPrice = this.#state.lastPrice(market.id)
    const whole = settlesWhole(this.#context, market.terms.tier)
    const context = { height, originTime, previousAppHash, lastPrice, makerBps, takerBps, unspendable, whole }
    return { market, book, context }
  }

  /** Orders that the block has touched (R11); and of those that matter, what an exit locks (R10) or is not seasoned (R9). */
  #unspendable({ id, terms }: ListedMarket, book: Book): Map<OrderRef, Guard> {
    const unspendable = new Map<OrderRef, Guard>()
    for (const { guard, ref } of this.#draft.displaced(id)) unspendable.set(ref!, guard)
    const { hasLocks, exchange, isLocked } = this.#context
    // The usual case: nothing else to ask.
    if (terms.tier === 'bonded' && !hasLocks) return unspendable
    // A30: orders that rest are not looked at one by one in every block, because of an exit of whatever.
    for (const ref of contenders(book, this.#context)) {
      const { held, live } = this.#state.holding(book.guardOf(ref))!
      const { output, guard } = live!
      const { position } = held.get(output)!
      const acts = exchange.isSeasoned(position, terms.tier) && !(hasLocks && isLocked(output))
      if (!acts) unspendable.set(ref, guard)
    }
    return unspendable
  }

  #leaf({ market, height, price, volume }: Batch<Guard>): BatchLeaf {
    const bookBefore = marketBookHash(this.#state.bookRoot(market)!)
    return { market, height, price: price ?? 0, volume, bookBefore }
  }

  #isLocked({ id }: Holder): boolean {
    return this.#context.isLocked(id)
  }

  /** The order under a guard, unless a transaction of the block has touched it. */
  #standing(guard: Guard): Holder | undefined {
    const holding = this.#state.holding(guard)
    const live = holding?.live
    if (!holding?.terms || !live || this.#draft.live(guard)?.output !== live.output) return undefined
    const { token, amount } = holding.held.get(live.output)!
    const output: Output = { type: 'order', guard, token, amount }
    return { id: live.output, output, terms: holding.terms, lots: live.lots, fresh: false }
  }

  #holder(guard: Guard): Holder | undefined {
    return this.#holders.has(guard) ? this.#holders.get(guard) : this.#standing(guard)
  }

  /** What waits from earlier blocks, and the orders of closed markets; by age. */
  #due(markets: readonly ListedMarket[]): GivenBack[] {
    const due = new Map<Guard, { order: BookOrder; reason: GivenBackReason }>()
    for (const [guard, reason] of this.#state.released()) {
      due.set(guard, { order: this.#state.holding(guard)!.live!.order, reason })
    }
    for (const { id, state } of markets) {
      if (state !== 'closed') continue
      for (const { order, release } of this.#state.live(id)) {
        if (release === undefined) due.set(order.guard, { order, reason: 'closed' })
      }
    }
    return [...due.values()]
      .sort((a, b) => (a.order.position < b.order.position ? -1 : 1))
      .filter(({ order }) => {
        const holder = this.#standing(order.guard)
        if (holder === undefined || this.#isLocked(holder)) return false
        return marketOf(this.#context, holder.terms.market) !== undefined
      })
      .map(({ order, reason }) => ({ guard: order.guard, reason }))
  }

  /** Unsigned MOVEs of up to 16 steps. An order that goes back whole beyond the block's room waits. */
  #giveBack(releases: readonly GivenBack[]): void {
    let steps: { release: GivenBack; holder: Holder }[] = []
    for (const release of releases) {
      const holder = this.#holder(release.guard)
      // Without a remainder there is nothing to give back.
      if (holder === undefined) continue
      const isWhole = release.lots === undefined || release.lots >= holder.lots
      if (isWhole && this.#room === 0) {
        this.#waiting.set(release.guard, release.reason)
        continue
      }
      if (isWhole) this.#room--
      steps.push({ release: isWhole ? { guard: release.guard, reason: release.reason } : release, holder })
      if (steps.length < MAX_STEPS) continue
      this.#move(steps)
      steps = []
    }
    if (steps.length > 0) this.#move(steps)
  }

  #move(parts: readonly { release: GivenBack; holder: Holder }[]): void {
    const orderTerms: OrderTerms[] = []
    const steps = parts.map(({ release, holder }) => {
      const { terms } = holder
      const target = returnTerms(terms)
      if (target) orderTerms.push(target)
      const amount = release.lots === undefined ? 0n : this.#worth(terms, holder.lots, release.lots)
      const to = target ? orderGuard(target) : (ZERO_HASH as Guard)
      return { guard: release.guard, amount: amount as Amount, to, inputs: [holder.id] }
    })
    const move: Move = { kind: 'move', steps, validUntil: 0n, nonce: this.#context.height }
    const signed = { transaction: move, witness: { ...EMPTY_WITNESS, orderTerms } }
    const sealed = this.#context.seal(signed)
    const { outputIds } = sealed
    const made = parts.flatMap(({ release, holder }, i) => {
      const { terms, output } = holder
      const heir = { first: i, count: 1, tier: this.#tierOf(terms.market) }
      const moved = (steps[i]!.amount === 0n ? output.amount : steps[i]!.amount) as Amount
      return [
        { ...ordered(outputIds, 2 * i, { ...output, amount: moved }, returnTerms(terms), terms.owner), heir },
        ...this.#remainder(
          outputIds,
          2 * i + 1,
          holder,
          output.amount - moved,
          holder.lots - (release.lots ?? 0),
        ),
      ]
    })
    const spent = parts.map(({ holder }) => spentOf(holder))
    this.#transactions.push({ signed, sealed, spent, made, lanes: 0n })
  }

  /** What some lots of an order take with them when they leave without trading, in token units: all that the others do not need. */
  #worth(terms: OrderTerms, all: number, leaving: number): bigint {
    const market = marketOf(this.#context, terms.market)!.terms
    return amountFor(market, terms, BigInt(all)) - amountFor(market, terms, BigInt(all - leaving))
  }

  #tierOf(market: Hash): MarketTerms['tier'] {
    return marketOf(this.#context, market)!.terms.tier
  }

  #settle(market: ListedMarket, batch: Batch<Guard>): void {
    const makers = new Map([...batch.buys, ...batch.sells].map(({ order, maker }) => [order, maker]))
    let units = 0n
    for (const settlement of batch.settlements) units += this.#settlement(market, batch, settlement, makers)
    if (units > MAX_U64) this.#overflowing.add(market.id)
  }

  /** Returns the fees, in units of their lane. */
  #settlement(
    market: ListedMarket,
    { price, height }: Batch<Guard>,
    settlement: Settlement<Guard>,
    makers: ReadonlyMap<Guard, boolean>,
  ): bigint {
    const holders = settlement.fills.map(({ order }) => this.#holder(order)!)
    const fills = settlement.fills.map(({ lots }, i) => ({ input: holders[i]!.id, lots: BigInt(lots) }))
    const settle: Settle = {
      kind: 'settle',
      market: market.id,
      batchHeight: height,
      price: BigInt(price!),
      fills,
    }
    const signed = { transaction: settle, witness: EMPTY_WITNESS }
    const sealed = this.#context.seal(signed)
    const { outputIds } = sealed
    const { makerBps, takerBps } = tradingFees(this.#context.fees, market.terms.tier)
    const fee = this.#context.feeTokens.find(({ token }) => token === market.terms.quote)!
    let total = 0n
    const made = settlement.fills.flatMap(({ order, lots }, i) => {
      const holder = holders[i]!
      const { side } = holder.terms
      const trade = {
        side,
        price: price!,
        lots,
        bps: makers.get(order) ? makerBps : takerBps,
        unit: fee.unit,
      }
      const money = settleMoney(market.terms, trade, holder.output.amount)
      total += money.fee
      return [
        ...this.#proceeds(outputIds, 2 * i, holder, market, money.proceeds),
        ...this.#remainder(outputIds, 2 * i + 1, holder, money.remainder, holder.lots - lots),
      ]
    })
    // Trading fees are whole units of their lane.
    const units = total / fee.unit
    const lanes = units > MAX_U64 ? 0n : laneOf(fee, units)
    this.#transactions.push({ signed, sealed, spent: holders.map(spentOf), made, lanes })
    return units
  }

  /** To the receiver, into the trading balance, or into the terms that the order is chained to. */
  #proceeds(
    outputIds: readonly OutputId[],
    index: number,
    { terms }: Holder,
    market: ListedMarket,
    amount: bigint,
  ): MadeOutput[] {
    if (amount === 0n) return []
    const token = terms.side === 'buy' ? market.terms.base : market.terms.quote
    const into =
      terms.proceedsKind === 'chained' ? this.#draft.knownTerms(terms.proceedsGuard) : returnTerms(terms)
    const output = { token, amount: amount as Amount }
    const heir = { first: index >> 1, count: 1, tier: market.terms.tier }
    return [{ ...ordered(outputIds, index, output, into, terms.receiver), heir }]
  }

  /** What stays under the guard, for the next transaction of the plan to find. */
  #remainder(
    outputIds: readonly OutputId[],
    index: number,
    holder: Holder,
    amount: bigint,
    lots: number,
  ): MadeOutput[] {
    const { output, terms, id: of } = holder
    this.#holders.set(output.guard, undefined)
    if (amount === 0n) return []
    const id = outputIds[index]!
    const rest: Output = { ...output, amount: amount as Amount }
    this.#holders.set(output.guard, { id, output: rest, terms, lots, fresh: true })
    const heir = { first: index >> 1, count: 1, tier: this.#tierOf(terms.market) }
    return [{ index, id, output: rest, terms, heir, rest: { of, lots } }]
  }
}

/**
 * What goes back before anything is settled; the rest goes back from what settlements leave, so that a SETTLE spends what the block
 * before had, not what has just been made and is not seasoned (R9).
 */
function isBefore({ reason }: Release<Guard>): boolean {
  return reason === 'expired' || reason === 'postOnly'
}

function givenBack({ order, reason, lots }: Release<Guard>): GivenBack {
  return reason === 'filled' ? { guard: order, reason } : { guard: order, reason, lots }
}
