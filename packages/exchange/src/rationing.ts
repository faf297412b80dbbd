import { fromHex, type Guard, type Hash, keccak256, TAG } from '@omg/protocol'

/**
 * Hashes the guards of orders that share a rationed level: `keccak(0x0c ‖ guard ‖ previous app hash)`. Who places an
 * order cannot know the app hash of the block that it enters, so nobody can aim for a good place.
 */
export function rationingKeys(previousAppHash: Hash): (guard: Uint8Array) => Uint8Array {
  const message = new Uint8Array(65)
  message[0] = TAG.rationing
  message.set(fromHex(previousAppHash), 33)
  return guard => {
    message.set(guard, 1)
    return keccak256(message)
  }
}

/** The key of one order. */
export function rationingKey(guard: Guard, previousAppHash: Hash): Uint8Array {
  return rationingKeys(previousAppHash)(fromHex(guard))
}

/** Which of two keys comes first. */
export function compareKeys(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < 32; i++) if (a[i] !== b[i]) return a[i]! - b[i]!
  return 0
}

/**
 * What an order gets of `lots` shared among orders that ask for `of` together: `floor(R·C/T) - floor(R·B/T)`, where `B`
 * is what the orders before it ask for, and `C` adds its own. The shares of all orders telescope to exactly `lots`.
 */
export function share(lots: number, of: number, before: number, own: number): number {
  return portion(lots, of, before + own) - portion(lots, of, before)
}

/** `floor(lots × part / of)`, exact although the product may need more than 53 bits. */
function portion(lots: number, of: number, part: number): number {
  const product = lots * part
  if (product <= Number.MAX_SAFE_INTEGER) return Math.floor(product / of)
  return Number((BigInt(lots) * BigInt(part)) / BigInt(of))
}
