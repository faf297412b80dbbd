import type { ClosedCheckpoint, Execution, FeeToken } from '@omg/ledger'
import type { OutputId, TxHash } from '@omg/protocol'
import type { BlockEffect } from '../block/effects.ts'
import { activityOf, BalanceChanges, feesOf, TokenChanges } from '../block/owners.ts'
import { blockRow, checkpointRow, outputRows, transactionRow } from '../block/rows.ts'
import type { ActivityRow, BlockRow, CheckpointRow, FeeRow, OutputRow, TransactionRow } from './tables.ts'

/** An output from an earlier write that is spent now. */
export interface Spend {
  readonly id: OutputId
  readonly spentHeight: bigint
  readonly spentBy: TxHash
}

/** What a block came to. */
export interface ExecutedBlock {
  readonly execution: Execution
  readonly effect: BlockEffect
  readonly closed: ClosedCheckpoint | undefined
  /** Of the block's record. */
  readonly bytes: number
}

/** The rows of blocks that were executed and are not written yet: one transaction, however many blocks. */
export class Pending {
  readonly blocks: BlockRow[] = []
  readonly checkpoints: CheckpointRow[] = []
  readonly transactions: TransactionRow[] = []
  readonly outputs = new Map<OutputId, OutputRow>()
  readonly spends: Spend[] = []
  readonly activity: ActivityRow[] = []
  readonly balances = new BalanceChanges()
  readonly fees: FeeRow[] = []
  readonly tokens = new TokenChanges()
  readonly #feeTokens: readonly FeeToken[]
  #rows = 0

  constructor(feeTokens: readonly FeeToken[]) {
    this.#feeTokens = feeTokens
  }

  /** Rows that wait, about. */
  get size(): number {
    return this.#rows
  }

  add({ execution, effect, closed, bytes }: ExecutedBlock): void {
    const { block, lanes } = execution
    const { height } = block
    const fees = feesOf(lanes, height, this.#feeTokens)
    const activity = activityOf(effect, block)
    this.blocks.push(blockRow(block, bytes))
    if (closed) this.checkpoints.push(checkpointRow(closed))
    for (const [place, transaction] of effect.transactions.entries()) {
      this.transactions.push(transactionRow(transaction, height, place))
    }
    for (const row of outputRows(effect, height)) this.outputs.set(row.id, row)
    for (const { hash, spent } of effect.transactions) {
      for (const { id } of spent) this.#spend({ id, spentHeight: height, spentBy: hash })
    }
    for (const row of activity) this.activity.push(row)
    for (const row of fees) this.fees.push(row)
    this.balances.addBlock(effect)
    this.tokens.addBlock(effect, fees)
    this.#rows += 1 + effect.deposits.length + activity.length
    for (const { made, spent } of effect.transactions) this.#rows += 1 + made.length + spent.length
  }

  /** An output of this write is written as spent; an older one is changed. */
  #spend(spend: Spend): void {
    const row = this.outputs.get(spend.id)
    if (row === undefined) this.spends.push(spend)
    else Object.assign(row, { spentHeight: spend.spentHeight, spentBy: spend.spentBy })
  }
}
