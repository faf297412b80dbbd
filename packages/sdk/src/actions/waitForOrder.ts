import type { Guard, OmgError } from '@omg/protocol'
import type { Client } from '../client.ts'
import { type SdkError, sdkError } from '../error.ts'
import type { Order } from '../order/live.ts'
import { getOrder } from './getOrder.ts'
import type { PlacedOrder } from './placeOrder.ts'
import { waitForInstruction } from './waitForInstruction.ts'
import { waitForReceipt } from './waitForReceipt.ts'

export interface WaitForOrderParameters {
  /** What `placeOrder` gave, or the name of an order that is live already. */
  readonly order: PlacedOrder | Guard
  /** `placed`: in a block. `gone`: filled, cancelled or given back, all of it. Default `placed`. */
  readonly until?: 'placed' | 'gone'
  /** Milliseconds, default 5 min. */
  readonly timeout?: number
  /** Milliseconds between two questions, default 250. */
  readonly interval?: number
}

export interface WaitForOrderReturnType {
  /** As it stands; undefined if it is gone: one that waits for nothing lives for one batch. */
  readonly order: Order | undefined
  /** The block that placed it, where `placeOrder` gave it. */
  readonly height: bigint | undefined
}

export type WaitForOrderErrorType = SdkError | OmgError

const TIMEOUT_MS = 300_000
const INTERVAL_MS = 250

/**
 * Waits until an order is in a block, or until nothing of it is left. What it traded for tell `subscribeOrders` and the balances.
 *
 * @throws SdkError `receipt.rejected` with the node's reason as cause, `receipt.timeout`.
 */
export async function waitForOrder(
  client: Client,
  parameters: WaitForOrderParameters,
): Promise<WaitForOrderReturnType> {
  const { order, until = 'placed', timeout = TIMEOUT_MS, interval = INTERVAL_MS } = parameters
  const end = Date.now() + timeout
  const guard = typeof order === 'string' ? order : order.guard
  const height =
    typeof order === 'string' ? undefined : await inclusionOf(client, order, { timeout, interval })
  for (;;) {
    const live = await getOrder(client, { guard })
    const isThere = until === 'placed' && (live !== undefined || height !== undefined)
    if (isThere || (until === 'gone' && live === undefined)) return { order: live, height }
    if (Date.now() > end) {
      throw sdkError('receipt.timeout', `order ${guard} is ${live ? 'live' : 'unknown'} after ${timeout} ms`)
    }
    await new Promise(resolve => setTimeout(resolve, interval))
  }
}

async function inclusionOf(
  client: Client,
  placed: PlacedOrder,
  patience: { timeout: number; interval: number },
): Promise<bigint> {
  if ('payment' in placed)
    return (await waitForReceipt(client, { hash: placed.payment.hash, ...patience })).height
  return (await waitForInstruction(client, { hash: placed.instruction.hash, ...patience })).height
}
