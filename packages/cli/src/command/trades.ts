import type { BatchEvent, Market, OmgClient } from '@omg/sdk'
import { type Command, InvalidArgumentError } from 'commander'
import { action, toJson } from '../action.ts'
import { openClient } from '../client.ts'
import { marketNamed } from '../market/market.ts'
import type { Session } from '../session.ts'
import { untilSignal } from '../terminal/signals.ts'
import { table } from '../terminal/table.ts'

/** Blocks looked back over where the command line says nothing. */
const DEFAULT_BLOCKS = 1_000n

const EXAMPLES = `
All trades of a market in one block have one price. The node remembers the latest blocks; an indexer has the others.

Examples:
  $ omg trades ETH/TUSD
  $ omg trades ETH/TUSD --since 1200
  $ omg trades ETH/TUSD --follow      one line for each batch, until Ctrl-C`

interface Options {
  since?: bigint
  follow?: boolean
}

export function tradesCommand(program: Command): void {
  program
    .command('trades <market>')
    .description('what a market traded, batch by batch')
    .option('--since <block>', `first block; default the last ${DEFAULT_BLOCKS}`, heightOf)
    .option('--follow', 'go on with each new batch')
    .addHelpText('after', EXAMPLES)
    .action(
      action<Options>(async (session, { since, follow }, [name = '']) => {
        const client = await openClient(session, { key: false, live: true })
        try {
          const market = await marketNamed(client, name)
          const { height } = await client.getBook({ market, depth: 1 })
          const from = since ?? (height > DEFAULT_BLOCKS ? height - DEFAULT_BLOCKS : 1n)
          if (follow) return await followBatches(session, client, market, from)
          const batches = await batchesUpTo(client, market, from, height)
          const rows = batches.map(batch => cells(market, batch))
          const right = (title: string) => ({ title, align: 'right' as const })
          const columns = [
            right('block'),
            right(`price in ${market.quote.symbol}`),
            right(market.base.symbol),
            right('orders'),
          ]
          const text =
            rows.length > 0 ? table(columns, rows) : `Nothing traded in blocks ${from} to ${height}.`
          return {
            json: {
              market: market.id,
              from,
              to: height,
              batches: batches.map(batch => described(market, batch)),
            },
            text,
          }
        } finally {
          client.close()
        }
      }),
    )
}

/** What the blocks from one to another traded: the subscription of blocks says when the last of them was told. */
function batchesUpTo(client: OmgClient, market: Market, from: bigint, to: bigint): Promise<BatchEvent[]> {
  return new Promise((resolve, reject) => {
    const batches: BatchEvent[] = []
    // A node that has forgotten a block says so and goes on with the next.
    const onError = (error: Error & { code?: string }) =>
      error.code === 'subscription.pruned' || reject(error)
    const onBatch = (batch: BatchEvent) =>
      batch.price !== undefined && batch.height <= to && batches.push(batch)
    client.subscribeBatches({ market, from, onBatch, onError })
    // Both go in order of blocks over one connection, so this one's end comes after the other's.
    client.subscribe({
      channel: 'blocks',
      from: to,
      onEvent: () => setTimeout(() => resolve(batches), SETTLING_MS),
      onError: reject,
    })
  })
}

/** Milliseconds for events that are on their way. */
const SETTLING_MS = 200

async function followBatches(
  session: Session,
  client: OmgClient,
  market: Market,
  from: bigint,
): Promise<undefined> {
  client.subscribeBatches({
    market,
    from,
    onBatch(batch) {
      if (batch.price === undefined) return
      const line = session.json
        ? toJson(described(market, batch)).replaceAll(/\n\s*/g, ' ')
        : lineOf(market, batch)
      process.stdout.write(`${line}\n`)
    },
    onError: error => process.stderr.write(`${error.message}\n`),
  })
  await untilSignal()
  return undefined
}

const cells = (market: Market, { height, price, volume, fills }: BatchEvent) => {
  return [String(height), market.priceText(price!), market.sizeText(volume), String(fills)]
}

function lineOf(market: Market, batch: BatchEvent): string {
  const [height, price, size, fills] = cells(market, batch)
  return `block ${height}: ${size} ${market.base.symbol} at ${price} ${market.quote.symbol}, ${fills} orders`
}

function described(market: Market, batch: BatchEvent): object {
  return { ...batch, priceText: market.priceText(batch.price!), volumeText: market.sizeText(batch.volume) }
}

function heightOf(text: string): bigint {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('a block number')
  return BigInt(text)
}
