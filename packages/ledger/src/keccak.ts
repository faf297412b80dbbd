import { createKernel, KERNEL_BASE } from './keccak.kernel.ts'

const PAGE_BYTES = 65_536
const SHORT = 256

/**
 * A scratch memory and a keccak256 over ranges of it: callers write a message in place, hash it, and find the result in
 * place, so a hot path allocates nothing. One arena per user; nothing in it outlives a call.
 */
export interface Arena {
  readonly bytes: Uint8Array
  /** Writes keccak256 of `bytes[from .. from + length]` to `bytes[to .. to + 32]`; the result may overwrite the message. */
  hash(from: number, length: number, to: number): void
}

/** A new arena of at least `capacity` bytes. */
export function createArena(capacity = 32_768): Arena {
  const memory = new WebAssembly.Memory({ initial: Math.ceil((KERNEL_BASE + capacity) / PAGE_BYTES) })
  const hash = createKernel(memory)
  return {
    bytes: new Uint8Array(memory.buffer, KERNEL_BASE),
    hash: (from, length, to) => hash(KERNEL_BASE + from, length, KERNEL_BASE + to),
  }
}

let shared = createArena()

/** keccak256 of bytes of any length; `installKeccak256(fastKeccak256)` puts it below @omg/protocol. */
export function fastKeccak256(message: Uint8Array, target?: Uint8Array, at = 0): Uint8Array {
  if (message.length > shared.bytes.length) shared = createArena(2 * message.length)
  const { bytes } = shared
  // A call to copy a few bytes costs more than copying them.
  if (message.length > SHORT) bytes.set(message)
  else for (let i = 0; i < message.length; i++) bytes[i] = message[i]!
  shared.hash(0, message.length, 0)
  if (target === undefined) return bytes.slice(0, 32)
  for (let i = 0; i < 32; i++) target[at + i] = bytes[i]!
  return target
}
