import { ADDRESS_BYTES, HASH_BYTES } from '@omg/protocol'
import { codeNumber } from './errors.ts'
import { createArena } from './keccak.ts'
import { KEY_BYTES, type KnownKeys } from './known-keys.ts'
import { type Draft, SIGNED_BYTES } from './signatures.ts'
import { createRecovery, RECOVERY_BYTES } from './signer.ts'

/** What the program that checks batches is asked about one signature: `digest 32 ‖ r 32 ‖ s 32 ‖ v 1 ‖ public key 64`. */
export const CHECK_BYTES = SIGNED_BYTES + KEY_BYTES

const SIGNATURE_INVALID = codeNumber('signature.invalid')

/** Places in the arena. */
const AT = {
  signed: 0,
  recovery: 128,
  key: 128 + RECOVERY_BYTES,
  address: 128 + RECOVERY_BYTES + KEY_BYTES,
} as const

/** Finds the signers of drafts: by recovery, which learns their keys, or by asking whether a key that is known fits. */
export class Signers {
  readonly #arena = createArena(512)
  readonly #memory = this.#arena.bytes
  readonly #recovery = createRecovery(this.#arena, AT.recovery)
  readonly #keys: KnownKeys | undefined

  constructor(keys?: KnownKeys) {
    this.#keys = keys
  }

  /** Recovers the signer of signature `i`. Without one its transaction is refused. */
  recover({ signatures, codes, records }: Draft, i: number): void {
    const transaction = signatures.transactionOf(i)
    if (codes[transaction] !== 0) return
    const memory = this.#memory
    signatures.copy(i, memory, AT.signed)
    if (!this.#recovery.recover(AT.signed, AT.signed + HASH_BYTES)) {
      codes[transaction] = SIGNATURE_INVALID
      return
    }
    const { signer, publicKey } = this.#recovery
    const place = signatures.placeOf(i)
    for (let b = 0; b < ADDRESS_BYTES; b++) records[place + b] = memory[signer + b]!
    this.#keys?.add(memory, signer, publicKey)
  }

  /**
   * Writes to `target[at]` what to ask about signature `i`: whether the key of whom it is guessed to be of fits. False where the guess has no
   * known key. The key is hashed as after a recovery: so nothing depends on the table, which is only a cache.
   */
  ask({ signatures }: Draft, i: number, target: Uint8Array, at: number): boolean {
    const guess = signatures.guessOf(i)
    const memory = this.#memory
    if (guess === undefined || !this.#keys?.find(guess, memory, AT.key)) return false
    this.#arena.hash(AT.key, KEY_BYTES, AT.address)
    const address = AT.address + HASH_BYTES - ADDRESS_BYTES
    for (let b = 0; b < ADDRESS_BYTES; b++) if (memory[address + b] !== guess[b]) return false
    signatures.copy(i, target, at)
    for (let b = 0; b < KEY_BYTES; b++) target[at + SIGNED_BYTES + b] = memory[AT.key + b]!
    return true
  }

  /** The key that was asked about fits signature `i`: so the guess is its signer. */
  accept({ signatures, records }: Draft, i: number): void {
    records.set(signatures.guessOf(i)!, signatures.placeOf(i))
  }
}
