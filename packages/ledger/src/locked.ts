import { type OutputId, toHex } from '@omg/protocol'
import type { LockedOutputs } from './types.ts'

/** The locked outputs of a block from their ids (R6). */
export function lockedOutputs(ids: Iterable<OutputId>): LockedOutputs {
  const set: ReadonlySet<string> = new Set(ids)
  return { size: set.size, has: id => set.has(toHex(id)) }
}

/** No output is locked. */
export const NO_LOCKED_OUTPUTS: LockedOutputs = lockedOutputs([])
