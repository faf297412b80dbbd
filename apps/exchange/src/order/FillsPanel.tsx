import { Time } from '@omg/ui'
import { useAccount } from '../account/context.ts'
import { useNetwork } from '../data/network.ts'
import { priceText, sizeText } from '../market/format.ts'
import { shortly } from '../ticket/amount.ts'
import { Empty, Grid, Side } from './Grid.tsx'
import { fillFrom, useRecords } from './records.ts'
import { Unavailable } from './Unavailable.tsx'

/** What one's orders traded. */
export function FillsPanel() {
  const { account } = useAccount()
  const { markets, place } = useNetwork()
  const { rows, problem, more } = useRecords(account?.address, 'fills', fillFrom)
  if (!rows) return <Unavailable problem={problem} what="fills" />
  const known = rows.flatMap(fill => {
    const market = markets.find(({ id }) => id === fill.market)
    return market ? [{ fill, market }] : []
  })
  if (known.length === 0)
    return <Empty>Nothing has traded yet. Fills appear here with the batch that made them.</Empty>
  return (
    <Grid
      label="Fills"
      rows={known}
      keyOf={({ fill }) => `${fill.height} ${fill.guard}`}
      more={more}
      columns={[
        { title: 'When', cell: ({ fill }) => <Time seconds={fill.time} /> },
        { title: 'Market', cell: ({ market }) => market.symbol },
        { title: 'Side', cell: ({ fill }) => <Side side={fill.side} /> },
        { title: 'Price', align: 'right', cell: ({ fill, market }) => priceText(market, fill.price) },
        { title: 'Amount', align: 'right', cell: ({ fill, market }) => sizeText(market, fill.lots) },
        {
          title: 'Value',
          from: 'md',
          align: 'right',
          cell: ({ fill, market }) => `${shortly(fill.value, market.quote.decimals)} ${market.quote.symbol}`,
        },
        {
          title: 'Fee',
          from: 'sm',
          align: 'right',
          cell: ({ fill, market }) => `${shortly(fill.fee, market.quote.decimals)} ${market.quote.symbol}`,
        },
        { title: 'As', from: 'xl', cell: ({ fill }) => (fill.maker ? 'maker' : 'taker') },
        {
          title: 'Block',
          from: 'md',
          align: 'right',
          cell: ({ fill }) =>
            place.explorer === undefined ? (
              String(fill.height)
            ) : (
              <a href={`${place.explorer}#/block/${fill.height}`} target="_blank" rel="noreferrer">
                {String(fill.height)}
              </a>
            ),
        },
      ]}
    />
  )
}
