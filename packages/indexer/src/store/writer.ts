import { sql } from 'kysely'
import { chunksOf, type Database, insertRows, toJson } from './database.ts'
import type { Pending } from './pending.ts'
import { type SavedState, writeState } from './state.ts'

const ADD_TO_BALANCE = `on conflict (owner, token, held_as) do update set
  amount = balances.amount + excluded.amount, outputs = balances.outputs + excluded.outputs`
const ADD_TO_TOKEN = `on conflict (token) do update set supply = tokens.supply + excluded.supply,
  outputs = tokens.outputs + excluded.outputs, items = tokens.items + excluded.items,
  deposited = tokens.deposited + excluded.deposited, fees = tokens.fees + excluded.fees`

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
    await writeState(transaction, state)
  })
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
