/** Records of the store are JSON in which a bigint is a string of digits with an `n` behind: `"123n"`. */
const BIGINT = /^-?\d{1,78}n$/

export function encodeRecord(value: unknown): Buffer {
  return Buffer.from(
    JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' ? `${item}n` : item)),
    'utf8',
  )
}

/** Trusts its input: only this process writes the store. */
export function decodeRecord<T>(bytes: Uint8Array): T {
  return JSON.parse(Buffer.from(bytes).toString('utf8'), (_, item: unknown) =>
    typeof item === 'string' && BIGINT.test(item) ? BigInt(item.slice(0, -1)) : item,
  ) as T
}
