import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type { RunningIndexer } from '../src/index.ts'
import { type Database, openStore } from '../src/store/database.ts'
import { DERIVED_TABLES } from '../src/store/migrations.ts'

/** A hash of every table that follows from the chain, whatever order its rows were written in. */
export async function tableHashes(database: string): Promise<Record<string, string>> {
  const store = await openStore(database)
  try {
    return await hashesOf(store.reader)
  } finally {
    await store.close()
  }
}

/** The same of a database that is open. */
export async function hashesOf(reader: Database): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {}
  for (const table of DERIVED_TABLES) {
    const { rows } = await sql<{ row: string }>`select t::text as row from ${sql.raw(table)} t`.execute(
      reader,
    )
    const lines = rows.map(({ row }) => row).sort()
    const hash = createHash('sha256').update(lines.join('\n')).digest('hex')
    hashes[table] = `${lines.length} rows ${hash.slice(0, 16)}`
  }
  return hashes
}

/** Resolves when the indexer has written this block. Rejects where it cannot. */
export async function untilHeight({ view }: RunningIndexer, height: number): Promise<void> {
  for (;;) {
    const status = view.status()
    if (status.height >= BigInt(height)) return
    if (status.problem && !status.problem.code.startsWith('node.')) throw status.problem
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}

/** The JSON of an endpoint. */
export async function get(indexer: RunningIndexer, path: string, status = 200): Promise<never> {
  const response = await fetch(`${indexer.url}${path}`)
  const body = await response.json()
  if (response.status !== status) throw new Error(`${path}: ${response.status} ${JSON.stringify(body)}`)
  return body as never
}
