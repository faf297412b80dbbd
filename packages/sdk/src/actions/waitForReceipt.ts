import type { OmgError, TxHash } from '@omg/protocol'
import type { Client } from '../client.ts'
import { SdkError, sdkError } from '../error.ts'
import { getTransaction, TRANSACTION_STATES, type TransactionInfo } from './getTransaction.ts'

export interface WaitForReceiptParameters {
  readonly hash: TxHash
  /**
   * `included`: in a durable block, spendable at once. `checkpointed`: in a closed checkpoint. `committed`: Ethereum has
   * accepted the checkpoint, and the outputs can exit. Default `included`.
   */
  readonly until?: 'included' | 'checkpointed' | 'committed'
  /** Milliseconds, default 5 min. */
  readonly timeout?: number
  /** Milliseconds between two questions, default 250. */
  readonly interval?: number
  /** Called whenever the state changes. */
  readonly onStatus?: (info: TransactionInfo) => void
}

export interface Receipt extends TransactionInfo {
  readonly status: 'included' | 'checkpointed' | 'committed'
  readonly height: bigint
  readonly checkpoint: bigint
}

export type WaitForReceiptErrorType = SdkError | OmgError

const TIMEOUT_MS = 300_000
const INTERVAL_MS = 250

/**
 * Waits until a transaction has come as far as wanted.
 *
 * @throws SdkError `receipt.rejected` with the node's reason as cause, `receipt.timeout`.
 */
export async function waitForReceipt(client: Client, parameters: WaitForReceiptParameters): Promise<Receipt> {
  const { hash, until = 'included', timeout = TIMEOUT_MS, interval = INTERVAL_MS, onStatus } = parameters
  const wanted = TRANSACTION_STATES.indexOf(until)
  const end = Date.now() + timeout
  let told: string | undefined
  for (;;) {
    const info = await ask(client, hash)
    if (info && info.status !== told) onStatus?.(info)
    told = info?.status
    if (info?.status === 'rejected') {
      throw sdkError(
        'receipt.rejected',
        `transaction ${hash} was rejected: ${info.error?.message}`,
        info.error,
      )
    }
    if (info && TRANSACTION_STATES.indexOf(info.status) >= wanted) return info as Receipt
    if (Date.now() > end) {
      throw sdkError(
        'receipt.timeout',
        `transaction ${hash} is ${info?.status ?? 'unknown'} after ${timeout} ms`,
      )
    }
    await new Promise(resolve => setTimeout(resolve, interval))
  }
}

/** A node that is away for a moment is no reason to stop waiting. */
async function ask(client: Client, hash: TxHash): Promise<TransactionInfo | undefined> {
  try {
    return await getTransaction(client, { hash })
  } catch (error) {
    if (error instanceof SdkError && error.code === 'node.unreachable') return undefined
    throw error
  }
}
