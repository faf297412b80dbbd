import type { Client } from '../client.ts'
import { sdkError } from '../error.ts'
import { Fields } from './decode.ts'

export interface ListenParameters {
  readonly channel: string
  readonly from: bigint | undefined
  readonly onError: ((error: Error) => void) | undefined
}

/**
 * Listens to a channel whose events are read field by field; one that is not as promised goes to `onError`.
 *
 * @throws SdkError `client.no_subscriptions`
 */
export function listen(
  client: Client,
  { channel, from, onError }: ListenParameters,
  onEvent: (event: Fields) => void,
): () => void {
  if (!client.node.subscribe) throw sdkError('client.no_subscriptions', `${client.node.url} is no WebSocket`)
  return client.node.subscribe(channel, from, {
    event(event) {
      try {
        const fields = new Fields(event, 'event')
        if (fields.raw('pruned') === true) throw forgotten(fields.integer('height'))
        onEvent(fields)
      } catch (error) {
        onError?.(error as Error)
      }
    },
    error: error => onError?.(error),
  })
}

const forgotten = (height: bigint) => {
  return sdkError('subscription.pruned', `the node has forgotten what block ${height} did`)
}
