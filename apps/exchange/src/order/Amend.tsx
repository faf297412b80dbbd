import { amountFor } from '@omg/exchange'
import type { Market, Order } from '@omg/sdk'
import { Button } from '@omg/ui/control/Button.tsx'
import { Field } from '@omg/ui/control/Field.tsx'
import { useState } from 'react'
import { moneyIn, useAccount } from '../account/context.ts'
import { shortly, typed } from '../ticket/amount.ts'
import { gridProblem } from '../ticket/draft.ts'
import { aboutOf } from './OpenOrders.tsx'

/** Another price or size for an order. Smaller alone keeps its place. */
export function Amend({ order, market, onDone }: { order: Order; market: Market; onDone: () => void }) {
  const { act, money } = useAccount()
  const [price, setPrice] = useState(() => market.priceText(order.terms.limit))
  const [size, setSize] = useState(() => market.sizeText(order.lots))
  const [busy, setBusy] = useState(false)
  const ticks = read(() => market.priceOf(typed(price)), 'price')
  const lots = read(() => market.lotsOf(typed(size)), 'amount')
  const isPriceNew = ticks.value !== undefined && ticks.value !== order.terms.limit
  const isSizeNew = lots.value !== undefined && lots.value !== order.lots
  const tooMuch = missing()
  const tooSmall =
    lots.value !== undefined && lots.value < market.terms.minimumSize
      ? `The smallest order is ${market.sizeText(market.terms.minimumSize)} ${market.base.symbol}`
      : undefined
  const problem = lots.problem ?? tooSmall ?? tooMuch

  function missing(): string | undefined {
    if (ticks.value === undefined || lots.value === undefined) return undefined
    const needed = amountFor(market.terms, { ...order.terms, limit: ticks.value }, lots.value)
    const token = order.terms.side === 'buy' ? market.quote : market.base
    const free = moneyIn(money, token.address)?.forOneOrder
    if (free === undefined || needed <= order.amount + free) return undefined
    return `This needs ${shortly(needed - order.amount, token.decimals)} ${token.symbol} more than you have`
  }

  const save = async () => {
    if (ticks.value === undefined || lots.value === undefined) return
    setBusy(true)
    const changed = { ...(isPriceNew && { price: ticks.value }), ...(isSizeNew && { lots: lots.value }) }
    const isTaken = await act({
      entry: { ...aboutOf(order, market), deed: 'amend', price: ticks.value, lots: lots.value },
      run: async client => ({ instruction: (await client.amendOrder({ order, ...changed })).instruction }),
    })
    setBusy(false)
    if (isTaken) onDone()
  }

  return (
    <form
      aria-label="Change the order"
      className="grid max-w-xl grid-cols-2 items-end gap-3 sm:grid-cols-[1fr_1fr_auto_auto]"
      onSubmit={event => {
        event.preventDefault()
        void save()
      }}
    >
      <Field
        label="Price"
        unit={market.quote.symbol}
        value={price}
        onChange={setPrice}
        problem={ticks.problem}
      />
      <Field label="Amount" unit={market.base.symbol} value={size} onChange={setSize} problem={problem} />
      <Button
        type="submit"
        look="main"
        busy={busy}
        disabled={(!isPriceNew && !isSizeNew) || ticks.problem !== undefined || problem !== undefined}
      >
        Save
      </Button>
      <Button onClick={onDone}>Leave it</Button>
    </form>
  )
}

function read(parse: () => bigint, what: 'price' | 'amount'): { value?: bigint; problem?: string } {
  try {
    return { value: parse() }
  } catch (error) {
    return { problem: gridProblem(error, what) }
  }
}
