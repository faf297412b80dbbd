import type { Block, ClosedCheckpoint } from '@omg/ledger'
import type { BlockRow, CheckpointRow, OutputRow, TransactionRow } from '../store/tables.ts'
import type { BlockEffect, MadeOutput, TransactionEffect } from './effects.ts'

/** Rows of one block that are written as they are. */
export function blockRow(block: Block, bytes: number): BlockRow {
  const { height, time, appHash, previousAppHash, checkpoint, origin, originHash, originTime } = block
  const { inboxCursor, closes, bounds, deposits } = block
  return {
    ...{
      height,
      time,
      appHash,
      previousAppHash,
      checkpoint,
      origin,
      originHash,
      originTime,
      inboxCursor,
      closes,
    },
    transactions: bounds.length / 2,
    deposits: deposits.length,
    bytes,
  }
}

export function checkpointRow(closed: ClosedCheckpoint): CheckpointRow {
  const { checkpoint: number, txRoot, txCount, origin, originHash, inboxCursor } = closed
  const { daMode, firstHeight, lastHeight } = closed
  return { number, daMode, txRoot, txCount, origin, originHash, inboxCursor, firstHeight, lastHeight }
}

export function transactionRow(effect: TransactionEffect, height: bigint, place: number): TransactionRow {
  const { hash, transaction, signers, path, lanes, bytes } = effect
  const expires = (transaction.kind === 'pay' || transaction.kind === 'move') && signers.length > 0
  const settle = transaction.kind === 'settle' ? transaction : undefined
  return {
    ...{ hash, height, place, path, kind: transaction.kind, signers, bytes },
    feeLanes: lanes,
    validUntil: expires ? transaction.validUntil : null,
    memo: transaction.kind === 'pay' ? transaction.memo : null,
    market: settle?.market ?? null,
    price: settle?.price ?? null,
  }
}

/** All outputs that a block makes, unspent. */
export function outputRows({ deposits, transactions }: BlockEffect, height: bigint): OutputRow[] {
  const rowOf = (made: MadeOutput, txHash: OutputRow['txHash']): OutputRow => ({
    ...{ id: made.id, type: made.output.type, guard: made.output.guard, owner: made.owner },
    ...{ token: made.output.token, amount: made.output.amount, heldAs: made.heldAs, position: made.position },
    ...{ height, txHash, outputIndex: made.index, spentHeight: null, spentBy: null },
  })
  return [
    ...deposits.map(deposit => rowOf(deposit, null)),
    ...transactions.flatMap(({ hash, made }) => made.map(output => rowOf(output, hash))),
  ]
}
