import type { Hash as HashValue } from '@omg/protocol'
import { grouped, Hash, Notice, Panel, Table, Time } from '@omg/ui'
import { useAnswer } from '../chain/ask.ts'
import { useChain } from '../chain/context.ts'
import { type Batch, type Market, readBatches } from '../chain/markets.ts'
import { indexerOf, useMarkets } from '../chain/useMarkets.ts'
import { Answered } from '../part/Answered.tsx'
import { BlockLink } from '../part/links.tsx'

export function MarketPage({ id }: { id: string }) {
  const { indexer } = useChain()
  const markets = useMarkets()
  const batches = useAnswer(`batches ${id}`, async () => readBatches(indexerOf(indexer), id as HashValue))
  return (
    <Answered answer={markets} what="market" rows={10}>
      {known => {
        const market = known.find(each => each.id === id)
        if (!market) return <Notice title="This market is not known">{id}</Notice>
        return (
          <>
            <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
              <h1 className="text-xl font-semibold">{market.symbol}</h1>
              <Hash value={id} />
            </div>
            <Answered answer={batches} what="market" rows={10}>
              {rows => (
                <Panel title="Auctions, one a block at most">
                  <Table
                    label="Auctions"
                    rows={rows}
                    keyOf={({ height }) => String(height)}
                    columns={columnsOf(market)}
                    empty="Nothing has traded yet."
                  />
                </Panel>
              )}
            </Answered>
          </>
        )
      }}
    </Answered>
  )
}

const columnsOf = ({ id, base, quote, priceText, sizeText }: Market) => [
  {
    title: 'Auction',
    cell: ({ height, price }: Batch) => (
      <a href={`#/batch/${id}/${height}`} className="font-medium">
        {price === undefined ? 'nothing traded' : `${priceText(price)} ${quote.symbol}`}
      </a>
    ),
  },
  {
    title: 'Traded',
    align: 'right' as const,
    cell: ({ volume }: Batch) => `${sizeText(volume)} ${base.symbol}`,
  },
  {
    title: 'Orders',
    align: 'right' as const,
    wide: true,
    cell: ({ buys, sells }: Batch) => `${grouped(buys)} bought, ${grouped(sells)} sold`,
  },
  {
    title: 'Block',
    align: 'right' as const,
    wide: true,
    cell: ({ height }: Batch) => <BlockLink height={height} />,
  },
  { title: 'Age', align: 'right' as const, cell: ({ time }: Batch) => <Time seconds={time} /> },
]
