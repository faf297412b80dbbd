import type { Address, Guard, Hash, OutputId } from '@omg/protocol'
import { sql } from 'kysely'
import type { Database } from '../store/database.ts'
import type { ActivityRow, BalanceRow, FillRow, OrderRow, OutputRow } from '../store/tables.ts'
import { decodeCursor, encodeCursor, type Page, type PageRequest, pageOf } from './cursor.ts'

export interface OutputFilter extends PageRequest {
  readonly state: 'live' | 'spent' | 'all'
  readonly token?: Address | undefined
}

/** Outputs of an owner, the newest first; also those in her orders and trading balances. */
export async function listOutputs(
  reader: Database,
  owner: Address,
  { limit, cursor, state, token }: OutputFilter,
): Promise<Page<OutputRow>> {
  let query = reader
    .selectFrom('outputs')
    .selectAll()
    .where('owner', '=', owner)
    .orderBy('height', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
  if (state !== 'all') query = query.where('spentHeight', state === 'live' ? 'is' : 'is not', null)
  if (token !== undefined) query = query.where('token', '=', token)
  if (cursor !== undefined) {
    const [height, id] = decodeCursor('outputs', cursor, ['integer', 'hex'])
    query = query.where(sql<boolean>`(height, id) < (${height}, ${id})`)
  }
  return pageOf(
    await query.execute(),
    limit,
    ({ height, id }) => encodeCursor('outputs', [height, id as OutputId]),
    row => row,
  )
}

/** Balances of an owner, by token and by what they are held as. An owner has few tokens, but anybody can send her more. */
export async function listBalances(
  reader: Database,
  owner: Address,
  { limit, cursor }: PageRequest,
): Promise<Page<BalanceRow>> {
  let query = reader
    .selectFrom('balances')
    .selectAll()
    .where('owner', '=', owner)
    .orderBy('token')
    .orderBy('heldAs')
    .limit(limit + 1)
  if (cursor !== undefined) {
    const [token, heldAs] = decodeCursor('balances', cursor, ['hex', 'integer'])
    query = query.where(sql<boolean>`(token, held_as) > (${token}, ${HELD_AS[Number(heldAs)] ?? ''})`)
  }
  return pageOf(
    await query.execute(),
    limit,
    ({ token, heldAs }) => encodeCursor('balances', [token, BigInt(HELD_AS.indexOf(heldAs))]),
    row => row,
  )
}

const HELD_AS: readonly BalanceRow['heldAs'][] = ['coin', 'item', 'order', 'other', 'trading', 'unknown']

/** What happened to an owner, the newest first. */
export async function listActivity(
  reader: Database,
  owner: Address,
  { limit, cursor }: PageRequest,
): Promise<Page<ActivityRow>> {
  let query = reader
    .selectFrom('activity')
    .selectAll()
    .where('owner', '=', owner)
    .orderBy('height', 'desc')
    .orderBy('ordinal', 'desc')
    .limit(limit + 1)
  if (cursor !== undefined) {
    const [height, ordinal] = decodeCursor('activity', cursor, ['integer', 'integer'])
    query = query.where(sql<boolean>`(height, ordinal) < (${height}, ${ordinal})`)
  }
  return pageOf(
    await query.execute(),
    limit,
    ({ height, ordinal }) => encodeCursor('activity', [height, BigInt(ordinal)]),
    row => row,
  )
}

export interface OrderFilter extends PageRequest {
  readonly state: 'open' | 'closed' | 'all'
  readonly market?: Hash | undefined
}

/** Orders of an owner, the newest first. */
export async function listOrders(
  reader: Database,
  owner: Address,
  { limit, cursor, state, market }: OrderFilter,
): Promise<Page<OrderRow>> {
  let query = reader
    .selectFrom('orders')
    .selectAll()
    .where('owner', '=', owner)
    .orderBy('height', 'desc')
    .orderBy('guard', 'desc')
    .limit(limit + 1)
  if (state !== 'all') query = query.where('closedHeight', state === 'open' ? 'is' : 'is not', null)
  if (market !== undefined) query = query.where('market', '=', market)
  if (cursor !== undefined) {
    const [height, guard] = decodeCursor('orders', cursor, ['integer', 'hex'])
    query = query.where(sql<boolean>`(height, guard) < (${height}, ${guard})`)
  }
  return pageOf(
    await query.execute(),
    limit,
    ({ height, guard }) => encodeCursor('orders', [height, guard]),
    row => row,
  )
}

export interface FillFilter extends PageRequest {
  readonly market?: Hash | undefined
}

/** Fills of an owner's orders, the newest first. */
export async function listFills(
  reader: Database,
  owner: Address,
  { limit, cursor, market }: FillFilter,
): Promise<Page<FillRow>> {
  let query = reader
    .selectFrom('fills')
    .selectAll()
    .where('owner', '=', owner)
    .orderBy('height', 'desc')
    .orderBy('guard', 'desc')
    .limit(limit + 1)
  if (market !== undefined) query = query.where('market', '=', market)
  if (cursor !== undefined) {
    const [height, guard] = decodeCursor('fills', cursor, ['integer', 'hex'])
    query = query.where(sql<boolean>`(height, guard) < (${height}, ${guard})`)
  }
  return pageOf(
    await query.execute(),
    limit,
    ({ height, guard }) => encodeCursor('fills', [height, guard]),
    row => row,
  )
}

/** An order by its guard: the one that entered last where the same guard was used again. */
export function getOrder(reader: Database, guard: Hash): Promise<OrderRow | undefined> {
  return reader
    .selectFrom('orders')
    .selectAll()
    .where('guard', '=', guard as Guard)
    .orderBy('height', 'desc')
    .limit(1)
    .executeTakeFirst()
}
