import type { Exchange, Order, Trade } from 'ccxt'

// A bot as people write them: it knows CCXT and nothing else. Give it any exchange that has a spot market and some money in both of
// its currencies.

export interface Report {
  readonly markets: string[]
  readonly orders: Order[]
  readonly fills: Trade[]
  /** What watchOrders told of the bot's own orders. */
  readonly heard: Order[]
  readonly canceled: Order[]
}

/** Quotes both sides around the market, takes a little, moves a quote, and leaves with nothing open. */
export async function trade(exchange: Exchange, symbol: string): Promise<Report> {
  const markets = Object.keys(await exchange.loadMarkets())
  for (const need of ['createOrder', 'watchOrders', 'watchOrderBook', 'fetchMyTrades', 'cancelAllOrders']) {
    if (!exchange.has[need]) throw new Error(`${exchange.id} has no ${need}`)
  }
  const market = exchange.market(symbol)
  const balance = await exchange.fetchBalance()
  if (!(balance.free as never)[market.base] || !(balance.free as never)[market.quote])
    throw new Error('no money')

  const heard: Order[] = []
  let isDone = false
  const listening = (async () => {
    while (!isDone) heard.push(...(await exchange.watchOrders(symbol)))
  })().catch(error => {
    if (!isDone) throw error
  })

  const book = await exchange.watchOrderBook(symbol)
  const [bid, ask] = [book.bids[0]![0]!, book.asks[0]![0]!]
  const amount = 2.00049 * market.limits.amount!.min!
  const orders: Order[] = []
  // Off the grid on purpose: an exchange of CCXT rounds.
  orders.push(
    await exchange.createOrder(symbol, 'limit', 'buy', amount, bid * 0.97123456, {
      clientOrderId: 'quote-1',
    }),
  )
  orders.push(await exchange.createOrder(symbol, 'limit', 'sell', amount, ask * 1.03, { postOnly: true }))
  const moved = await exchange.editOrder(orders[0]!.id!, symbol, 'limit', 'buy', amount * 2, bid * 0.98)
  orders.push(moved)
  const taken = await exchange.createOrder(symbol, 'market', 'buy', amount)
  orders.push(taken)

  let fills: Trade[] = []
  while (!fills.some(fill => fill.order === taken.id)) {
    fills = await exchange.fetchMyTrades(symbol, undefined, 50)
    await exchange.sleep(100)
  }
  const open = await exchange.fetchOpenOrders(symbol)
  const canceled = await exchange.cancelAllOrders(symbol)
  if (canceled.length !== open.length)
    throw new Error(`${open.length} were open, ${canceled.length} were canceled`)
  while ((await exchange.fetchOpenOrders(symbol)).length > 0) await exchange.sleep(100)
  while (!canceled.every(order => heard.some(({ id, status }) => id === order.id && status === 'canceled')))
    await exchange.sleep(20)
  isDone = true
  await exchange.close()
  await listening
  return { markets, orders, fills, heard, canceled: canceled as Order[] }
}
