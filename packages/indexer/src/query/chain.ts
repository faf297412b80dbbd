import type { Hash, OutputId, TxHash } from '@omg/protocol'
import type { Database } from '../store/database.ts'
import type { BlockRow, CheckpointRow, CommitmentRow, OutputRow, TransactionRow } from '../store/tables.ts'
import { decodeCursor, encodeCursor, type Page, type PageRequest, pageOf } from './cursor.ts'

/** Blocks, the newest first. */
export async function listBlocks(reader: Database, { limit, cursor }: PageRequest): Promise<Page<BlockRow>> {
  let query = reader
    .selectFrom('blocks')
    .selectAll()
    .orderBy('height', 'desc')
    .limit(limit + 1)
  if (cursor !== undefined) query = query.where('height', '<', decodeCursor('blocks', cursor, ['integer'])[0])
  return pageOf(
    await query.execute(),
    limit,
    ({ height }) => encodeCursor('blocks', [height]),
    row => row,
  )
}

export function getBlock(reader: Database, height: bigint): Promise<BlockRow | undefined> {
  return reader.selectFrom('blocks').selectAll().where('height', '=', height).executeTakeFirst()
}

/** Transactions of a block, in its order. */
export async function listTransactions(
  reader: Database,
  height: bigint,
  { limit, cursor }: PageRequest,
): Promise<Page<TransactionRow>> {
  let query = reader
    .selectFrom('transactions')
    .selectAll()
    .where('height', '=', height)
    .orderBy('place')
    .limit(limit + 1)
  if (cursor !== undefined) {
    query = query.where('place', '>', Number(decodeCursor('transactions', cursor, ['integer'])[0]))
  }
  return pageOf(
    await query.execute(),
    limit,
    ({ place }) => encodeCursor('transactions', [BigInt(place)]),
    row => row,
  )
}

/** A checkpoint with what Ethereum says of it; null while Ethereum has not accepted it. */
export type CheckpointView = CheckpointRow & { readonly commitment: Omit<CommitmentRow, 'checkpoint'> | null }

/** Checkpoints, the newest first. */
export async function listCheckpoints(
  reader: Database,
  { limit, cursor }: PageRequest,
): Promise<Page<CheckpointView>> {
  let query = reader
    .selectFrom('checkpoints')
    .leftJoin('commitments', 'commitments.checkpoint', 'checkpoints.number')
    .selectAll('checkpoints')
    .select(['headerHash', 'ethereumBlock', 'ethereumTime', 'ethereumTransaction'])
    .orderBy('number', 'desc')
    .limit(limit + 1)
  if (cursor !== undefined)
    query = query.where('number', '<', decodeCursor('checkpoints', cursor, ['integer'])[0])
  return pageOf(
    await query.execute(),
    limit,
    ({ number }) => encodeCursor('checkpoints', [number]),
    ({ headerHash, ethereumBlock, ethereumTime, ethereumTransaction, ...row }) => ({
      ...row,
      commitment:
        headerHash === null || ethereumBlock === null || ethereumTime === null
          ? null
          : { headerHash, ethereumBlock, ethereumTime, ethereumTransaction },
    }),
  )
}

/** A transaction with its outputs, those that it spent and those that it made. */
export interface TransactionView extends TransactionRow {
  readonly time: bigint
  readonly checkpoint: bigint
  readonly inputs: readonly OutputRow[]
  readonly outputs: readonly OutputRow[]
}

export async function getTransaction(reader: Database, hash: Hash): Promise<TransactionView | undefined> {
  const row = await reader
    .selectFrom('transactions')
    .innerJoin('blocks', 'blocks.height', 'transactions.height')
    .selectAll('transactions')
    .select(['blocks.time', 'blocks.checkpoint'])
    .where('hash', '=', hash as TxHash)
    .executeTakeFirst()
  if (row === undefined) return undefined
  const outputs = reader.selectFrom('outputs').selectAll()
  const made = await outputs.where('txHash', '=', row.hash).orderBy('outputIndex').execute()
  const spent = await outputs.where('spentBy', '=', row.hash).orderBy('position').execute()
  return { ...row, inputs: spent, outputs: made }
}

export function getOutput(reader: Database, id: Hash): Promise<OutputRow | undefined> {
  return reader
    .selectFrom('outputs')
    .selectAll()
    .where('id', '=', id as OutputId)
    .executeTakeFirst()
}
