import { type Command, InvalidArgumentError } from 'commander'
import { action } from '../action.ts'
import { openClient } from '../client.ts'
import { marketNamed, textOr } from '../market/market.ts'
import { bad, dim, good } from '../terminal/style.ts'
import { table } from '../terminal/table.ts'

/** Most levels of each side; the node gives no more. */
const MAX_DEPTH = 500

const EXAMPLES = `
Examples:
  $ omg book ETH/TUSD
  $ omg book ETH/TUSD --depth 5 --json`

export function bookCommand(program: Command): void {
  program
    .command('book <market>')
    .description('the orders of a market by price')
    .option('--depth <levels>', `price levels of each side, 1 to ${MAX_DEPTH}`, depthOf, 10)
    .addHelpText('after', EXAMPLES)
    .action(
      action<{ depth: number }>(async (session, { depth }, [name = '']) => {
        const client = await openClient(session, { key: false })
        const market = await marketNamed(client, name)
        const book = await client.getBook({ market, depth })
        const right = (title: string) => ({ title, align: 'right' as const })
        const row = (paint: (text: string) => string) => (level: (typeof book.bids)[0]) => [
          paint(market.priceText(level.price)),
          market.sizeText(level.lots),
          String(level.orders),
        ]
        const rows = [
          ...book.asks.map(row(bad)).reverse(),
          [dim(`last ${textOr(book.lastPrice, market.priceText)}`), '', ''],
          ...book.bids.map(row(good)),
        ]
        const columns = [right(`price in ${market.quote.symbol}`), right(market.base.symbol), right('orders')]
        const withTexts = (levels: typeof book.bids) =>
          levels.map(level => ({
            ...level,
            priceText: market.priceText(level.price),
            sizeText: market.sizeText(level.lots),
          }))
        return {
          json: { ...book, symbol: market.symbol, bids: withTexts(book.bids), asks: withTexts(book.asks) },
          text: `${market.symbol} after block ${book.height}\n${table(columns, rows)}`,
        }
      }),
    )
}

function depthOf(text: string): number {
  const depth = Number(text)
  if (!Number.isInteger(depth) || depth < 1 || depth > MAX_DEPTH)
    throw new InvalidArgumentError(`1 to ${MAX_DEPTH}`)
  return depth
}
