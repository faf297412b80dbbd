import type { Address } from '@omg/protocol'
import type { Database } from '../store/database.ts'
import type { FeeRow, TokenRow } from '../store/tables.ts'
import { decodeCursor, encodeCursor, type Page, type PageRequest, pageOf } from './cursor.ts'

/** Tokens by address, with their supply on the chain and the fees paid in them. */
export async function listTokens(reader: Database, { limit, cursor }: PageRequest): Promise<Page<TokenRow>> {
  let query = reader
    .selectFrom('tokens')
    .selectAll()
    .orderBy('token')
    .limit(limit + 1)
  if (cursor !== undefined) {
    query = query.where('token', '>', decodeCursor('tokens', cursor, ['hex'])[0] as Address)
  }
  return pageOf(
    await query.execute(),
    limit,
    ({ token }) => encodeCursor('tokens', [token]),
    row => row,
  )
}

/** Fees of a token by block, the newest first; blocks without any are left out. */
export async function listFees(
  reader: Database,
  token: Address,
  { limit, cursor }: PageRequest,
): Promise<Page<FeeRow>> {
  let query = reader
    .selectFrom('fees')
    .selectAll()
    .where('token', '=', token)
    .orderBy('height', 'desc')
    .limit(limit + 1)
  if (cursor !== undefined) query = query.where('height', '<', decodeCursor('fees', cursor, ['integer'])[0])
  return pageOf(
    await query.execute(),
    limit,
    ({ height }) => encodeCursor('fees', [height]),
    row => row,
  )
}
