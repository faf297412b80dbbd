/*
 * keccak256 (Keccak Team, "The Keccak reference", with the original padding) as a WebAssembly module, assembled here: the state
 * stays in 25 locals and messages are hashed where they lie in the module's memory, so a call copies nothing. Twice as fast
 * for short messages as calling a general library, and the map stage makes a dozen of them per payment.
 */

/** Bytes absorbed per permutation. */
const RATE = 136
const ROUNDS = 24
/** The module's memory: round constants, then room for the padded last block, then the caller's bytes. */
const CONSTANTS_AT = 0
const PAD_AT = 8 * ROUNDS
export const KERNEL_BASE = 512

/** Instructions, with their immediate bytes where these never vary; addresses carry no alignment promise. */
const OP = {
  loop: [0x03, 0x40],
  if: [0x04, 0x40],
  end: [0x0b],
  repeatIf: [0x0d, 0],
  i64Load: [0x29, 0],
  i32Load8: [0x2d, 0],
  i64Store: [0x37, 0],
  i32Store8: [0x3a, 0],
  i32Eqz: [0x45],
  i32LtU: [0x49],
  i32Add: [0x6a],
  i32Sub: [0x6b],
  i32Xor: [0x73],
  i64And: [0x83],
  i64Xor: [0x85],
  i64Rotl: [0x89],
  copy: [0xfc, 0x0a, 0, 0],
  fill: [0xfc, 0x0b, 0],
} as const

/** Locals: the three parameters, two i32, then the state, column parities, column effects and permuted words. */
const FROM = 0
const LENGTH = 1
const TO = 2
const LAST = 3
const ROUND = 4
const STATE = 5
const PARITY = STATE + 25
const EFFECT = PARITY + 5
const MOVED = EFFECT + 5
const I32_LOCALS = 2
const I64_LOCALS = 25 + 5 + 5 + 25

type Code = readonly number[]

const unsigned = (value: number): number[] =>
  value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)]
const signed = (value: number): number[] =>
  value >= -64 && value < 64 ? [value & 127] : [(value & 127) | 128, ...signed(value >> 7)]
const get = (local: number): Code => [0x20, ...unsigned(local)]
const set = (local: number): Code => [0x21, ...unsigned(local)]
const i32 = (value: number): Code => [0x41, ...signed(value)]
const i64 = (value: number): Code => [0x42, ...signed(value)]
const join = (...codes: readonly Code[]): Code => codes.flat()
const each = (count: number, code: (i: number) => Code): Code =>
  join(...Array.from({ length: count }, (_, i) => code(i)))

/** Rotation and destination of each word in the rho and pi steps, by walking the path that defines them. */
function rhoPi(): { rotation: number[]; destination: number[] } {
  const rotation = new Array<number>(25).fill(0)
  const destination = new Array<number>(25).fill(0)
  for (let t = 0, x = 1, y = 0; t < 24; t++) {
    rotation[x + 5 * y] = (((t + 1) * (t + 2)) / 2) % 64
    ;[x, y] = [y, (2 * x + 3 * y) % 5]
  }
  for (let x = 0; x < 5; x++)
    for (let y = 0; y < 5; y++) destination[x + 5 * y] = y + 5 * ((2 * x + 3 * y) % 5)
  return { rotation, destination }
}

/** The constants of the iota step, from the linear feedback shift register that defines them. */
function roundConstants(): bigint[] {
  let register = 1
  return Array.from({ length: ROUNDS }, () => {
    let constant = 0n
    for (let j = 0; j < 7; j++) {
      if (register & 1) constant |= 1n << BigInt((1 << j) - 1)
      register = (register << 1) ^ (register & 0x80 ? 0x171 : 0)
    }
    return constant
  })
}

