import type { MarketTerms, OutputId } from '@omg/protocol'
import type { LockedOutputs } from '../types.ts'
import type { ExchangeView } from './types.ts'

/** What a step of a MOVE, or a fill of a SETTLE, made of its inputs. */
export interface Heir {
  readonly output: OutputId
  readonly from: readonly OutputId[]
  /** Where the transaction stands. */
  readonly checkpoint: bigint
  /** Of the market that decides how long an exit of the inputs is inherited. */
  readonly tier: MarketTerms['tier']
}

/**
 * R6: an output that a SETTLE or MOVE made is locked when an exit of what it was made from starts in time, at `t(S) + D` at the
 * latest. Remembers who descends from what for as long as such an exit may still show up, spent outputs included; and for ever
 * where one has.
 */
export class Heirs {
  readonly #heirs = new Map<OutputId, Heir>()

  get size(): number {
    return this.#heirs.size
  }

  /** All of them, in no particular order. */
  all(): Iterable<Heir> {
    return this.#heirs.values()
  }

  add(heir: Heir): void {
    this.#heirs.set(heir.output, heir)
  }

  remove(output: OutputId): void {
    this.#heirs.delete(output)
  }

  get(output: OutputId): Heir | undefined {
    return this.#heirs.get(output)
  }

  /** Whether `spender` may not spend an output: it is locked, or what it was made from is. */
  isLocked(output: OutputId, locked: LockedOutputs, spender: Uint8Array): boolean {
    if (locked.size === 0) return false
    if (!this.#heirs.has(output)) return locked.blocks(bytesOf(output), spender)
    const queue = [output]
    const seen = new Set(queue)
    for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
      if (locked.blocks(bytesOf(id), spender)) return true
      for (const parent of this.#heirs.get(id)?.from ?? []) {
        if (seen.has(parent)) continue
        seen.add(parent)
        queue.push(parent)
      }
    }
    return false
  }

  /**
   * Whether an output is locked for everybody, as {@link isLocked} for {@link NOBODY}: each descent is walked once for all outputs
   * that are asked for (A30). Holds until a block is applied.
   */
  lockedForAll(locked: LockedOutputs): (output: OutputId) => boolean {
    if (locked.size === 0) return () => false
    const known = new Map<OutputId, boolean>()
    return output => {
      // No recursion: descents are as long as a market is busy.
      const path = [output]
      for (let id = path.at(-1); id !== undefined; id = path.at(-1)) {
        const parents = this.#heirs.get(id)?.from ?? []
        const open = known.has(id) ? [] : parents.filter(parent => !known.has(parent))
        if (open.length > 0) {
          path.push(...open)
          continue
        }
        if (!known.has(id)) {
          known.set(id, locked.blocks(bytesOf(id), NOBODY) || parents.some(parent => known.get(parent)))
        }
        path.pop()
      }
      return known.get(output)!
    }
  }

  /** Those that no exit can lock any more, and none has. */
  settled(locked: LockedOutputs, exchange: ExchangeView): OutputId[] {
    const isLocked = this.lockedForAll(locked)
    const open = new Map<string, boolean>()
    const isOpen = ({ checkpoint, tier }: Heir) => {
      const key = `${checkpoint} ${tier}`
      const known = open.get(key) ?? exchange.mayInherit(checkpoint, tier)
      open.set(key, known)
      return known
    }
    return [...this.#heirs.values()]
      .filter(heir => !isOpen(heir) && !isLocked(heir.output))
      .map(({ output }) => output)
  }
}

function bytesOf(id: OutputId): Uint8Array {
  return Buffer.from(id.slice(2), 'hex')
}

/** The spender that no payment in flight is: what it has in flight stays with it (A15). */
export const NOBODY = new Uint8Array(32)

/** Whichever of two tiers protects longer. */
export function longerTier(a: MarketTerms['tier'], b: MarketTerms['tier']): MarketTerms['tier'] {
  return TIERS.indexOf(a) > TIERS.indexOf(b) ? a : b
}

export const TIERS: readonly MarketTerms['tier'][] = ['bonded', 'guarded', 'safe']
