import type { Address, TxHash } from '@omg/protocol'
import type { Client } from '../client.ts'
import { sdkError } from '../error.ts'

export interface SubscribeParameters {
  /** What to hear of: every block, every closed checkpoint, what an owner sends and receives, one transaction's states. */
  readonly channel: 'blocks' | 'checkpoints' | { readonly owner: Address } | { readonly transaction: TxHash }
  /** First block to tell of, for going on where you were. Default: from now on. */
  readonly from?: bigint
  /** Called for each event; `event.height` is its block. */
  readonly onEvent: (event: Readonly<Record<string, unknown>>) => void
  readonly onError?: (error: Error) => void
}

/**
 * Listens to the chain over the client's WebSocket, over lost connections, without missing an event. Returns the function
 * that ends it.
 *
 * @throws SdkError `client.no_subscriptions`
 */
export function subscribe(client: Client, parameters: SubscribeParameters): () => void {
  const { channel, from, onEvent, onError } = parameters
  if (!client.node.subscribe) throw sdkError('client.no_subscriptions', `${client.node.url} is no WebSocket`)
  return client.node.subscribe(nameOf(channel), from, {
    event: event => onEvent(event as Record<string, unknown>),
    error: error => onError?.(error),
  })
}

function nameOf(channel: SubscribeParameters['channel']): string {
  if (typeof channel === 'string') return channel
  return 'owner' in channel ? `owner:${channel.owner}` : `transaction:${channel.transaction}`
}
