import type { Guard } from '@omg/protocol'
import { MINIMUM_ROUNDS } from './limits.ts'
import { isAsleep, minimumOf, tickOf } from './order.ts'
import { compareKeys, rationingKey, share } from './rationing.ts'
import { type Settled, settle, settleMinimums } from './settlement.ts'
import type {
  Auction,
  Batch,
  BatchContext,
  BookOrder,
  Fill,
  LeftOut,
  LeftOutReason,
  Rationing,
  Release,
  Side,
} from './types.ts'

// The auction in plain words: PROTOCOL.md section 4, docs/auction.md. This file decides what is right; the engine in
// auction.ts is only allowed to be faster.

/** An order that takes part. */
interface Actor {
  readonly order: BookOrder
  /** Its limit, or the second one if its trigger turned it. */
  readonly tick: number
  /** What it brings: less than it has where self-trade prevention takes some. */
  lots: number
  readonly maker: boolean
}

/** What the auction makes of the actors that are left. */
interface Clearing {
  readonly price: number
  readonly interval: { readonly low: number; readonly high: number }
  readonly demand: number
  readonly supply: number
  readonly rationing: Rationing | undefined
  /** What each actor is allotted, if anything. */
  readonly fills: ReadonlyMap<Actor, number>
}

/** The auction, one step after the other. */
export const referenceAuction: Auction = (market, orders, context) => {
  const leftOut: LeftOut<Guard>[] = []
  const early: Release<Guard>[] = []
  let actors: Actor[] = []

  // 1. Who takes part.
  const book = [...orders].sort((a, b) => (a.position < b.position ? -1 : 1))
  for (const order of book) {
    const reason = absence(order, context)
    if (reason) leftOut.push({ order: order.guard, reason })
    else actors.push({ order, tick: tickOf(order), lots: order.lots, maker: isMaker(order, context) })
    if (reason === 'expired') early.push({ order: order.guard, reason, lots: order.lots })
  }

  // 2. Post-only orders that would take are released.
  const newcomers = actors.filter(({ order }) => order.postOnly && !order.acted)
  const crossing = newcomers.filter(actor => wouldTake(actor, actors))
  for (const { order, lots } of crossing) early.push({ order: order.guard, reason: 'postOnly', lots })
  for (const { order } of crossing) leftOut.push({ order: order.guard, reason: 'postOnly' })
  actors = actors.filter(actor => !crossing.includes(actor))

  // 3. Orders of one owner do not meet.
  preventSelfTrade(actors)
  for (const { order, lots } of actors) {
    if (lots < order.lots) early.push({ order: order.guard, reason: 'selfTrade', lots: order.lots - lots })
    if (lots === 0) leftOut.push({ order: order.guard, reason: 'selfTrade' })
  }
  const rest = actors.filter(({ lots }) => lots > 0)

  // 4. One price for all, and who gets how much at it.
  const { clearing, traded, dropped } = clearWithMinimums(rest, context)
  const filled = lotsOf(traded)
  for (const { order } of dropped) leftOut.push({ order: order.guard, reason: 'minimumFill' })

  // 5. What follows.
  const late: Release<Guard>[] = []
  for (const actor of rest) {
    const { guard, timeInForce } = actor.order
    const left = actor.lots - (filled.get(guard) ?? 0)
    if (left === 0) late.push({ order: guard, reason: 'filled', lots: 0 })
    else if (timeInForce !== 'goodTillCancel') {
      const reason = dropped.includes(actor) ? 'minimumFill' : 'immediateOrCancel'
      late.push({ order: guard, reason, lots: left })
    }
  }

  const ages = new Map(book.map(({ guard }, age) => [guard, age]))
  const byAge = (a: { order: Guard }, b: { order: Guard }) => ages.get(a.order)! - ages.get(b.order)!
  return {
    market: market.id,
    height: context.height,
    price: clearing?.price,
    volume: traded.buys.reduce((sum, { lots }) => sum + lots, 0),
    interval: clearing?.interval,
    demand: clearing?.demand ?? 0,
    supply: clearing?.supply ?? 0,
    rationing: clearing?.rationing,
    buys: traded.buys,
    sells: traded.sells,
    releases: [...early.sort(byAge), ...late.sort(byAge)],
    debuts: newcomers.filter(actor => !crossing.includes(actor)).map(({ order }) => order.guard),
    leftOut: leftOut.sort(byAge),
    unsettled: clearing ? [...traded.unsettled].sort(byAge) : [],
    settlements: traded.settlements,
  } satisfies Batch<Guard>
}

