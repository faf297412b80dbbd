import { PGlite, types as pgliteTypes } from '@electric-sql/pglite'
import { CamelCasePlugin, Kysely, PGliteDialect, PostgresDialect, sql } from 'kysely'
import { Migrator } from 'kysely/migration'
import pg from 'pg'
import { indexerError } from '../errors.ts'
import { lockDirectory, lockServer } from './lock.ts'
import { migrations } from './migrations.ts'
import type { Tables } from './tables.ts'

/** Connections to a Postgres server: one writes, the others answer. */
const MAX_CONNECTIONS = 10
/** A query that takes longer than this is given up, in milliseconds. */
const STATEMENT_TIMEOUT_MILLISECONDS = 30_000

export type Database = Kysely<Tables>

/** An open database with the newest schema. */
export interface Store {
  readonly kind: 'pglite' | 'postgres'
  /** For queries: never inside the transaction of `writer`. */
  readonly reader: Database
  /** For the one writer. */
  readonly writer: Database
  /** Several queries that see the same block. */
  snapshot<T>(read: (database: Database) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/**
 * Opens a database and brings its schema up to date: a Postgres server by its URL, `memory:`, or a directory for the embedded one.
 * Integers come back as bigint whatever their size. Errors (thrown): `indexer.store`.
 */
export async function openStore(database: string): Promise<Store> {
  const store = /^postgres(ql)?:\/\//.test(database) ? await openServer(database) : openEmbedded(database)
  try {
    const { error } = await new Migrator({ db: store.writer, provider: migrations }).migrateToLatest()
    if (error) throw error
    return store
  } catch (error) {
    await store.close().catch(() => {})
    const reason = error instanceof Error ? error.message : String(error)
    throw indexerError('indexer.store', `the database cannot be opened: ${reason}`, error)
  }
}

async function openServer(connectionString: string): Promise<Store> {
  const bigints = { [pg.types.builtins.INT8]: BigInt, [pg.types.builtins.NUMERIC]: BigInt }
  const getTypeParser = (oid: number, format?: 'text' | 'binary') =>
    bigints[oid] ?? pg.types.getTypeParser(oid, format as 'text')
  const pool = new pg.Pool({
    connectionString,
    max: MAX_CONNECTIONS,
    types: { getTypeParser } as pg.CustomTypesConfig,
    statement_timeout: STATEMENT_TIMEOUT_MILLISECONDS,
  })
  // A connection that breaks while idle is replaced; the next query says so if the server is gone.
  pool.on('error', () => {})
  const release = await lockServer(connectionString)
  const client = clientOf(new PostgresDialect({ pool }))
  return {
    ...{ kind: 'postgres', reader: client, writer: client },
    snapshot: read => client.transaction().setIsolationLevel('repeatable read').execute(read),
    async close() {
      await client.destroy()
      await release()
    },
  }
}

/** One connection, whose transactions wait for each other. Two clients, because one would read inside its own open transaction. */
function openEmbedded(directory: string): Store {
  const isMemory = directory === 'memory:'
  const release = isMemory ? () => {} : lockDirectory(directory)
  const parsers = { [pgliteTypes.INT8]: BigInt, [pgliteTypes.NUMERIC]: BigInt }
  const pglite = new PGlite({ ...(!isMemory && { dataDir: directory }), parsers })
  const [reader, writer] = [clientOf(new PGliteDialect({ pglite })), clientOf(new PGliteDialect({ pglite }))]
  return {
    ...{ kind: 'pglite', reader, writer },
    snapshot: read => clientOf(new PGliteDialect({ pglite })).transaction().execute(read),
    async close() {
      await pglite.close()
      release()
    },
  }
}

function clientOf(dialect: PGliteDialect | PostgresDialect): Database {
  return new Kysely<Tables>({
    dialect,
    plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true })],
  })
}

/** Rows of one statement: bounds the text that a driver carries at once. */
export const ROWS_PER_STATEMENT = 2_000

/** A row in JSON for `json_populate_recordset`: columns in snake case, bigints as decimal strings. */
export function toJson(rows: readonly object[]): string {
  return JSON.stringify(
    rows.map(row => Object.fromEntries(Object.entries(row).map(([name, value]) => [snakeCase(name), value]))),
    (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value),
  )
}

const names = new Map<string, string>()
function snakeCase(name: string): string {
  let snake = names.get(name)
  if (snake === undefined) {
    snake = name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
    names.set(name, snake)
  }
  return snake
}

/** Cuts rows into statements of bounded size. */
export function* chunksOf<T>(rows: readonly T[]): Generator<T[]> {
  for (let at = 0; at < rows.length; at += ROWS_PER_STATEMENT) yield rows.slice(at, at + ROWS_PER_STATEMENT)
}

/** Inserts rows into a table, with what to do where they are there already. */
export async function insertRows(
  database: Database,
  table: string,
  rows: readonly object[],
  conflict = '',
): Promise<void> {
  for (const chunk of chunksOf(rows)) {
    const from = sql`json_populate_recordset(null::${sql.raw(table)}, ${toJson(chunk)}::text::json)`
    await sql`insert into ${sql.raw(table)} select * from ${from} ${sql.raw(conflict)}`.execute(database)
  }
}
