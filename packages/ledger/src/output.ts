import {
  type Address,
  type Amount,
  fromHex,
  type Guard,
  OUTPUT_BYTES,
  type Output,
  OutputType,
  type OutputTypeName,
} from '@omg/protocol'

const OUTPUT_TYPES = Object.fromEntries(
  Object.entries(OutputType).map(([name, code]) => [code, name as OutputTypeName]),
)

/** An output from bytes of the ledger's own: what decodeOutput gives, without asking whether they are valid. */
export function outputIn(bytes: Uint8Array, at: number): Output {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset + at, OUTPUT_BYTES)
  const amount = (buffer.readBigUInt64BE(53) << 64n) | buffer.readBigUInt64BE(61)
  return {
    type: OUTPUT_TYPES[buffer[0]!]!,
    guard: `0x${buffer.toString('hex', 1, 33)}` as Guard,
    token: `0x${buffer.toString('hex', 33, 53)}` as Address,
    amount: amount as Amount,
  }
}

/** Writes an output as its 69 bytes. */
export function writeOutputTo({ type, guard, token, amount }: Output, target: Buffer, at: number): void {
  target[at] = OutputType[type]
  target.write(guard.slice(2), at + 1, 'hex')
  writeTokenAndAmount(token, amount, target, at)
}

/** Writes token and amount where an output of 69 bytes has them. */
export function writeTokenAndAmount(token: Address, amount: Amount, target: Buffer, at: number): void {
  const bytes = tokens.get(token) ?? rememberToken(token)
  for (let i = 0; i < 20; i++) target[at + 33 + i] = bytes[i]!
  wide[0] = amount
  wide[1] = amount >> 64n
  for (let i = 0, byte = 15; i < 16; i++, byte--) target[at + 53 + i] = narrow[byte]!
}

/** The bytes of tokens, of which there are few: forgotten where somebody makes many (A30). */
const MAX_TOKENS = 1_024
const tokens = new Map<Address, Uint8Array>()

function rememberToken(token: Address): Uint8Array {
  if (tokens.size >= MAX_TOKENS) tokens.clear()
  const bytes = fromHex(token)
  tokens.set(token, bytes)
  return bytes
}

/** An amount in the little-endian words of the machine. */
const wide = new BigUint64Array(2)
const narrow = new Uint8Array(wide.buffer)
