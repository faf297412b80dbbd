const POLYNOMIAL = 0xedb88320
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ POLYNOMIAL : rest >>> 1
  return rest
})

/** CRC-32 as in zlib, unsigned, of ASCII text. */
export function crc32(text: string): number {
  let rest = 0xffffffff
  for (let i = 0; i < text.length; i++) rest = (rest >>> 8) ^ TABLE[(rest ^ text.charCodeAt(i)) & 0xff]!
  return (rest ^ 0xffffffff) >>> 0
}
