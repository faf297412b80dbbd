import { fail, MAX_SIGNED_TRANSACTION_BYTES, type OmgError, ok, type Result } from '@omg/protocol'
import { nodeError } from '../errors.ts'

/** Most transactions of one bundle. */
export const MAX_BUNDLE_TRANSACTIONS = 16_384
/** Most bytes of one bundle. */
export const MAX_BUNDLE_BYTES = 16 * 1024 * 1024

/**
 * A bundle, `count u32 ‖ {length u24 ‖ signed transaction} × count`: where its transactions stand.
 * `bounds` holds `2 × count` numbers, as the map stage takes them. Errors: request.invalid, request.limit.
 */
export function readBundle(bytes: Uint8Array): Result<Uint32Array, OmgError> {
  if (bytes.length > MAX_BUNDLE_BYTES) return limit(`${bytes.length} bytes; the limit is ${MAX_BUNDLE_BYTES}`)
  if (bytes.length < 4) return invalid('it is shorter than its count')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const count = view.getUint32(0)
  if (count > MAX_BUNDLE_TRANSACTIONS) {
    return limit(`${count} transactions; the limit is ${MAX_BUNDLE_TRANSACTIONS}`)
  }
  const bounds = new Uint32Array(2 * count)
  let at = 4
  for (let i = 0; i < count; i++) {
    if (at + 3 > bytes.length) return invalid(`transaction ${i} is missing`)
    const length = (view.getUint16(at) << 8) | view.getUint8(at + 2)
    if (length > MAX_SIGNED_TRANSACTION_BYTES) return limit(`transaction ${i} has ${length} bytes`)
    at += 3
    if (at + length > bytes.length) return invalid(`transaction ${i} is cut off`)
    bounds[2 * i] = at
    bounds[2 * i + 1] = at += length
  }
  if (at !== bytes.length) return invalid(`${bytes.length - at} bytes stand after the last transaction`)
  return ok(bounds)
}

/** The bytes of a bundle. */
export function encodeBundle(transactions: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(4 + transactions.reduce((sum, { length }) => sum + 3 + length, 0))
  const view = new DataView(bytes.buffer)
  view.setUint32(0, transactions.length)
  let at = 4
  for (const transaction of transactions) {
    view.setUint16(at, transaction.length >>> 8)
    view.setUint8(at + 2, transaction.length & 0xff)
    bytes.set(transaction, at + 3)
    at += 3 + transaction.length
  }
  return bytes
}

function invalid(what: string) {
  return fail(nodeError('request.invalid', `The bundle is malformed: ${what}.`))
}

function limit(what: string) {
  return fail(nodeError('request.limit', `The bundle is too large: ${what}.`))
}
