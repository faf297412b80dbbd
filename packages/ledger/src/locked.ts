import { type OutputId, type TxHash, toHex } from '@omg/protocol'
import type { LockedOutputs } from './types.ts'

/** A payment whose in-flight exit started while it could still be included, and that Ethereum has not declared void. */
export interface InFlightPayment {
  readonly txHash: TxHash
  readonly inputs: readonly OutputId[]
}

/** The locks of a block: outputs that exit themselves, and payments in flight, whose inputs wait for them (R6). */
export function lockedOutputs(
  exiting: Iterable<OutputId>,
  inFlight: Iterable<InFlightPayment> = [],
): LockedOutputs {
  /** Who alone may still spend a locked output. */
  const spenders = new Map<string, TxHash | undefined>()
  for (const { txHash, inputs } of inFlight) {
    for (const id of inputs) spenders.set(id, spenders.has(id) ? undefined : txHash)
  }
  for (const id of exiting) spenders.set(id, undefined)
  return {
    size: spenders.size,
    blocks(id, spender) {
      const key = toHex(id)
      if (!spenders.has(key)) return false
      return spenders.get(key) !== toHex(spender)
    },
  }
}

/** No output is locked. */
export const NO_LOCKED_OUTPUTS: LockedOutputs = lockedOutputs([])
