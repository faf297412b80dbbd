import type { Hex } from '@omg/protocol'

/** Both digits of each byte, as one word in the byte order of the machine. */
const DIGITS = new Uint16Array(256)
const digits = new Uint8Array(DIGITS.buffer)
for (let byte = 0; byte < 256; byte++) {
  const text = byte.toString(16).padStart(2, '0')
  digits[2 * byte] = text.charCodeAt(0)
  digits[2 * byte + 1] = text.charCodeAt(1)
}

const MAX_BYTES = 32
const scratch = Buffer.from(new ArrayBuffer(2 + 2 * MAX_BYTES))
const words = new Uint16Array(scratch.buffer)
scratch.write('0x', 'latin1')

/** Up to 32 bytes as text, in one piece: names are keys of tables, which would have to put the pieces together. */
export function textAt(bytes: Uint8Array, at: number, length: number): Hex {
  for (let i = 0; i < length; i++) words[i + 1] = DIGITS[bytes[at + i]!]!
  return scratch.toString('latin1', 0, 2 + 2 * length) as Hex
}
