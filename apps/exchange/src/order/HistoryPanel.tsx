import { Time } from '@omg/ui'
import { useAccount } from '../account/context.ts'
import { useNetwork } from '../data/network.ts'
import { priceText, sizeText } from '../market/format.ts'
import { Empty, Grid, Side } from './Grid.tsx'
import { type PastOrder, pastOrderFrom, useRecords } from './records.ts'
import { Unavailable } from './Unavailable.tsx'
import { RELEASES } from './words.ts'

/** Orders that are no longer in the book, and why. */
export function HistoryPanel() {
  const { account } = useAccount()
  const { markets } = useNetwork()
  const { rows, problem, more } = useRecords(account?.address, 'orders', pastOrderFrom, 'closed')
  if (!rows) return <Unavailable problem={problem} what="past orders" />
  const known = rows.flatMap(order => {
    const market = markets.find(({ id }) => id === order.market)
    return market ? [{ order, market }] : []
  })
  if (known.length === 0) return <Empty>No past orders yet.</Empty>
  return (
    <Grid
      label="Past orders"
      rows={known}
      keyOf={({ order }) => `${order.height} ${order.guard}`}
      more={more}
      columns={[
        { title: 'Placed', cell: ({ order }) => <Time seconds={order.time} /> },
        { title: 'Market', cell: ({ market }) => market.symbol },
        { title: 'Side', cell: ({ order }) => <Side side={order.side} /> },
        { title: 'Limit', align: 'right', cell: ({ order, market }) => priceText(market, order.price) },
        {
          title: 'Filled',
          align: 'right',
          cell: ({ order, market }) => (
            <>
              {order.filled === 0n ? '0' : sizeText(market, order.filled)}
              <span className="text-quiet"> / {sizeText(market, order.lots)}</span>
            </>
          ),
        },
        {
          title: 'What happened',
          from: 'sm',
          cell: ({ order }) => <span className="text-quiet">{endOf(order)}</span>,
        },
      ]}
    />
  )
}

const ENDS: Record<PastOrder['status'], string> = {
  open: 'open',
  filled: 'filled',
  cancelled: 'you cancelled it',
  amended: 'changed into another order',
  spent: 'paid out by you',
  released: 'came back',
}

function endOf({ status, release, filled, lots }: PastOrder): string {
  if (filled >= lots) return ENDS.filled
  if (status === 'released' && release !== undefined) return `came back: ${RELEASES[release] ?? release}`
  return ENDS[status]
}
