import {
  type Address,
  type Amount,
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
export function writeOutputTo({ type, guard, token, amount }: Output, target: Uint8Array, at: number): void {
  const buffer = Buffer.from(target.buffer, target.byteOffset + at, OUTPUT_BYTES)
  buffer[0] = OutputType[type]
  buffer.write(guard.slice(2), 1, 'hex')
  buffer.write(token.slice(2), 33, 'hex')
  buffer.writeBigUInt64BE(amount >> 64n, 53)
  buffer.writeBigUInt64BE(BigInt.asUintN(64, amount), 61)
}
