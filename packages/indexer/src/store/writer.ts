import { sql } from 'kysely'
import { chunksOf, type Database, insertRows, toJson } from './database.ts'
import type { Pending } from './pending.ts'
import { type SavedState, writeState } from './state.ts'

const ADD_TO_BALANCE = `on conflict (owner, token, held_as) do update set
  amount = balances.amount + excluded.amount, outputs = balances.outputs + excluded.outputs`
const ADD_TO_TOKEN = `on conflict (token) do update set supply = tokens.supply + excluded.supply,
  outputs = tokens.outputs + excluded.outputs, items = tokens.items + excluded.items,
  deposited = tokens.deposited + excluded.deposited, fees = tokens.fees + excluded.fees`

const JOIN_CANDLES = `on conflict (market, interval, start) do update set
  high = greatest(candles.high, excluded.high), low = least(candles.low, excluded.low), close = excluded.close,
  lots = candles.lots + excluded.lots, value = candles.value + excluded.value, trades = candles.trades + excluded.trades`
const MARKET_STATE =
  'on conflict (id) do update set state = excluded.state, state_height = excluded.state_height'

/** Writes blocks and the state after them in one transaction: whenever the process dies, the database is at some block. */
export async function writePending(writer: Database, pending: Pending, state: SavedState): Promise<void> {
  await writer.transaction().execute(async transaction => {
    await insertRows(transaction, 'blocks', pending.blocks)
    await insertRows(transaction, 'checkpoints', pending.checkpoints)
    await insertRows(transaction, 'transactions', pending.transactions)
    await insertRows(transaction, 'outputs', [...pending.outputs.values()])
    await writeSpends(transaction, pending)
    await insertRows(transaction, 'activity', pending.activity)
    await writeBalances(transaction, pending)
    await insertRows(transaction, 'fees', pending.fees)
    await insertRows(transaction, 'tokens', pending.tokens.rows(), ADD_TO_TOKEN)
    await writeExchange(transaction, pending)
    await writeRecords(transaction, pending)
    await writeState(transaction, state)
  })
}

async function writeExchange(transaction: Database, pending: Pending): Promise<void> {
  const { orders } = pending
  // A market that changes twice in one write has two rows; the later one counts.
  const markets = new Map(pending.markets.map(row => [row.id, row]))
  await insertRows(transaction, 'markets', [...markets.values()], MARKET_STATE)
  await insertRows(transaction, 'orders', orders.entries)
  for (const chunk of chunksOf(orders.changes)) {
    await sql`update orders set remaining = c.remaining, tick = c.tick, asleep = c.asleep, status = c.status,
      release = c.release, closed_height = c.closed_height, updated_height = c.updated_height,
      filled = orders.filled + c.filled, value = orders.value + c.value, fee = orders.fee + c.fee
      from json_populate_recordset(null::orders, ${toJson(chunk)}::text::json) as c
      where orders.guard = c.guard and orders.height = c.height`.execute(transaction)
  }
  await insertRows(transaction, 'fills', pending.fills)
  await insertRows(transaction, 'batches', pending.batches)
  await insertRows(transaction, 'trades', pending.trades)
  await insertRows(transaction, 'candles', pending.candles.rows(), JOIN_CANDLES)
  for (const chunk of chunksOf(pending.learned)) {
    await sql`update outputs set owner = l.owner, held_as = l.held_as
      from json_populate_recordset(null::outputs, ${toJson(chunk)}::text::json) as l
      where outputs.id = l.id`.execute(transaction)
  }
}

async function writeRecords(transaction: Database, { records }: Pending): Promise<void> {
  const rows = [...records].map(([key, value]) => ({ key, value }))
  const kept = rows.filter(({ value }) => value !== null)
  await insertRows(
    transaction,
    'order_records',
    kept,
    'on conflict (key) do update set value = excluded.value',
  )
  for (const chunk of chunksOf(rows.filter(({ value }) => value === null))) {
    await sql`delete from order_records using json_populate_recordset(null::order_records, ${toJson(chunk)}::text::json) as d
      where order_records.key = d.key`.execute(transaction)
  }
}

async function writeSpends(transaction: Database, { spends }: Pending): Promise<void> {
  for (const chunk of chunksOf(spends)) {
    await sql`update outputs set spent_height = spend.spent_height, spent_by = spend.spent_by
      from json_to_recordset(${toJson(chunk)}::text::json) as spend(id text, spent_height int8, spent_by text)
      where outputs.id = spend.id`.execute(transaction)
  }
}

/** A balance that fell to nothing leaves no row, as if it had never been. */
async function writeBalances(transaction: Database, { balances }: Pending): Promise<void> {
  const rows = balances.rows()
  await insertRows(transaction, 'balances', rows, ADD_TO_BALANCE)
  for (const chunk of chunksOf(rows)) {
    await sql`delete from balances using json_to_recordset(${toJson(chunk)}::text::json)
      as change(owner text, token text, held_as text)
      where balances.owner = change.owner and balances.token = change.token and balances.held_as = change.held_as
      and balances.outputs = 0`.execute(transaction)
  }
}
