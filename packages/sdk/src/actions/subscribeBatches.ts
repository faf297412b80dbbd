import type { Hash } from '@omg/protocol'
import type { Client } from '../client.ts'
import type { Market } from '../market/market.ts'
import { Fields } from '../node/decode.ts'
import { listen } from '../node/listen.ts'

/** What one market traded in one block. */
export interface BatchEvent {
  readonly height: bigint
  readonly market: Hash
  /** The clearing price, in ticks; undefined where nothing traded. */
  readonly price: bigint | undefined
  /** Lots bought = lots sold. */
  readonly volume: bigint
  readonly fills: number
}

export interface SubscribeBatchesParameters {
  /** Default: all markets. */
  readonly market?: Market | Hash
  /** First block to tell of, for going on where you were. Default: from now on. */
  readonly from?: bigint
  readonly onBatch: (batch: BatchEvent) => void
  readonly onError?: (error: Error) => void
}

/**
 * Listens to the batches of each block over the client's WebSocket, over lost connections. Returns the function that ends it.
 *
 * @throws SdkError `client.no_subscriptions`
 */
export function subscribeBatches(client: Client, parameters: SubscribeBatchesParameters): () => void {
  const { market, from, onBatch, onError } = parameters
  const wanted = typeof market === 'object' ? market.id : market
  return listen(client, { channel: 'batches', from, onError }, event => {
    const height = event.integer('height')
    for (const batch of event.list('batches', value => batchFrom(value, height))) {
      if (wanted === undefined || batch.market === wanted) onBatch(batch)
    }
  })
}

function batchFrom(value: unknown, height: bigint): BatchEvent {
  const fields = new Fields(value, 'batch')
  return {
    height,
    market: fields.hash('market'),
    price: fields.has('price') ? fields.integer('price') : undefined,
    volume: fields.integer('volume'),
    fills: fields.count('fills'),
  }
}
