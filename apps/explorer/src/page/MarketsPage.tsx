import { Panel, Status, Table } from '@omg/ui'
import type { Market } from '../chain/markets.ts'
import { useMarkets } from '../chain/useMarkets.ts'
import { Answered } from '../part/Answered.tsx'

export function MarketsPage() {
  const answer = useMarkets()
  return (
    <>
      <h1 className="text-xl font-semibold">Markets</h1>
      <Answered answer={answer} what="list of markets" rows={6}>
        {markets => (
          <Panel title="Listed on Ethereum">
            <Table
              label="Markets"
              rows={markets}
              keyOf={({ id }) => id}
              columns={COLUMNS}
              empty="No market is listed."
            />
          </Panel>
        )}
      </Answered>
    </>
  )
}

const COLUMNS = [
  {
    title: 'Market',
    cell: ({ id, symbol }: Market) => (
      <a href={`#/market/${id}`} className="font-medium">
        {symbol}
      </a>
    ),
  },
  {
    title: 'State',
    cell: ({ state }: Market) => <Status look={state === 'active' ? 'good' : 'wait'}>{state}</Status>,
  },
  {
    title: 'Smallest step of the price',
    align: 'right' as const,
    wide: true,
    cell: ({ priceText, quote }: Market) => `${priceText(1n)} ${quote.symbol}`,
  },
  {
    title: 'Lot',
    align: 'right' as const,
    cell: ({ sizeText, base }: Market) => `${sizeText(1n)} ${base.symbol}`,
  },
  { title: 'Protection', align: 'right' as const, wide: true, cell: ({ tier }: Market) => tier },
]
