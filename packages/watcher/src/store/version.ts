import type { Database } from 'lmdb'
import { watcherError } from '../error.ts'
import { decodeRecord, encodeRecord } from './record.ts'

/**
 * The format of a data directory, and what is in it: raised whenever an earlier directory would lack what is needed now. What
 * was not read from the chains when it should have been is missing without a trace, so there is no going on with it. Version 1
 * had no version written down, nor SpendContested and noted voids (R6), nor orders and listings; version 2 no data
 * modes.
 */
export const STORE_VERSION = 3
const KEY = 'version'

/** Writes the version into an empty store. Errors (thrown): `watcher.version`. */
export function claimVersion(meta: Database<Buffer, string>, directory: string): void {
  const kept = meta.get(KEY)
  if (kept === undefined && meta.getCount() === 0) {
    meta.putSync(KEY, encodeRecord(STORE_VERSION))
    return
  }
  const version = kept === undefined ? 1 : decodeRecord<number>(kept)
  if (version === STORE_VERSION) return
  throw watcherError(
    'watcher.version',
    `${directory} has format ${version}, and this watcher reads format ${STORE_VERSION}`,
  )
}
