import type { Hash as HashValue } from '@omg/protocol'
import { Facts, grouped, Notice, Panel, Table, Time } from '@omg/ui'
import type { ReactNode } from 'react'
import { ClearingPicture } from '../auction/ClearingPicture.tsx'
import { useAnswer } from '../chain/ask.ts'
import { useChain } from '../chain/context.ts'
import { type Level, type Market, readClearing } from '../chain/markets.ts'
import { indexerOf, useMarkets } from '../chain/useMarkets.ts'
import { Answered } from '../part/Answered.tsx'
import { BlockLink } from '../part/links.tsx'

type Clearing = Awaited<ReturnType<typeof readClearing>>

/** Price levels of each side that the table shows. */
const BEST = 8

export function BatchPage({ id, height }: { id: string; height: bigint }) {
  const { indexer } = useChain()
  const markets = useMarkets()
  const clearing = useAnswer(
    `clearing ${id} ${height}`,
    async () => readClearing(indexerOf(indexer), id as HashValue, height),
    () => true,
  )
  return (
    <Answered answer={markets} what="market" rows={12}>
      {known => {
        const market = known.find(each => each.id === id)
        if (!market) return <Notice title="This market is not known">{id}</Notice>
        return (
          <>
            <h1 className="text-xl font-semibold">
              <a href={`#/market/${id}`} className="underline">
                {market.symbol}
              </a>{' '}
              in block {grouped(height)}
            </h1>
            <Answered answer={clearing} what="auction" rows={12}>
              {batch => <Auction market={market} batch={batch} />}
            </Answered>
          </>
        )
      }}
    </Answered>
  )
}

function Auction({ market, batch }: { market: Market; batch: Clearing }) {
  const rows = bestOf(batch)
  return (
    <>
      <Panel title="How it cleared">
        <ClearingPicture market={market} batch={batch} />
        {batch.exact || batch.price === undefined ? null : (
          <p className="px-4 pb-3 text-sm text-quiet">
            More prices took part than are kept, so the lines end too low. The command below works the whole
            auction out.
          </p>
        )}
      </Panel>
      <Panel title="About this auction">
        <Facts rows={factsOf(market, batch)} />
      </Panel>
      <Panel title="Who came first: the best prices of each side">
        <Table
          label="Price levels"
          rows={rows}
          keyOf={({ side, tick }) => `${side} ${tick}`}
          columns={levelColumns(market)}
          empty="No order took part."
        />
      </Panel>
    </>
  )
}

function factsOf(market: Market, batch: Clearing): (readonly [string, ReactNode] | undefined)[] {
  const { price, volume, demand, supply, low, high, rationing } = batch
  const at = (tick: bigint) => `${market.priceText(tick)} ${market.quote.symbol}`
  const size = (lots: bigint) => `${market.sizeText(lots)} ${market.base.symbol}`
  return [
    ['Price', price === undefined ? 'none: nothing traded' : at(price)],
    ['Traded', size(volume)],
    ['Wanted at the price', `${size(demand)} to buy, ${size(supply)} to sell`],
    low === undefined || high === undefined || low === high
      ? undefined
      : [
          'As much would trade',
          `from ${at(low)} to ${at(high)}; the price nearest to the one before is taken, or the middle if there was none`,
        ],
    rationing && [
      'Shared',
      `${rationing.side === 'buy' ? 'Buyers' : 'Sellers'} at ${at(rationing.tick)} from block ${grouped(rationing.height)} share ${size(rationing.lots)} of the ${size(rationing.of)} that they wanted; older ones got everything`,
    ],
    [
      'Orders filled',
      `${grouped(batch.buys)} buying, ${grouped(batch.sells)} selling, in ${grouped(batch.settlements)} settlement${batch.settlements === 1 ? '' : 's'}`,
    ],
    reasonsRow('Given back', batch.releases),
    reasonsRow('Left out', batch.leftOut),
    ['Time', <Time key="time" seconds={batch.time} full />],
    ['Block', <BlockLink key="block" height={batch.height} />],
    [
      'Check it yourself',
      <code key="replay" className="text-sm break-all">
        npm run omg -- replay {market.symbol} {String(batch.height)}
      </code>,
    ],
  ]
}

/** `postOnly` as `post only`. */
const inWords = (reason: string) => reason.replaceAll(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`)

function reasonsRow(title: string, reasons: Clearing['releases']): readonly [string, ReactNode] | undefined {
  if (reasons.length === 0) return undefined
  return [title, reasons.map(({ reason, orders }) => `${grouped(orders)} (${inWords(reason)})`).join(', ')]
}

/** What traded, and what stood next to it; the highest price first. */
function bestOf({ levels }: Clearing): Level[] {
  const buys = levels.filter(({ side }) => side === 'buy').slice(-BEST)
  const sells = levels.filter(({ side }) => side === 'sell').slice(0, BEST)
  return [...buys, ...sells].sort((a, b) => (a.tick < b.tick ? 1 : a.tick > b.tick ? -1 : 0))
}

const levelColumns = ({ base, quote, priceText, sizeText }: Market) => [
  {
    title: 'Price',
    cell: ({ tick }: Level) => `${priceText(tick)} ${quote.symbol}`,
  },
  {
    title: 'Side',
    cell: ({ side }: Level) => (
      <span className={side === 'buy' ? 'text-up' : 'text-down'}>{side === 'buy' ? 'bought' : 'sold'}</span>
    ),
  },
  {
    title: 'Wanted',
    align: 'right' as const,
    cell: ({ lots }: Level) => `${sizeText(lots)} ${base.symbol}`,
  },
  { title: 'Orders', align: 'right' as const, wide: true, cell: ({ orders }: Level) => grouped(orders) },
]
