import type { MarketTerms } from '@omg/protocol'
import { getListingFee, listMarket } from '@omg/rootchain'
import type { Market } from '@omg/sdk'
import { type Command, Option } from 'commander'
import { type Answer, action } from '../action.ts'
import { openClient, tokenNamed } from '../client.ts'
import { cliError } from '../error.ts'
import { marketNamed, textOr } from '../market/market.ts'
import type { Session } from '../session.ts'
import { formatUnits, parseUnits } from '../terminal/amount.ts'
import { withProgress } from '../terminal/progress.ts'
import { table } from '../terminal/table.ts'

const EXAMPLES = `
Markets are listed on Ethereum by anybody, for a fee in OMG that is burnt; their terms never change. The tier says how long an order must
have been committed before it trades: bonded not at all, guarded two hours, safe a day (on mainnet).

Examples:
  $ omg market list
  $ omg market show ETH/TUSD
  $ omg market create ETH TUSD --step 0.01 --lot 0.001 --minimum 0.002`

const TIERS: readonly MarketTerms['tier'][] = ['bonded', 'guarded', 'safe']

export function marketCommand(program: Command): void {
  const market = program
    .command('market')
    .description('the markets of the exchange')
    .addHelpText('after', EXAMPLES)
  market.command('list').description('every market with its prices').action(action(list))
  market.command('show <market>').description('the terms and prices of a market').action(action(show))
  market
    .command('create <base> <quote>')
    .description('list a market on Ethereum')
    .requiredOption('--step <price>', 'the step of its prices, in the quote token for one base')
    .requiredOption('--lot <size>', 'the step of its sizes, in the base token')
    .option('--minimum <size>', 'the smallest order, in the base token; default one lot')
    .addOption(new Option('--tier <tier>', 'how long orders season').choices(TIERS).default('guarded'))
    .action(action(create))
}

async function list(session: Session): Promise<Answer> {
  const client = await openClient(session, { key: false })
  const markets = await withProgress('reading markets', () => client.getMarkets())
  const right = (title: string) => ({ title, align: 'right' as const })
  const columns = ['market', 'state', right('last'), right('bid'), right('ask'), right('orders'), 'id']
  const rows = markets.map(market => [
    market.symbol,
    market.state,
    ...[market.lastPrice, market.bestBid, market.bestAsk].map(price => textOr(price, market.priceText)),
    String(market.orders),
    market.id,
  ])
  return {
    json: { markets: markets.map(described) },
    text: markets.length > 0 ? table(columns, rows) : 'No market is listed.',
  }
}

async function show(session: Session, _: object, [name = '']: string[]): Promise<Answer> {
  const client = await openClient(session, { key: false })
  const market = await marketNamed(client, name)
  const { terms, base, quote, makerBps, takerBps } = market
  const price = (ticks: bigint) => `${market.priceText(ticks)} ${quote.symbol}`
  const size = (lots: bigint) => `${market.sizeText(lots)} ${base.symbol}`
  const rows = [
    ['market', market.symbol],
    ['id', market.id],
    ['state', `${market.state}, ${terms.tier}`],
    ['prices', `in steps of ${price(1n)}`],
    ['sizes', `in steps of ${size(1n)}, from ${size(terms.minimumSize)}`],
    ['fee', `${percent(makerBps)} for orders that waited, ${percent(takerBps)} for others`],
    ['last price', textOr(market.lastPrice, price)],
    ['best', `bid ${textOr(market.bestBid, price)}, ask ${textOr(market.bestAsk, price)}`],
    ['orders', String(market.orders)],
    ['base', base.address],
    ['quote', quote.address],
  ]
  return { json: described(market), text: table(['', ''], rows) }
}

interface CreateOptions {
  step: string
  lot: string
  minimum?: string
  tier: MarketTerms['tier']
}

async function create(
  session: Session,
  options: CreateOptions,
  [baseName = '', quoteName = '']: string[],
): Promise<Answer> {
  const client = await openClient(session, { key: true })
  const [base, quote] = [await tokenNamed(client, baseName), await tokenNamed(client, quoteName)]
  const lot = parseUnits(options.lot, base)
  // What one step of the price makes of a lot, in quote units.
  const scaled = parseUnits(options.step, { ...quote, decimals: quote.decimals + EXTRA_DECIMALS }) * lot
  const unit = 10n ** BigInt(base.decimals + EXTRA_DECIMALS)
  if (scaled % unit !== 0n || scaled === 0n) {
    throw cliError(
      'amount.invalid',
      `a lot of ${options.lot} at ${options.step} is no whole number of ${quote.symbol} units`,
    )
  }
  const minimum = options.minimum === undefined ? lot : parseUnits(options.minimum, base)
  if (minimum % lot !== 0n) throw cliError('amount.invalid', `${options.minimum} is no whole number of lots`)
  const terms: MarketTerms = {
    ...{ base: base.address, quote: quote.address, tier: options.tier },
    ...{ tick: scaled / unit, lot, minimumSize: minimum / lot },
  }
  const rootChain = await client.rootChain()
  const fee = await getListingFee(rootChain)
  const { sender } = rootChain
  if (!sender) throw cliError('account.unknown', 'a listing is paid for by an account')
  const id = await withProgress('listing the market on Ethereum', () =>
    listMarket({ ...rootChain, sender }, { terms }),
  )
  return {
    json: { id, fee, terms },
    text: `${base.symbol}/${quote.symbol} is listed for ${formatUnits(fee, OMG_DECIMALS)} OMG\nmarket ${id}`,
  }
}

/** A step may be finer than a unit of the quote token: a lot is more than one unit of the base. */
const EXTRA_DECIMALS = 18
const OMG_DECIMALS = 18

const percent = (bps: number) => `${(bps / 100).toFixed(2)} %`

/** A market without its functions, prices in both forms. */
function described(market: Market): object {
  const price = (ticks: bigint | undefined) => ticks && { ticks, text: market.priceText(ticks) }
  const { id, symbol, state, terms, base, quote, orders, makerBps, takerBps } = market
  return {
    ...{ id, symbol, state, terms, base, quote, orders, makerBps, takerBps },
    lastPrice: price(market.lastPrice),
    bestBid: price(market.bestBid),
    bestAsk: price(market.bestAsk),
  }
}
