import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { OmgError } from '@omg/protocol'
import pg from 'pg'
import { indexerError } from '../errors.ts'

/** Names the lock among other advisory locks of the same database: "omg" and the version of the schema's family. */
const SERVER_LOCK = 0x6f6d6701
/** A server needs a moment to notice that a killed indexer is gone: so often the lock is tried, with such pauses. */
const LOCK_ATTEMPTS = 20
const LOCK_PAUSE_MILLISECONDS = 200

/**
 * The right to write a database on a server: two indexers on one would each wait for rows that the other has written. It ends with
 * the connection, so a killed indexer leaves nothing behind. Errors (thrown): `indexer.store`.
 */
export async function lockServer(connectionString: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString })
  // A connection that breaks is found out by the next write.
  client.on('error', () => {})
  try {
    await client.connect()
    for (let attempt = 0; attempt < LOCK_ATTEMPTS; attempt++) {
      if (attempt > 0) await new Promise(resume => setTimeout(resume, LOCK_PAUSE_MILLISECONDS))
      const query = 'select pg_try_advisory_lock($1) as taken'
      const { rows } = await client.query<{ taken: boolean }>(query, [SERVER_LOCK])
      if (rows[0]?.taken) return () => client.end()
    }
  } catch (error) {
    await client.end().catch(() => {})
    const reason = error instanceof Error ? error.message : String(error)
    throw indexerError('indexer.store', `the database cannot be opened: ${reason}`, error)
  }
  await client.end()
  throw locked('another indexer writes to this database')
}

interface Holder {
  readonly pid: number
  /** When that process started, so that a reused pid is not mistaken for it. */
  readonly started: string
}

/** Directories that this process holds itself. */
const held = new Set<string>()

/** The same for a directory of the embedded database, which two processes would destroy. A dead holder is replaced. */
export function lockDirectory(directory: string): () => void {
  mkdirSync(directory, { recursive: true })
  // Beside the files of the database, which must be alone in theirs.
  const path = `${resolve(directory)}.lock`
  const holder = holderOf(path)
  if (holder && isAlive(path, holder)) throw locked(`process ${holder.pid} writes to this database`)
  rmSync(path, { force: true })
  try {
    writeFileSync(path, JSON.stringify({ pid: process.pid, started: startOf(process.pid) }), { flag: 'wx' })
  } catch (error) {
    throw indexerError('indexer.store', `${path} cannot be written`, error)
  }
  held.add(path)
  return () => {
    if (held.delete(path)) rmSync(path, { force: true })
  }
}

function holderOf(path: string): Holder | undefined {
  try {
    const holder = JSON.parse(readFileSync(path, 'utf8')) as Holder
    return Number.isInteger(holder.pid) && holder.pid > 0 ? holder : undefined
  } catch {
    return undefined
  }
}

function isAlive(path: string, { pid, started }: Holder): boolean {
  if (pid === process.pid) return held.has(path)
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  const now = startOf(pid)
  return now === '' || started === '' || now === started
}

/** Start time in clock ticks since boot where the system tells it (Linux), else empty. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}

function locked(message: string): OmgError {
  return indexerError('indexer.store', message)
}
