import { type Command, InvalidArgumentError } from 'commander'
import { action, toJson } from '../action.ts'
import { openClient } from '../client.ts'
import { type MakerRound, makeMarket } from '../maker/maker.ts'
import { MAX_LEVELS } from '../maker/quotes.ts'
import { marketNamed } from '../market/market.ts'
import { untilSignal } from '../terminal/signals.ts'

const EXAMPLES = `
A market maker to start from: it keeps post-only bids and asks around a reference price, moves them all in one signature when the price
moves, and cancels everything when it is stopped. It trades from your trading balance, and can lose money.

Examples:
  $ omg trading open 2 ETH --parts 8 && omg trading open 4000 TUSD --parts 8
  $ omg mm ETH/TUSD --size 0.05 --reference 2000
  $ omg mm ETH/TUSD --size 0.05 --spread 0.4 --step 0.2 --levels 5      around the middle of the book`

interface Options {
  size: string
  reference?: string
  spread: number
  step: number
  levels: number
  interval: number
}

export function mmCommand(program: Command): void {
  program
    .command('mm <market>')
    .description('a sample market maker')
    .requiredOption('--size <size>', 'of each order, in the base token')
    .option('--reference <price>', 'quote around this price; default the middle of the book')
    .option('--spread <percent>', 'between the best bid and the best ask', percentOf, 20)
    .option('--step <percent>', 'between two orders of one side', percentOf, 10)
    .option('--levels <count>', `orders of each side, 1 to ${MAX_LEVELS}`, numberOf(1, MAX_LEVELS), 3)
    .option('--interval <milliseconds>', 'between two looks at the book', numberOf(50, 3_600_000), 1_000)
    .addHelpText('after', EXAMPLES)
    .action(
      action<Options>(async (session, options, [name = '']) => {
        const client = await openClient(session, { key: true })
        const market = await marketNamed(client, name)
        const say = (words: string) => !session.json && process.stderr.write(`${words}\n`)
        const tell = ({ reference, steps, error }: MakerRound) => {
          if (session.json)
            process.stdout.write(`${toJson({ reference, steps, error }).replaceAll(/\n\s*/g, ' ')}\n`)
          else if (error) say(`not this time: ${error.message} [${error.code}]`)
          else say(`around ${market.priceText(reference!)} ${market.quote.symbol}: ${steps} orders changed`)
        }
        say(`making ${market.symbol}; Ctrl-C cancels everything and ends`)
        const stopping = new AbortController()
        void untilSignal().then(() => stopping.abort())
        const cancelled = await makeMarket(
          {
            ...{ client, market, onRound: tell },
            reference: options.reference === undefined ? undefined : market.priceOf(options.reference),
            lots: market.lotsOf(options.size),
            halfSpreadBps: Math.ceil(options.spread / 2),
            stepBps: options.step,
            levels: options.levels,
          },
          options.interval,
          stopping.signal,
        )
        return {
          json: { market: market.id, cancelled: cancelled.map(({ guard }) => guard) },
          text: `${cancelled.length} orders cancelled`,
        }
      }),
    )
}

/** Percent to hundredths of a percent. */
function percentOf(text: string): number {
  const bps = Math.round(Number(text) * 100)
  if (!/^\d+(\.\d{1,2})?$/.test(text) || bps < 1 || bps > 5_000) {
    throw new InvalidArgumentError('0.01 to 50 percent, with at most two digits behind the point')
  }
  return bps
}

const numberOf = (least: number, most: number) => (text: string) => {
  const number = Number(text)
  if (!Number.isInteger(number) || number < least || number > most)
    throw new InvalidArgumentError(`${least} to ${most}`)
  return number
}