/** Why an order does not take part; undefined where it does. */
function absence(order: BookOrder, context: BatchContext<Guard>): LeftOutReason | undefined {
  if (context.unspendable.has(order.guard)) return 'unspendable'
  if (order.expiryKind === 'height' && order.expiry < context.height) return 'expired'
  if (order.expiryKind === 'time' && order.expiry < context.originTime) return 'expired'
  if (isAsleep(order)) return 'asleep'
  const rate = isMaker(order, context) ? context.makerBps : context.takerBps
  return order.maxFeeBps < rate ? 'fee' : undefined
}

/** A maker has stood through an earlier batch; a taker entered with the block before. */
function isMaker(order: BookOrder, { height }: BatchContext<Guard>): boolean {
  return order.height < height - 1n
}

/** Whether a buy and a sell could trade. */
function meet(a: Actor, b: Actor): boolean {
  if (a.order.side === b.order.side) return false
  const [buy, sell] = a.order.side === 'buy' ? [a, b] : [b, a]
  return buy.tick >= sell.tick
}

/** A post-only order may not meet what stood before, nor another post-only order that came in its own block. */
function wouldTake(actor: Actor, actors: readonly Actor[]): boolean {
  return actors.some(other => {
    if (!meet(actor, other)) return false
    const newcomers = !actor.maker && other.order.postOnly && !other.order.acted
    return other.maker || newcomers
  })
}

/** Each order, the oldest first, is the taker against the older orders of its owner that it would meet. */
function preventSelfTrade(actors: readonly Actor[]): void {
  const older = new Map<string, Actor[]>()
  for (const taker of actors) {
    const mine = older.get(taker.order.owner) ?? []
    older.set(taker.order.owner, mine)
    for (const maker of mine.filter(maker => meet(taker, maker)).sort(bestFirst)) {
      if (taker.lots === 0) break
      if (maker.lots === 0) continue
      const mode = taker.order.selfTradePrevention
      const both = Math.min(taker.lots, maker.lots)
      if (mode === 'decrement') {
        taker.lots -= both
        maker.lots -= both
      }
      if (mode === 'expireMaker' || mode === 'expireBoth') maker.lots = 0
      if (mode === 'expireTaker' || mode === 'expireBoth') taker.lots = 0
    }
    mine.push(taker)
  }
}

/** Clears and settles; drops the worse half of the orders whose minimum is not met; clears again. */
function clearWithMinimums(
  all: readonly Actor[],
  context: BatchContext<Guard>,
): { clearing: Clearing | undefined; traded: Settled<Guard>; dropped: Actor[] } {
  const { whole = false } = context
  const key = ({ order }: Actor) => rationingKey(order.guard, context.previousAppHash)
  const dropped: Actor[] = []
  const rest = () => all.filter(actor => !dropped.includes(actor))
  for (let round = 0; ; round++) {
    const clearing = clear(rest(), context)
    const allotted = { buys: fillsOf('buy', clearing), sells: fillsOf('sell', clearing) }
    const traded = settle(allotted, whole)
    const lots = lotsOf(traded)
    const unmet = rest().filter(actor => isUnmet(actor, clearing, lots))
    if (unmet.length === 0) return { clearing, traded, dropped }
    if (round === MINIMUM_ROUNDS) {
      const minimums = new Map(all.map(({ order, lots }) => [order.guard, minimumOf(order, lots)]))
      const last = settleMinimums(allotted, whole, guard => minimums.get(guard)!)
      return { clearing: last.buys.length === 0 ? undefined : clearing, traded: last, dropped }
    }
    unmet.sort((a, b) => compareKeys(key(a), key(b)))
    dropped.push(...unmet.slice(Math.floor(unmet.length / 2)))
  }
}

/** Whether an order that shares gets too little, or one that trades, trades too little. */
function isUnmet(actor: Actor, clearing: Clearing | undefined, traded: Map<Guard, number>): boolean {
  const { order, tick, lots } = actor
  const minimum = minimumOf(order, lots)
  const filled = traded.get(order.guard) ?? 0
  if (minimum > 1 && filled > 0 && filled < minimum) return true
  const { rationing } = clearing ?? {}
  const shares =
    rationing !== undefined &&
    rationing.lots > 0 &&
    order.side === rationing.side &&
    tick === rationing.tick &&
    order.height === rationing.height
  return shares && minimum > 1 && (clearing!.fills.get(actor) ?? 0) < minimum
}

/** What each order trades. */
function lotsOf({ buys, sells }: Settled<Guard>): Map<Guard, number> {
  return new Map([...buys, ...sells].map(({ order, lots }) => [order, lots]))
}

