import { Ledger, type OrderRecord, UnspentSet, writeEntry } from '@omg/ledger'
import { type Amount, fromHex, type Hash, OmgError, type Position, toHex, unwrap } from '@omg/protocol'
import { sql } from 'kysely'
import { type ChainParameters, readParameters, writeParameters } from '../chain/parameters.ts'
import { indexerError } from '../errors.ts'
import type { Database } from './database.ts'
import type { MarketRow } from './tables.ts'

/** Live outputs that are read at once when the ledger is loaded. */
const LOAD_PAGE_ROWS = 10_000

/** Where the chain stands in the database; the live outputs are rows of `outputs`. */
export interface SavedState {
  readonly height: bigint
  readonly parameters: ChainParameters
  /** `Ledger.save()`. */
  readonly state: Uint8Array
}

export async function writeState(writer: Database, { height, parameters, state }: SavedState): Promise<void> {
  const row = { id: 1, height, parameters: writeParameters(parameters), state: toHex(state) }
  await writer
    .insertInto('ledgerState')
    .values(row)
    .onConflict(conflict => conflict.column('id').doUpdateSet({ height, state: row.state }))
    .execute()
}

export async function readState(reader: Database): Promise<SavedState | undefined> {
  const row = await reader.selectFrom('ledgerState').selectAll().executeTakeFirst()
  if (row === undefined) return undefined
  const parameters = unwrap(readParameters(JSON.parse(row.parameters)))
  return { height: row.height, parameters, state: fromHex(row.state) }
}

/** The ledger as it was after the last block of the database. Errors (thrown): `indexer.damaged`. */
export async function loadLedger(reader: Database, saved: SavedState): Promise<Ledger> {
  const unspent = new UnspentSet()
  for await (const entry of liveEntries(reader)) unspent.add(entry)
  const orders: OrderRecord[] = []
  for await (const record of orderRecordsOf(reader)) orders.push(record)
  try {
    return new Ledger(saved.parameters.ledger, { unspent, orders, state: saved.state })
  } catch (error) {
    const reason = error instanceof OmgError ? error.message : String(error)
    throw indexerError('indexer.damaged', `the rows are not those of block ${saved.height}: ${reason}`, error)
  }
}

async function* liveEntries(reader: Database): AsyncGenerator<Uint8Array> {
  for (let last = ''; ; ) {
    const rows = await reader
      .selectFrom('outputs')
      .select(['id', 'type', 'guard', 'token', 'amount', 'position', 'height'])
      .where('spentHeight', 'is', null)
      .where(sql<boolean>`id > ${last}`)
      .orderBy('id')
      .limit(LOAD_PAGE_ROWS)
      .execute()
    for (const { id, type, guard, token, amount, position, height } of rows) {
      const output = { type, guard, token, amount: amount as Amount }
      yield writeEntry({ id, output, position: position as Position, height })
    }
    if (rows.length < LOAD_PAGE_ROWS) return
    last = rows.at(-1)!.id
  }
}

async function* orderRecordsOf(reader: Database): AsyncGenerator<OrderRecord> {
  for (let last = ''; ; ) {
    const query = reader.selectFrom('orderRecords').selectAll().where('key', '>', last).orderBy('key')
    const rows = await query.limit(LOAD_PAGE_ROWS).execute()
    for (const { key, value } of rows) yield { key: fromHex(key), value: fromHex(value) }
    if (rows.length < LOAD_PAGE_ROWS) return
    last = rows.at(-1)!.key
  }
}

/** Markets by id, as they were after the last block of the database. */
export async function loadMarkets(reader: Database): Promise<Map<Hash, MarketRow>> {
  const rows = await reader.selectFrom('markets').selectAll().execute()
  return new Map(rows.map(row => [row.id, row]))
}
