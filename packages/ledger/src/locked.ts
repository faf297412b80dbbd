import { type OutputId, type TxHash, toHex } from '@omg/protocol'
import type { LockedOutputs } from './types.ts'

/** A payment whose in-flight exit started while it could still be included. */
export interface InFlightPayment {
  readonly txHash: TxHash
  readonly inputs: readonly OutputId[]
  /** A rival was shown: it may become void in silence, so it must not be included itself either (A14, A15). */
  readonly rivalled?: boolean
  /** Declared void: it locks nothing any more, and must not be included. */
  readonly void?: boolean
}

/** The locks of a block: outputs that exit themselves, and payments in flight, whose inputs wait for them (R6). */
export function lockedOutputs(
  exiting: Iterable<OutputId>,
  inFlight: Iterable<InFlightPayment> = [],
): LockedOutputs {
  /** Who alone may still spend a locked output. */
  const spenders = new Map<string, TxHash | undefined>()
  /** `output ‖ spender` of payments that are void. */
  const barred = new Set<string>()
  for (const { txHash, inputs, rivalled, void: isVoid } of inFlight) {
    for (const id of inputs) {
      if (isVoid) barred.add(id + txHash)
      else spenders.set(id, rivalled || spenders.has(id) ? undefined : txHash)
    }
  }
  for (const id of exiting) spenders.set(id, undefined)
  return {
    size: spenders.size + barred.size,
    blocks(id, spender) {
      const [key, by] = [toHex(id), toHex(spender)]
      return barred.has(key + by) || (spenders.has(key) && spenders.get(key) !== by)
    },
  }
}

/** No output is locked. */
export const NO_LOCKED_OUTPUTS: LockedOutputs = lockedOutputs([])