/** The price with the most volume, then with the least imbalance, then closest to the last one. */
function clear(actors: readonly Actor[], context: BatchContext<Guard>): Clearing | undefined {
  const steps = curve(actors)
  const volume = steps.reduce((most, step) => Math.max(most, volumeAt(step)), 0)
  if (volume === 0) return undefined
  const most = steps.filter(step => volumeAt(step) === volume)
  const least = most.reduce((best, step) => Math.min(best, imbalanceAt(step)), Number.POSITIVE_INFINITY)
  const survivors = most.filter(step => imbalanceAt(step) === least)
  const interval = { low: survivors[0]!.from, high: survivors.at(-1)!.to }
  const middle = Math.floor((interval.low + interval.high) / 2)
  const price =
    context.lastPrice === undefined
      ? middle
      : Math.min(Math.max(context.lastPrice, interval.low), interval.high)
  const { demand, supply } = survivors.find(step => price <= step.to)!
  const buys = allocate(
    actors.filter(({ order, tick }) => order.side === 'buy' && tick >= price),
    volume,
    context,
  )
  const sells = allocate(
    actors.filter(({ order, tick }) => order.side === 'sell' && tick <= price),
    volume,
    context,
  )
  return {
    price,
    interval,
    demand,
    supply,
    rationing: buys.rationing ?? sells.rationing,
    fills: new Map([...buys.fills, ...sells.fills]),
  }
}

/** Ticks between which neither demand nor supply changes. */
interface Step {
  readonly from: number
  readonly to: number
  /** Lots of buys with a limit at or above these ticks. */
  readonly demand: number
  /** Lots of sells with a limit at or below them. */
  readonly supply: number
}

const volumeAt = ({ demand, supply }: Step) => Math.min(demand, supply)
const imbalanceAt = ({ demand, supply }: Step) => Math.abs(demand - supply)

/** Demand and supply from the lowest tick at which something changes upwards. A buy ends one tick above its limit. */
function curve(actors: readonly Actor[]): Step[] {
  const changes = actors
    .map(({ order, tick, lots }) =>
      order.side === 'buy'
        ? { at: tick + 1, demand: -lots, supply: 0 }
        : { at: tick, demand: 0, supply: lots },
    )
    .sort((a, b) => a.at - b.at)
  let demand = changes.reduce((sum, change) => sum - change.demand, 0)
  let supply = 0
  const steps: Step[] = []
  for (const [i, change] of changes.entries()) {
    demand += change.demand
    supply += change.supply
    const next = changes[i + 1]
    if (next && next.at > change.at) steps.push({ from: change.at, to: next.at - 1, demand, supply })
  }
  return steps
}

/** Hands out the volume: better prices first, then older blocks; the first block that asks for too much shares the rest. */
function allocate(
  side: readonly Actor[],
  volume: number,
  context: BatchContext<Guard>,
): { fills: Map<Actor, number>; rationing: Rationing | undefined } {
  const fills = new Map<Actor, number>()
  let left = volume
  for (const group of groups([...side].sort(bestFirst))) {
    const of = group.reduce((sum, { lots }) => sum + lots, 0)
    if (of > left) {
      const { order, tick } = group[0]!
      for (const [actor, lots] of shares(group, left, of, context)) if (lots > 0) fills.set(actor, lots)
      return { fills, rationing: { side: order.side, tick, height: order.height, lots: left, of } }
    }
    for (const actor of group) fills.set(actor, actor.lots)
    left -= of
  }
  return { fills, rationing: undefined }
}

/** Neighbours with one price and one block. */
function groups(sorted: readonly Actor[]): Actor[][] {
  const found: Actor[][] = []
  for (const actor of sorted) {
    const first = found.at(-1)?.[0]
    if (first?.tick === actor.tick && first.order.height === actor.order.height) found.at(-1)!.push(actor)
    else found.push([actor])
  }
  return found
}

/** Pro rata, in an order that nobody could foresee, so that the sum is exact. */
function shares(
  group: readonly Actor[],
  lots: number,
  of: number,
  context: BatchContext<Guard>,
): [Actor, number][] {
  const keyed = group
    .map(actor => ({ actor, key: rationingKey(actor.order.guard, context.previousAppHash) }))
    .sort((a, b) => compareKeys(a.key, b.key))
  let before = 0
  return keyed.map(({ actor }) => {
    const own = share(lots, of, before, actor.lots)
    before += actor.lots
    return [actor, own]
  })
}

/** Of orders of one side: the best price first, then the oldest. */
function bestFirst(a: Actor, b: Actor): number {
  if (a.tick !== b.tick) return a.order.side === 'buy' ? b.tick - a.tick : a.tick - b.tick
  return a.order.position < b.order.position ? -1 : 1
}

/** What is allotted to one side, the best price first, then the oldest. */
function fillsOf(side: Side, clearing: Clearing | undefined): Fill<Guard>[] {
  return [...(clearing?.fills ?? [])]
    .filter(([{ order }]) => order.side === side)
    .sort(([a], [b]) => bestFirst(a, b))
    .map(([{ order, maker }, lots]) => ({ order: order.guard, lots, maker }))
}
