import type { Guard } from '@omg/protocol'
import type { Market, OrderChange } from '@omg/sdk'
import type { Problem } from '@omg/ui/account/problem.ts'

/** What somebody did to an order here, from the click to its end: shown before the chain knows it, and corrected by what it says. */
export interface Entry {
  readonly id: number
  readonly deed: 'place' | 'amend' | 'cancel'
  readonly market: Market
  readonly side: 'buy' | 'sell'
  /** Ticks. */
  readonly price: bigint
  readonly lots: bigint
  /** Waits for nothing: what one batch leaves is given back. */
  readonly once: boolean
  /** The order that it is about; of one that is placed, from the moment the node took it. */
  readonly guard: Guard | undefined
  /**
   * - `signing`, `sent`: on its way; the node has it.
   * - `included`: in a block, so the book has it.
   * - `over`: filled, cancelled or given back, all of it.
   * - `failed`: `problem` says why.
   */
  readonly state: 'signing' | 'sent' | 'included' | 'over' | 'failed'
  /** The block. */
  readonly height: bigint | undefined
  readonly filled: bigint
  /** Sum of lots × price of what was filled: ticks. */
  readonly value: bigint
  /** Why lots were given back, if some were. */
  readonly back: (OrderChange & { kind: 'released' })['reason'] | 'cancelled' | undefined
  readonly problem: Problem | undefined
}

export interface Journal {
  /** The newest first. */
  readonly entries: readonly Entry[]
  /** The newest changes that the node told of, which may come before the answer to who placed the order. */
  readonly changes: readonly OrderChange[]
}

export const EMPTY: Journal = { entries: [], changes: [] }

export type Told =
  | {
      readonly type: 'begun'
      readonly entry: Pick<Entry, 'id' | 'deed' | 'market' | 'side' | 'price' | 'lots' | 'once' | 'guard'>
    }
  | { readonly type: 'taken'; readonly id: number; readonly guard: Guard | undefined }
  | { readonly type: 'included'; readonly id: number; readonly height: bigint }
  | { readonly type: 'failed'; readonly id: number; readonly problem: Problem }
  | { readonly type: 'changed'; readonly change: OrderChange }
  | { readonly type: 'dismissed'; readonly id: number }

const MAX_ENTRIES = 30
const MAX_CHANGES = 200

/** What is known after something was told. */
export function journalAfter(journal: Journal, told: Told): Journal {
  switch (told.type) {
    case 'begun': {
      const fresh = { ...told.entry, ...UNKNOWN }
      return { ...journal, entries: [fresh, ...journal.entries].slice(0, MAX_ENTRIES) }
    }
    case 'taken':
      return edit(journal, told.id, entry => {
        const taken = {
          ...entry,
          guard: told.guard,
          state: entry.state === 'signing' ? 'sent' : entry.state,
        } as const
        if (taken.deed !== 'place') return taken
        return journal.changes.filter(({ guard }) => guard === told.guard).reduceRight(entryAfter, taken)
      })
    case 'included':
      return edit(journal, told.id, entry => {
        const isEnd = entry.deed !== 'place'
        return { ...entry, height: told.height, state: isEnd || entry.state === 'over' ? 'over' : 'included' }
      })
    case 'failed':
      return edit(journal, told.id, entry => ({ ...entry, state: 'failed', problem: told.problem }))
    case 'changed': {
      const { guard } = told.change
      const entries = journal.entries.map(entry => {
        return entry.deed === 'place' && entry.guard === guard ? entryAfter(entry, told.change) : entry
      })
      return { entries, changes: [told.change, ...journal.changes].slice(0, MAX_CHANGES) }
    }
    case 'dismissed':
      return { ...journal, entries: journal.entries.filter(({ id }) => id !== told.id) }
  }
}

const UNKNOWN = {
  state: 'signing',
  height: undefined,
  filled: 0n,
  value: 0n,
  back: undefined,
  problem: undefined,
} as const

function edit(journal: Journal, id: number, change: (entry: Entry) => Entry): Journal {
  return { ...journal, entries: journal.entries.map(entry => (entry.id === id ? change(entry) : entry)) }
}

function entryAfter(entry: Entry, change: OrderChange): Entry {
  const height = entry.height ?? change.height
  switch (change.kind) {
    case 'placed':
      return { ...entry, height, state: entry.state === 'over' ? 'over' : 'included' }
    case 'filled': {
      const filled = entry.filled + change.lots
      const value = entry.value + change.lots * change.price
      return { ...entry, height, filled, value, state: filled >= entry.lots ? 'over' : 'included' }
    }
    case 'released':
      return { ...entry, height, back: change.reason, state: 'over' }
    case 'cancelled': {
      const isAll = change.lots + entry.filled >= entry.lots
      return isAll ? { ...entry, height, back: 'cancelled', state: 'over' } : { ...entry, height }
    }
  }
}
