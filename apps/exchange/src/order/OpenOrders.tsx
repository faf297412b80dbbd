import type { Market, Order } from '@omg/sdk'
import { Button } from '@omg/ui/control/Button.tsx'
import { useState } from 'react'
import { useAccount } from '../account/context.ts'
import { useNetwork } from '../data/network.ts'
import { priceText, sizeText } from '../market/format.ts'
import { Amend } from './Amend.tsx'
import { Empty, Grid, Side } from './Grid.tsx'
import type { Entry } from './journal.ts'
import { isAsleep, limitOf } from './standing.ts'
import { kindOf, RELEASES, wordsFor } from './words.ts'

/** An order that is live, or on its way. */
type Row = { readonly key: string; readonly market: Market } & (
  | { readonly order: Order; readonly entry?: undefined }
  | { readonly entry: Entry; readonly order?: undefined }
)

/** Orders in the book, and those that are on their way there. */
export function OpenOrders() {
  const { holdings, journal, act, trader, dismiss } = useAccount()
  const { markets } = useNetwork()
  const [amended, setAmended] = useState<string>()
  if (!holdings) return <Empty>Looking up your orders…</Empty>
  const rows = rowsOf(holdings.orders, journal.entries, markets)
  const live = holdings.orders.filter(({ release }) => release === undefined)
  const cancelling = new Set(
    journal.entries
      .filter(({ deed, state }) => deed !== 'place' && (state === 'signing' || state === 'sent'))
      .map(({ guard }) => guard),
  )
  const cancel = (order: Order, market: Market) =>
    void act({
      entry: { ...aboutOf(order, market), deed: 'cancel' },
      run: async client => ({ instruction: await client.cancelOrder({ order }) }),
    })
  const cancelAll = () => {
    for (let i = 0; i < live.length; i += MAX_AT_ONCE) {
      const orders = live.slice(i, i + MAX_AT_ONCE)
      const first = orders[0]!
      const market = markets.find(({ id }) => id === first.market)
      if (!market) continue
      void act({
        entry: { ...aboutOf(first, market), deed: 'cancel' },
        run: async client => client.batch({ steps: orders.map(order => ({ cancel: { order } })) }),
      })
    }
  }
  if (rows.length === 0)
    return <Empty>No open orders. Place one, or click a price in the book to begin.</Empty>
  return (
    <>
      <Grid
        label="Open orders"
        rows={rows}
        keyOf={({ key }) => key}
        columns={[
          { title: 'Market', from: 'sm', cell: ({ market }) => market.symbol },
          {
            title: 'Side',
            cell: ({ order, entry, market }) => (
              <Side side={order?.terms.side ?? entry!.side} base={market.base.symbol} />
            ),
          },
          { title: 'Type', from: 'md', cell: ({ order }) => (order ? kindOf(order) : '') },
          {
            title: 'Price',
            align: 'right',
            cell: ({ order, entry, market }) => priceText(market, order ? limitOf(order) : entry!.price),
          },
          {
            title: 'Amount',
            align: 'right',
            cell: ({ order, entry, market }) => sizeText(market, order?.lots ?? entry!.lots),
          },
          {
            title: 'Trigger',
            from: 'xl',
            align: 'right',
            cell: ({ order, market }) => (order ? triggerOf(order, market) : ''),
          },
          {
            title: 'State',
            from: 'sm',
            cell: ({ order, entry }) => (
              <span className="text-quiet">
                {order ? stateOf(order, cancelling.has(order.guard)) : wordsFor(entry!).text}
              </span>
            ),
          },
          {
            title: '',
            align: 'right',
            cell: ({ order, entry, market, key }) =>
              order ? (
                <span className="inline-flex gap-1.5">
                  <Button
                    size="small"
                    disabled={
                      !trader || order.release !== undefined || order.terms.proceedsKind === 'chained'
                    }
                    aria-expanded={amended === key}
                    aria-label={`Change the order at ${priceText(market, order.terms.limit)}`}
                    onClick={() => setAmended(amended === key ? undefined : key)}
                  >
                    Change
                  </Button>
                  <Button
                    size="small"
                    busy={cancelling.has(order.guard)}
                    disabled={!trader || order.release !== undefined}
                    aria-label={`Cancel the order at ${priceText(market, order.terms.limit)}`}
                    onClick={() => cancel(order, market)}
                  >
                    Cancel
                  </Button>
                </span>
              ) : entry?.state === 'failed' ? (
                <Button size="small" onClick={() => dismiss(entry.id)}>
                  Dismiss
                </Button>
              ) : null,
          },
        ]}
        under={({ order, market, key }) =>
          order && amended === key ? (
            <Amend order={order} market={market} onDone={() => setAmended(undefined)} />
          ) : null
        }
      />
      {live.length > 1 ? (
        <div className="border-t border-line px-4 py-2">
          <Button size="small" look="danger" disabled={!trader} onClick={cancelAll}>
            Cancel all {live.length}
          </Button>
        </div>
      ) : null}
    </>
  )
}

/** Steps of one signature. */
const MAX_AT_ONCE = 16

export function aboutOf(order: Order, market: Market) {
  const { guard, lots, terms } = order
  return { market, side: terms.side, price: limitOf(order), lots, once: false, guard }
}

function rowsOf(orders: readonly Order[], entries: readonly Entry[], markets: readonly Market[]): Row[] {
  const live = new Set(orders.map(({ guard }) => guard))
  const coming = entries.filter(({ deed, state, guard }) => {
    const isComing = state === 'signing' || state === 'sent' || state === 'failed'
    return deed === 'place' && isComing && !(guard !== undefined && live.has(guard))
  })
  return [
    ...coming.map(entry => ({ key: `entry ${entry.id}`, market: entry.market, entry })),
    ...orders.flatMap(order => {
      const market = markets.find(({ id }) => id === order.market)
      return market ? [{ key: order.guard, market, order }] : []
    }),
  ]
}

function triggerOf({ terms, triggered }: Order, market: Market): string {
  if (terms.triggerKind === 'none' || triggered) return '–'
  const isAbove = terms.triggerKind === 'wakeAbove' || terms.triggerKind === 'turnAbove'
  return `${isAbove ? '≥' : '≤'} ${priceText(market, terms.triggerPrice)}`
}

function stateOf(order: Order, isMoving: boolean): string {
  const { release, height } = order
  if (isMoving) return 'changing…'
  if (release !== undefined) return `coming back: ${RELEASES[release]}`
  if (isAsleep(order)) return 'asleep'
  return `in the book since block ${height}`
}
