import type { omg } from '@omg/ccxt'
import * as ccxt from 'ccxt'

type Case = readonly [name: string, error: typeof ccxt.BaseError, act: (bot: omg) => Promise<unknown>]

const PRICE = 1_300

/** What a bot may ask for by mistake, and the exception that CCXT has for it. */
export const badInputs = (symbol: string): readonly Case[] => [
  ['an unknown symbol', ccxt.BadSymbol, bot => bot.createOrder('ETH/BTC', 'limit', 'buy', 1, PRICE)],
  ['an unknown symbol of a book', ccxt.BadSymbol, bot => bot.fetchOrderBook('X/Y')],
  ['an unknown symbol to watch', ccxt.BadSymbol, bot => bot.watchTicker('X/Y')],
  ['less than the minimum', ccxt.InvalidOrder, bot => bot.createOrder(symbol, 'limit', 'buy', 0.001, PRICE)],
  ['less than a lot', ccxt.InvalidOrder, bot => bot.createOrder(symbol, 'limit', 'buy', 0.0009, PRICE)],
  ['an amount of nothing', ccxt.InvalidOrder, bot => bot.createOrder(symbol, 'limit', 'buy', 0, PRICE)],
  ['a negative amount', ccxt.InvalidOrder, bot => bot.createOrder(symbol, 'limit', 'buy', -1, PRICE)],
  ['no number', ccxt.InvalidOrder, bot => bot.createOrder(symbol, 'limit', 'buy', Number.NaN, PRICE)],
  ['no price', ccxt.InvalidOrder, bot => bot.createOrder(symbol, 'limit', 'buy', 1)],
  ['a price below a tick', ccxt.InvalidOrder, bot => bot.createOrder(symbol, 'limit', 'buy', 1, 0.001)],
  ['another side', ccxt.InvalidOrder, bot => bot.createOrder(symbol, 'limit', 'hold', 1, PRICE)],
  ['another type', ccxt.InvalidOrder, bot => bot.createOrder(symbol, 'iceberg', 'buy', 1, PRICE)],
  [
    'more than there is',
    ccxt.InsufficientFunds,
    bot => bot.createOrder(symbol, 'limit', 'buy', 9_000, PRICE),
  ],
  [
    'too long a name',
    ccxt.InvalidOrder,
    bot => bot.createOrder(symbol, 'limit', 'buy', 1, PRICE, { clientOrderId: 'x'.repeat(33) }),
  ],
  [
    'a post-only market order',
    ccxt.InvalidOrder,
    bot => bot.createOrder(symbol, 'market', 'buy', 1, undefined, { postOnly: true }),
  ],
  ['an order that is no order', ccxt.OrderNotFound, bot => bot.fetchOrder('17')],
  ['an order that nobody placed', ccxt.OrderNotFound, bot => bot.cancelOrder(`0x${'ab'.repeat(32)}`)],
  [
    'one that nobody placed among others',
    ccxt.OrderNotFound,
    bot => bot.cancelOrders([`0x${'ab'.repeat(32)}`]),
  ],
  ['no orders', ccxt.ArgumentsRequired, bot => bot.createOrders([])],
  [
    'a reduce-only order',
    ccxt.NotSupported,
    bot => bot.createOrder(symbol, 'limit', 'buy', 1, PRICE, { reduceOnly: true }),
  ],
]
