import { ADDRESS_BYTES, HASH_BYTES } from '@omg/protocol'
import { ENTRY } from './entry.ts'
import { KIND_PAY, PAY_INPUTS_AT } from './record.ts'
import type { PendingOutputs } from './types.ts'
import type { UnspentSet } from './unspent.ts'

/** Where the owner stands in an output `type u8 ‖ guard 32 ‖ ...` that is a coin or an item: at the end of its guard. */
const OWNER_AT = 1 + HASH_BYTES - ADDRESS_BYTES

/**
 * Who will have signed first, for `MapPool.map`: the owner of the first input of each payment, where that output is live or pending. It
 * is right for every valid payment of one owner, and nobody can make it wrong without a signature that makes the payment invalid.
 * `bounds`: as `MapPool.map` has them; 20 bytes each, zero where nobody knows.
 */
export function guessSigners(
  unspent: UnspentSet,
  bytes: Uint8Array,
  bounds: Uint32Array,
  pending?: PendingOutputs,
): Uint8Array {
  const count = bounds.length / 2
  const guesses = new Uint8Array(ADDRESS_BYTES * count)
  for (let i = 0; i < count; i++) {
    const input = bounds[2 * i]! + PAY_INPUTS_AT
    if (bytes[bounds[2 * i]!] !== KIND_PAY || input + HASH_BYTES > bounds[2 * i + 1]!) continue
    const ref = unspent.find(bytes, input)
    if (ref >= 0) {
      unspent.copyPart(ref, ENTRY.output + OWNER_AT, ADDRESS_BYTES, guesses, ADDRESS_BYTES * i)
      continue
    }
    const output = pending?.find(bytes.subarray(input, input + HASH_BYTES))
    if (output) guesses.set(output.subarray(OWNER_AT, OWNER_AT + ADDRESS_BYTES), ADDRESS_BYTES * i)
  }
  return guesses
}