/** One round: theta, rho and pi, chi, iota. `ROUND` is the offset of its constant. */
function round(): Code {
  const { rotation, destination } = rhoPi()
  const parity = each(5, x =>
    join(
      get(STATE + x),
      each(4, y => join(get(STATE + x + 5 * (y + 1)), OP.i64Xor)),
      set(PARITY + x),
    ),
  )
  const effect = each(5, x =>
    join(
      get(PARITY + ((x + 4) % 5)),
      get(PARITY + ((x + 1) % 5)),
      i64(1),
      OP.i64Rotl,
      OP.i64Xor,
      set(EFFECT + x),
    ),
  )
  const rhoAndPi = each(25, i =>
    join(
      get(STATE + i),
      get(EFFECT + (i % 5)),
      OP.i64Xor,
      i64(rotation[i]!),
      OP.i64Rotl,
      set(MOVED + destination[i]!),
    ),
  )
  const chi = each(25, i => {
    const next = (by: number) => get(MOVED + i - (i % 5) + ((i + by) % 5))
    return join(get(MOVED + i), next(1), i64(-1), OP.i64Xor, next(2), OP.i64And, OP.i64Xor, set(STATE + i))
  })
  const iota = join(get(STATE), get(ROUND), OP.i64Load, unsigned(CONSTANTS_AT), OP.i64Xor, set(STATE))
  return join(parity, effect, rhoAndPi, chi, iota)
}

/** Moves the rest of the message to the pad, with a first bit after it and a last bit at the end of the block. */
function padRest(): Code {
  const fill = join(i32(PAD_AT), i32(0), i32(RATE), OP.fill)
  const copy = join(i32(PAD_AT), get(FROM), get(LENGTH), OP.copy)
  const firstBit = join(i32(PAD_AT), get(LENGTH), OP.i32Add, i32(1), OP.i32Store8, unsigned(0))
  const lastByte = join(i32(PAD_AT), OP.i32Load8, unsigned(RATE - 1), i32(0x80), OP.i32Xor)
  const lastBit = join(i32(PAD_AT), lastByte, OP.i32Store8, unsigned(RATE - 1))
  return join(fill, copy, firstBit, lastBit, i32(PAD_AT), set(FROM))
}

/** `hash(from, length, to)`. */
function hashFunction(): Code {
  const isLast = join(get(LENGTH), i32(RATE), OP.i32LtU, set(LAST))
  const absorb = each(RATE / 8, i =>
    join(get(STATE + i), get(FROM), OP.i64Load, unsigned(8 * i), OP.i64Xor, set(STATE + i)),
  )
  const nextRound = join(get(ROUND), i32(8), OP.i32Add, set(ROUND), get(ROUND), i32(8 * ROUNDS), OP.i32LtU)
  const permute = join(i32(CONSTANTS_AT), set(ROUND), OP.loop, round(), nextRound, OP.repeatIf, OP.end)
  const nextBlock = join(
    get(FROM),
    i32(RATE),
    OP.i32Add,
    set(FROM),
    get(LENGTH),
    i32(RATE),
    OP.i32Sub,
    set(LENGTH),
  )
  const squeeze = each(4, i => join(get(TO), get(STATE + i), OP.i64Store, unsigned(8 * i)))
  return join(
    OP.loop,
    isLast,
    join(get(LAST), OP.if, padRest(), OP.end),
    absorb,
    permute,
    nextBlock,
    join(get(LAST), OP.i32Eqz, OP.repeatIf),
    OP.end,
    squeeze,
    OP.end,
  )
}

/** The module: imports a memory, exports `hash`. */
function assemble(): Uint8Array<ArrayBuffer> {
  const sized = (code: Code): Code => join(unsigned(code.length), code)
  const section = (id: number, code: Code): Code => join([id], sized(code))
  const name = (text: string): Code => sized([...new TextEncoder().encode(text)])
  const I32 = 0x7f
  const I64 = 0x7e
  const locals = [2, I32_LOCALS, I32, I64_LOCALS, I64]
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 3, I32, I32, I32, 0]),
    ...section(2, join([1], name('env'), name('memory'), [2, 0, 1])),
    ...section(3, [1, 0]),
    ...section(7, join([1], name('hash'), [0, 0])),
    ...section(10, join([1], sized(join(locals, hashFunction())))),
  ])
}

const kernel = new WebAssembly.Module(assemble())

/** Hashes `length` bytes at `from` of the memory to the 32 bytes at `to`; both are addresses from {@link KERNEL_BASE} on. */
export type KernelHash = (from: number, length: number, to: number) => void

/** A kernel over a memory of its own. */
export function createKernel(memory: WebAssembly.Memory): KernelHash {
  new BigUint64Array(memory.buffer, CONSTANTS_AT, ROUNDS).set(roundConstants())
  const instance = new WebAssembly.Instance(kernel, { env: { memory } })
  return instance.exports.hash as KernelHash
}
