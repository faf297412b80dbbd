import { type Replay, type ReplayedCheckpoint, replayBatch } from '@omg/indexer'
import type { Guard } from '@omg/protocol'
import { getCheckpoint } from '@omg/rootchain'
import type { Market, OmgClient } from '@omg/sdk'
import { type Command, InvalidArgumentError } from 'commander'
import { type Answer, action } from '../action.ts'
import { openClient } from '../client.ts'
import { cliError, EXIT } from '../error.ts'
import { marketNamed, shortGuard } from '../market/market.ts'
import { bad, dim, good } from '../terminal/style.ts'
import { table } from '../terminal/table.ts'

/** Price levels that are printed on each side of the price; --json has all. */
const SHOWN_LEVELS = 8
/** Blocks between two lines about the progress. */
const PROGRESS_BLOCKS = 500n

const EXAMPLES = `
Executes the chain from its first block and holds the auction again: nothing that a node says about prices and fills is believed.
Ends with ${EXIT.unhealthy} where the checkpoint commits to another outcome.

Examples:
  $ omg replay ETH/TUSD 1234
  $ omg replay ETH/TUSD 1234 --order 0x9f…      why this order got what it got, with a proof`

interface Options {
  order?: Guard
  workers: number
}

export function replayCommand(program: Command): void {
  program
    .command('replay <market> <block>')
    .description('work a past auction out again from the chain alone')
    .option('--order <order>', 'explain what this order got (its guard, as omg order list shows it)', guardOf)
    .option('--workers <threads>', 'threads that recover signatures', threadsOf, 1)
    .addHelpText('after', EXAMPLES)
    .action(
      action<Options>(async (session, { order, workers }, [name = '', block = '']) => {
        const height = heightOf(block)
        const client = await openClient(session, { key: false })
        const market = await marketNamed(client, name)
        const onProgress = (at: bigint, last: bigint) => {
          if (at % PROGRESS_BLOCKS === 0n && process.stderr.isTTY)
            process.stderr.write(`block ${at} of ${last}\n`)
        }
        const done = await replayBatch({
          ...{ node: [session.nodeUrl()], market: market.id, height, order, workers, onProgress },
        })
        if (!done.ok) throw done.error
        const replay = done.value
        const ethereum = replay.checkpoint && (await onEthereum(client, replay.checkpoint))
        return answer(market, replay, ethereum)
      }),
    )
}

/** What Ethereum says of the header that the node showed. */
type OnEthereum = 'accepted' | 'another' | 'pending'

async function onEthereum(client: OmgClient, { number, header }: ReplayedCheckpoint): Promise<OnEthereum> {
  const accepted = await getCheckpoint(await client.rootChain(), { number })
  if (accepted === undefined) return 'pending'
  return accepted.headerHash === header.hash ? 'accepted' : 'another'
}

function answer(market: Market, replay: Replay, ethereum: OnEthereum | undefined): Answer {
  const { batch, checkpoint, isConfirmed, referenceAgrees } = replay
  const isWrong = !referenceAgrees || ethereum === 'another' || (checkpoint !== undefined && !isConfirmed)
  const { price, volume } = batch
  const texts = {
    priceText: price === undefined ? null : market.priceText(BigInt(price)),
    volumeText: market.sizeText(BigInt(volume)),
  }
  return {
    json: { ...replay, ...texts, symbol: market.symbol, ethereum: ethereum ?? null },
    text: [
      headline(market, replay),
      levelsTable(market, replay),
      ...explained(market, replay),
      verdict(replay, ethereum),
    ].join('\n'),
    exit: isWrong ? EXIT.unhealthy : EXIT.done,
  }
}

function headline(market: Market, { batch, lastPrice }: Replay): string {
  const { height, price, volume, demand, supply, rationing } = batch
  const size = (lots: number) => `${market.sizeText(BigInt(lots))} ${market.base.symbol}`
  const at = (tick: number) => `${market.priceText(BigInt(tick))} ${market.quote.symbol}`
  const before = lastPrice === undefined ? 'no price before' : `${at(lastPrice)} before`
  if (price === undefined) return `${market.symbol} in block ${height}: nothing traded (${before})`
  const line = `${market.symbol} in block ${height}: ${size(volume)} at ${at(price)} (${before})`
  const sides = `${size(demand)} wanted to buy at that price, ${size(supply)} to sell`
  if (rationing === undefined) return `${line}\n${sides}`
  const { side, tick, lots, of } = rationing
  const words = `${side}s at ${at(tick)} of block ${rationing.height} share ${size(lots)} of ${size(of)}`
  return `${line}\n${sides}; ${words}`
}

