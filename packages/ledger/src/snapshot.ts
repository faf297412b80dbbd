import { concat, fail, type OmgError, ok, type Result } from '@omg/protocol'
import { ledgerError } from './errors.ts'
import { ENTRY_BYTES, type UnspentOutputs } from './types.ts'

/** "OMGU" and the version of the format. */
const MAGIC = Uint8Array.of(0x4f, 0x4d, 0x47, 0x55, 1)
/** Magic ‖ count u64 ‖ set hash 32. */
const HEADER_BYTES = MAGIC.length + 8 + 32

/**
 * A set as bytes, in chunks of bounded size: a header with the count and the set hash, then the entries. Loading it costs one
 * insertion per output and no look at the chain: 1 M outputs are 120 MB.
 */
export function* saveUnspent(set: UnspentOutputs): Generator<Uint8Array> {
  const header = new Uint8Array(HEADER_BYTES)
  header.set(MAGIC)
  new DataView(header.buffer).setBigUint64(MAGIC.length, BigInt(set.size))
  header.set(set.setHash(), MAGIC.length + 8)
  yield header
  yield* set.entries()
}

/**
 * Fills an empty set from the bytes of {@link saveUnspent}, cut anywhere.
 * Errors: `ledger.snapshot` (another format, short, long, a repeated entry, a wrong count or set hash); the set is then useless.
 */
export function loadUnspent<S extends UnspentOutputs>(
  chunks: Iterable<Uint8Array>,
  into: S,
): Result<S, OmgError> {
  let header: Uint8Array | undefined
  let rest: Uint8Array = new Uint8Array(0)
  for (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunk : concat(rest, chunk)
    let at = 0
    if (header === undefined) {
      if (bytes.length < HEADER_BYTES) {
        rest = new Uint8Array(bytes)
        continue
      }
      header = new Uint8Array(bytes.subarray(0, HEADER_BYTES))
      at = HEADER_BYTES
    }
    for (; at + ENTRY_BYTES <= bytes.length; at += ENTRY_BYTES) {
      const entry = bytes.subarray(at, at + ENTRY_BYTES)
      if (into.has(entry) || entry[ENTRY_BYTES - 1] !== 0) return damaged('an entry is repeated or not live')
      into.add(entry)
    }
    // A copy: the caller may read the next chunk into the same memory.
    rest = new Uint8Array(bytes.subarray(at))
  }
  if (header === undefined || rest.length > 0) return damaged('the snapshot ends inside an entry')
  if (MAGIC.some((byte, i) => header[i] !== byte)) return damaged('the snapshot has another format')
  const count = new DataView(header.buffer).getBigUint64(MAGIC.length)
  if (count !== BigInt(into.size)) return damaged(`the snapshot has ${into.size} of ${count} outputs`)
  const setHash = header.subarray(MAGIC.length + 8)
  if (into.setHash().some((byte, i) => byte !== setHash[i])) return damaged('the set hash differs')
  return ok(into)
}

function damaged(message: string) {
  return fail(ledgerError('ledger.snapshot', message))
}
