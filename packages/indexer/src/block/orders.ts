import { type BookOrder, isAsleep, type Release, tickOf } from '@omg/exchange'
import type { Execution, HoldingChange, LiveOrder, StateTransition } from '@omg/ledger'
import type { Address, Guard, Hash, OrderTerms } from '@omg/protocol'
import type { FillRow, OrderRow, OrderStatus } from '../store/tables.ts'
import type { BlockEffect } from './effects.ts'

/** An order that enters the book with this block. */
export type OrderEntry = OrderRow

/** What changes about an order that was there before: totals are to be added, everything else replaces. */
export interface OrderChange {
  readonly guard: Guard
  /** Of the block in which it entered. */
  readonly height: bigint
  readonly market: Hash
  readonly owner: Address
  readonly remaining: bigint
  readonly tick: bigint
  readonly asleep: boolean
  readonly status: OrderStatus
  readonly release: string | null
  readonly closedHeight: bigint | null
  readonly updatedHeight: bigint
  readonly filled: bigint
  readonly value: bigint
  readonly fee: bigint
}

/** A change of one price level of one side. */
export interface LevelChange {
  readonly market: Hash
  readonly side: BookOrder['side']
  readonly tick: number
  readonly lots: number
  readonly orders: number
}

/** What a block did to the orders of all markets. */
export interface OrderEffect {
  readonly entries: readonly OrderEntry[]
  readonly changes: readonly OrderChange[]
  readonly levels: readonly LevelChange[]
}

/** `ledger` stands before the block: ask before it is applied. An order that came and went within the block leaves no row. */
export function ordersOf(
  { block, orders, batches }: Execution,
  { departures }: BlockEffect,
  fills: readonly FillRow[],
  ledger: StateTransition,
): OrderEffect {
  const entries: OrderEntry[] = []
  const changes: OrderChange[] = []
  const levels: LevelChange[] = []
  const filled = new Map(fills.map(fill => [fill.guard, fill]))
  const given = releasesOf(batches)
  const { height, time } = block
  for (const change of orders.holdings) {
    const { guard, live: after } = change
    const held = ledger.orders.holding(guard)
    const before = held?.live
    if (before === undefined && after === undefined) continue
    const terms = (change.terms ?? held?.terms)!
    if (before) levels.push(...levelOf(terms.market, before, -1))
    if (after) levels.push(...levelOf(terms.market, after, 1))
    const stays = before && after && before.order.position === after.order.position
    if (before) {
      const now = stays ? after : undefined
      const circumstances = { height, fill: filled.get(guard), departure: departures.get(guard) }
      changes.push(
        changeOf(before, now, { ...circumstances, market: terms.market, releases: given.get(guard) ?? [] }),
      )
    }
    if (after && !stays) entries.push(entryOf(change, after, terms, time))
  }
  return { entries, changes, levels }
}

/** What the batches of a block give back, by order. */
function releasesOf(batches: Execution['batches']): Map<Guard, Release<Guard>[]> {
  const given = new Map<Guard, Release<Guard>[]>()
  for (const release of batches.flatMap(({ releases }) => releases)) {
    const known = given.get(release.order)
    if (known) known.push(release)
    else given.set(release.order, [release])
  }
  return given
}

function levelOf(market: Hash, { order, release }: LiveOrder, sign: 1 | -1): LevelChange[] {
  if (release !== undefined || isAsleep(order)) return []
  return [{ market, side: order.side, tick: tickOf(order), lots: sign * order.lots, orders: sign }]
}

function entryOf({ guard }: HoldingChange, live: LiveOrder, terms: OrderTerms, time: bigint): OrderEntry {
  const { order, release } = live
  const lots = BigInt(order.lots)
  return {
    ...{
      guard,
      height: order.height,
      position: order.position,
      time,
      market: terms.market,
      owner: terms.owner,
    },
    ...{ side: order.side, limitPrice: terms.limit, lots, remaining: lots, status: 'open', terms },
    ...{ tick: BigInt(tickOf(order)), asleep: isAsleep(order), release: release ?? null, closedHeight: null },
    ...{ filled: 0n, value: 0n, fee: 0n, updatedHeight: order.height },
  }
}

interface Circumstances {
  readonly height: bigint
  readonly market: Hash
  readonly fill: FillRow | undefined
  readonly releases: readonly Release<Guard>[]
  readonly departure: OrderStatus | undefined
}

function changeOf(
  { order, release }: LiveOrder,
  after: LiveOrder | undefined,
  { height, market, fill, releases, departure }: Circumstances,
): OrderChange {
  const sums = { filled: fill?.lots ?? 0n, value: fill?.value ?? 0n, fee: fill?.fee ?? 0n }
  const { guard, owner } = order
  const base = { guard, height: order.height, market, owner, updatedHeight: height, ...sums }
  if (after) {
    const now = after.order
    return {
      ...{ ...base, remaining: BigInt(now.lots), tick: BigInt(tickOf(now)), asleep: isAsleep(now) },
      ...{ status: 'open', release: after.release ?? null, closedHeight: null },
    }
  }
  // What a filled order did not need goes back to its owner; that is no release of the order.
  const reason = release ?? releases.at(-1)?.reason
  const status = departure === 'released' && reason === 'filled' ? 'filled' : (departure ?? 'filled')
  // Lots that self-trade prevention took from it before the rest went.
  const taken = releases.slice(0, status === 'released' ? -1 : undefined)
  const left = taken.reduce((sum, { lots }) => sum - lots, order.lots - Number(sums.filled))
  return {
    ...{ ...base, remaining: BigInt(left), tick: BigInt(tickOf(order)), asleep: isAsleep(order), status },
    ...{ release: status === 'released' ? (reason ?? 'closed') : null, closedHeight: height },
  }
}
