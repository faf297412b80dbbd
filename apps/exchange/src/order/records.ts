import type { Address, Guard, Hash } from '@omg/protocol'
import { Fields } from '@omg/sdk'
import { useEffect, useState } from 'react'
import type { OwnerList } from '../data/indexer.ts'
import { useNetwork } from '../data/network.ts'
import { optional } from '../data/read.ts'

/** Of which order, when and where. */
interface OrderEvent {
  readonly guard: Guard
  readonly height: bigint
  readonly time: bigint
  readonly market: Hash
  readonly side: 'buy' | 'sell'
}

const SIDES = ['buy', 'sell'] as const

function eventIn(fields: Fields): OrderEvent {
  return {
    guard: fields.hash<Guard>('guard'),
    height: fields.integer('height'),
    time: fields.integer('time'),
    market: fields.hash('market'),
    side: fields.oneOf('side', SIDES),
  }
}

/** What the indexer tells of an owner's past. Prices are ticks, sizes lots, values quote units, times seconds. */
export interface PastOrder extends OrderEvent {
  readonly price: bigint
  readonly lots: bigint
  readonly filled: bigint
  readonly value: bigint
  readonly status: (typeof STATUSES)[number]
  readonly release: string | undefined
}

const STATUSES = ['open', 'filled', 'cancelled', 'amended', 'spent', 'released'] as const

export function pastOrderFrom(value: unknown): PastOrder {
  const fields = new Fields(value, 'order')
  return {
    ...eventIn(fields),
    price: fields.integer('limitPrice'),
    lots: fields.integer('lots'),
    filled: fields.integer('filled'),
    value: fields.integer('value'),
    status: fields.oneOf('status', STATUSES),
    release: fields.has('release') ? fields.text('release') : undefined,
  }
}

export interface Fill extends OrderEvent {
  readonly price: bigint
  readonly lots: bigint
  readonly value: bigint
  readonly fee: bigint
  readonly maker: boolean
  readonly txHash: Hash
}

export function fillFrom(value: unknown): Fill {
  const fields = new Fields(value, 'fill')
  return {
    ...eventIn(fields),
    price: fields.integer('price'),
    lots: fields.integer('lots'),
    value: fields.integer('value'),
    fee: fields.integer('fee'),
    maker: fields.flag('maker'),
    txHash: fields.hash('txHash'),
  }
}

export interface Activity {
  readonly height: bigint
  readonly ordinal: number
  readonly time: bigint
  readonly kind: (typeof KINDS)[number]
  readonly txHash: Hash | undefined
  readonly token: Address
  readonly item: bigint | undefined
  readonly received: bigint
  readonly sent: bigint
}

const KINDS = ['pay', 'move', 'settle', 'claim', 'refund', 'fee', 'deposit'] as const

export function activityFrom(value: unknown): Activity {
  const fields = new Fields(value, 'activity')
  return {
    height: fields.integer('height'),
    ordinal: fields.count('ordinal'),
    time: fields.integer('time'),
    kind: fields.oneOf('kind', KINDS),
    txHash: fields.has('txHash') ? fields.hash('txHash') : undefined,
    token: fields.address('token'),
    item: optional(fields, 'item'),
    received: fields.integer('received'),
    sent: fields.integer('sent'),
  }
}

/** Rows of a list of an owner. */
export interface Records<T> {
  /** The newest first; undefined until they are here. */
  readonly rows: readonly T[] | undefined
  /** Why there are none. */
  readonly problem: 'none' | 'silent' | undefined
  /** Shows older ones; undefined where there are none. */
  readonly more: (() => void) | undefined
}

const ROWS = 50
/** What an indexer gives at once. */
const MAX_ROWS = 500
/** Blocks come faster than rows are read. */
const PAUSE_MS = 250

/** A list of an owner, read again whenever the indexer tells of something new. `read` is the same for all time. */
export function useRecords<T>(
  owner: Address | undefined,
  list: OwnerList,
  read: (value: unknown) => T,
  state?: string,
): Records<T> {
  const { indexer } = useNetwork()
  const [limit, setLimit] = useState(ROWS)
  const [known, setKnown] = useState<{ key: string; rows: readonly T[]; hasMore: boolean }>()
  const [silent, setSilent] = useState(false)
  const key = `${owner} ${list} ${state}`
  useEffect(() => {
    if (!indexer || owner === undefined) return
    let over = false
    let timer: ReturnType<typeof setTimeout> | undefined
    const load = async () => {
      timer = undefined
      try {
        const page = await indexer.owner(owner, list, read, { limit, ...(state && { state }) })
        if (over) return
        setKnown({ key, rows: page.items, hasMore: page.next !== undefined })
        setSilent(false)
      } catch (error) {
        console.warn((error as Error).message)
        if (!over) setSilent(true)
      }
    }
    const soon = () => {
      timer ??= setTimeout(() => void load(), PAUSE_MS)
    }
    void load()
    const end = indexer.stream.subscribe(`owner:${owner}`, { snapshot: soon, update: soon })
    return () => {
      over = true
      clearTimeout(timer)
      end()
    }
  }, [indexer, owner, list, read, state, limit, key])
  const rows = known?.key === key ? known.rows : undefined
  const hasMore = rows !== undefined && known?.hasMore === true && limit < MAX_ROWS
  return {
    rows,
    problem: !indexer ? 'none' : silent && rows === undefined ? 'silent' : undefined,
    more: hasMore ? () => setLimit(last => Math.min(MAX_ROWS, last + 2 * ROWS)) : undefined,
  }
}