function levelsTable(market: Market, { levels, batch: { price } }: Replay): string {
  const right = (title: string) => ({ title, align: 'right' as const })
  const columns = [
    right(`price in ${market.quote.symbol}`),
    right('buys'),
    right('sells'),
    right('would trade'),
  ]
  const middle = levels.findIndex(({ tick }) => tick <= (price ?? 0))
  const from = Math.max(0, (middle < 0 ? levels.length : middle) - SHOWN_LEVELS)
  const size = (lots: number) => (lots === 0 ? '' : market.sizeText(BigInt(lots)))
  const rows = levels.slice(from, from + 2 * SHOWN_LEVELS + 1).map(({ tick, buys, sells, volume }) => {
    const text = market.priceText(BigInt(tick))
    return [tick === price ? good(text) : text, size(buys), size(sells), size(volume)]
  })
  return table(columns, rows)
}

/** Why an order got what it got, in a sentence. */
const CAUSES: Readonly<Record<NonNullable<Replay['explanation']>['cause']['kind'], string>> = {
  leftOut: 'it did not take part',
  noTrade: 'nothing traded',
  price: 'its limit does not reach the price',
  whole: 'everything at its price, or better, trades in full',
  older: 'it is older than the orders that share',
  younger: 'it is younger than the orders that share',
  share: 'its share of what was left for its block',
}

function explained(market: Market, { explanation, proof }: Replay): string[] {
  if (explanation === undefined) return []
  const { order, filled, cause, claim } = explanation
  const why = cause.kind === 'leftOut' ? `${CAUSES.leftOut} (${cause.reason})` : CAUSES[cause.kind]
  const size = (lots: number) => `${market.sizeText(BigInt(lots))} ${market.base.symbol}`
  const brought = claim ? ` of ${size(claim.lots)}` : ''
  const shared = cause.kind === 'share' ? `; ${size(claim!.before)} of its block come before it` : ''
  const unsettled = claim && claim.unsettled > 0 ? `; ${size(claim.unsettled)} found no partner` : ''
  const lines = [`order ${shortGuard(order)}: ${size(filled)}${brought}: ${why}${shared}${unsettled}`]
  if (proof) lines.push(dim('--json has the proof that it stood in this book'))
  return lines
}

function verdict(
  { checkpoint, isConfirmed, referenceAgrees }: Replay,
  ethereum: OnEthereum | undefined,
): string {
  if (!referenceAgrees) return bad('The plain auction comes to something else: report this.')
  if (checkpoint === undefined) {
    return dim('Its checkpoint is still open: the block itself was executed and is right.')
  }
  const { number, batchRoot, header } = checkpoint
  if (!isConfirmed) {
    return bad(
      `Checkpoint ${number} commits to ${header.batchRoot}, not to ${batchRoot}: this auction was not held so.`,
    )
  }
  if (ethereum === 'another')
    return bad(`Ethereum has another header of checkpoint ${number} than the node shows.`)
  const where =
    ethereum === 'accepted' ? 'which Ethereum has accepted' : 'which Ethereum has not accepted yet'
  return good(`Checkpoint ${number}, ${where}, commits to exactly this: ${batchRoot}`)
}

function heightOf(text: string): bigint {
  if (!/^\d{1,15}$/.test(text)) throw cliError('request.argument', `"${text}" is not a block number`)
  return BigInt(text)
}

function guardOf(text: string): Guard {
  const guard = text.toLowerCase()
  if (!/^0x[0-9a-f]{64}$/.test(guard)) throw new InvalidArgumentError('0x and 64 digits')
  return guard as Guard
}

function threadsOf(text: string): number {
  const threads = Number(text)
  if (!Number.isInteger(threads) || threads < 0 || threads > 64) throw new InvalidArgumentError('0 to 64')
  return threads
}
