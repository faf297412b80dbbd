import { type MappedRecord, recordSigned } from '@omg/ledger'
import { fromHex, HASH_BYTES, type Hash, isInstruction } from '@omg/protocol'
import { ByteMap } from '../bytemap.ts'
import type { Pending } from './pending.ts'

/** An instruction with `n` steps is `kind ‖ n ‖ step 80 × n ‖ validUntil u64 ‖ nonce u64 ‖ 0 × n ‖ witness`, which starts with a count. */
const STEP_BYTES = 80
const FIXED_BYTES = 2 + 16 + 1

/**
 * The class of fees of an instruction, which pays none: that of the least fee, in eighths of it. What an owner may do with instructions is
 * rationed by the ledger, so they neither crowd payments out nor wait behind all of them.
 */
export const INSTRUCTION_RANK = 8

/** Signed instructions that wait, by their hash, and by their signature so that the same bytes are known at a glance. */
export class Instructions {
  readonly #byHash = new ByteMap<Pending>(HASH_BYTES)
  readonly #bySignature = new ByteMap<Pending>(HASH_BYTES)

  get(hash: Hash): Pending | undefined {
    return this.#byHash.get(fromHex(hash), 0)
  }

  /** The same by a record, which starts with its hash. */
  find(record: MappedRecord): Pending | undefined {
    return this.#byHash.get(record, 0)
  }

  /** The one with these very bytes. */
  same(signed: Uint8Array): MappedRecord | undefined {
    const at = signatureAt(signed)
    if (!isInstruction(signed) || signed.length < at + HASH_BYTES) return undefined
    const known = this.#bySignature.get(signed, at)?.record
    return known && Buffer.compare(recordSigned(known), signed) === 0 ? known : undefined
  }

  add(pending: Pending): void {
    const signed = recordSigned(pending.record)
    this.#byHash.set(pending.record, 0, pending)
    this.#bySignature.set(signed, signatureAt(signed), pending)
  }

  remove({ record }: Pending): void {
    const signed = recordSigned(record)
    this.#byHash.delete(record, 0)
    this.#bySignature.delete(signed, signatureAt(signed))
  }
}

/** Where the signature stands: its first half differs from instruction to instruction. */
function signatureAt(signed: Uint8Array): number {
  return FIXED_BYTES + (STEP_BYTES + 1) * signed[1]!
}
