import type { Market, OrderRequest } from '@omg/sdk'
import { useEffect, useState } from 'react'
import { moneyIn, useAccount } from '../account/context.ts'
import { useNetwork } from '../data/network.ts'
import { useBook } from '../market/useBook.ts'
import { type Draft, EMPTY_DRAFT, type Facts, mostLots, type Reading, readDraft } from './draft.ts'
import { usePrices } from './prices.ts'

export interface Ticket {
  readonly draft: Draft
  readonly facts: Facts
  readonly reading: Reading
  readonly sending: boolean
  change(part: Partial<Draft>): void
  /** A part of what the money is enough for, in hundredths. */
  take(hundredths: bigint): void
  /** Moves a price by one tick, or ten. */
  step(field: 'price' | 'trigger' | 'second', up: boolean, large: boolean): void
  send(): Promise<void>
}

/** The state of the order ticket of a market. */
export function useTicket(market: Market, priceHint: bigint | undefined): Ticket {
  const { money, act, owner, agent } = useAccount()
  const { status } = useNetwork()
  const [draft, setDraft] = useState<Draft>(EMPTY_DRAFT)
  const [sending, setSending] = useState(false)
  const prices = usePrices(market)
  const book = useBook(market)
  const change = (part: Partial<Draft>) => setDraft(last => ({ ...last, ...part }))

  useEffect(() => {
    if (priceHint === undefined) return
    setDraft(last => ({
      ...last,
      kind: last.kind === 'market' ? 'limit' : last.kind,
      price: market.priceText(priceHint),
    }))
  }, [priceHint, market.priceText])

  const from = draft.source === 'coins' ? 'coin' : 'forOneOrder'
  const facts: Facts = {
    ...{ market, book, ...prices },
    base: moneyIn(money, market.terms.base)?.[from],
    quote: moneyIn(money, market.terms.quote)?.[from],
    height: status?.height ?? 0n,
    time: status?.time ?? 0n,
  }
  const reading = readDraft(draft, facts)

  const take = (hundredths: bigint) => {
    const most = mostLots(draft, facts)
    if (most === undefined) return
    const lots = (most * hundredths) / 100n
    change({ unit: 'base', amount: lots === 0n ? '0' : market.sizeText(lots) })
  }

  const step: Ticket['step'] = (field, up, large) => {
    const from = prices.last ?? prices.ask ?? prices.bid
    setDraft(last => {
      const now = ticksIn(last[field], market) ?? from
      if (now === undefined) return last
      const next = now + (up ? 1n : -1n) * (large ? 10n : 1n)
      return next < 1n ? last : { ...last, [field]: market.priceText(next) }
    })
  }

  const send = async () => {
    const { order } = reading
    if (!order || sending) return
    setSending(true)
    const isTaken = await act({
      entry: {
        ...{ deed: 'place', market, side: order.side, price: reading.preview!.worst, lots: order.lots },
        once: order.timeInForce !== 'goodTillCancel',
        guard: undefined,
      },
      run: trader =>
        order.from === 'coins' && owner ? owner.placeOrder(fromCoins(order)) : trader.placeOrder(order),
    })
    setSending(false)
    if (isTaken) change({ amount: '' })
  }
  const fromCoins = (order: OrderRequest) => ({
    ...order,
    finality: 'fast' as const,
    ...(agent && { agent: agent.address }),
  })

  return { draft, facts, reading, sending, change, take, step, send }
}

function ticksIn(text: string, market: Market): bigint | undefined {
  try {
    return market.priceOf(text)
  } catch {
    return undefined
  }
}
