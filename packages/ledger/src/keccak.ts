import { createKeccak } from 'hash-wasm'

/** Where {@link Arena} callers lay out what they hash. */
const ARENA_BYTES = 65_536

const hasher = await createKeccak(256)

/**
 * A scratch memory and a keccak256 over ranges of it: callers write a message in place, hash it, and find the result in
 * place, so a hot path allocates nothing. One arena per user; nothing in it outlives a call.
 */
export interface Arena {
  readonly bytes: Uint8Array
  readonly view: DataView
  /** Writes keccak256 of `bytes[from .. from + length]` to `bytes[to .. to + 32]`. */
  hash(from: number, length: number, to: number): void
}

/** A new arena of 64 KiB. */
export function createArena(): Arena {
  const bytes = new Uint8Array(ARENA_BYTES)
  return {
    bytes,
    view: new DataView(bytes.buffer),
    hash(from, length, to) {
      bytes.set(
        hasher
          .init()
          .update(bytes.subarray(from, from + length))
          .digest('binary'),
        to,
      )
    },
  }
}

/** keccak256 of bytes of any length; `installKeccak256(fastKeccak256)` puts it below @omg/protocol. */
export function fastKeccak256(bytes: Uint8Array): Uint8Array {
  return hasher.init().update(bytes).digest('binary')
}
