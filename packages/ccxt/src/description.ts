import { functions } from 'ccxt'

/** Candles of the indexer, by CCXT's names for their lengths: they are the same. */
const TIMEFRAMES = ['1s', '5s', '15s', '1m', '5m', '15m', '1h', '4h', '1d']

/** Requests a second that an indexer allows one address, by its default setting. */
const REQUESTS_PER_SECOND = 50

const PUBLIC = [
  ...['fetchStatus', 'fetchTime', 'fetchCurrencies', 'fetchMarkets', 'fetchOrderBook', 'fetchOrderBooks'],
  ...['fetchL2OrderBook', 'fetchBidsAsks', 'fetchTicker', 'fetchTickers', 'fetchTrades', 'fetchOHLCV'],
]
const PRIVATE = [
  ...['fetchBalance', 'fetchTradingFee', 'fetchTradingFees', 'fetchMyTrades', 'fetchOrderTrades'],
  ...['fetchOrder', 'fetchOrders', 'fetchOpenOrders', 'fetchClosedOrders', 'fetchCanceledOrders'],
  ...['fetchCanceledAndClosedOrders', 'transfer'],
]
const TRADING = [
  ...['createOrder', 'createOrders', 'createLimitOrder', 'createLimitBuyOrder', 'createLimitSellOrder'],
  ...['createMarketOrder', 'createMarketBuyOrder', 'createMarketSellOrder', 'createPostOnlyOrder'],
  ...['createTriggerOrder', 'createStopOrder', 'createStopLimitOrder', 'createStopMarketOrder'],
  ...['createStopLossOrder', 'createTakeProfitOrder', 'createOrderWithTakeProfitAndStopLoss'],
  ...['editOrder', 'cancelOrder', 'cancelOrders', 'cancelAllOrders', 'cancelAllOrdersAfter'],
]
const STREAMS = [
  ...['watchOrderBook', 'watchOrderBookForSymbols', 'watchTicker', 'watchTickers', 'watchTrades'],
  ...['watchTradesForSymbols', 'watchOHLCV', 'watchBalance', 'watchOrders', 'watchMyTrades', 'watchBidsAsks'],
  ...['unWatchOrderBook', 'unWatchTicker', 'unWatchTickers', 'unWatchTrades', 'unWatchOHLCV'],
  ...['unWatchOrders', 'unWatchMyTrades', 'unWatchBidsAsks'],
]
/** What no chain of spot orders has, or what would promise more than it keeps. */
const ABSENT = [
  ...['CORS', 'sandbox', 'margin', 'swap', 'future', 'option', 'index', 'fetchDepositAddress', 'withdraw'],
  ...['fetchDeposits', 'fetchWithdrawals', 'createReduceOnlyOrder', 'createTrailingAmountOrder'],
  ...['createTrailingPercentOrder', 'createMarketOrderWithCost', 'createOrderWs', 'fetchPositions'],
  ...[
    'fetchFundingRate',
    'setLeverage',
    'borrowCrossMargin',
    'fetchOrdersWs',
    'cancelOrderWs',
    'editOrderWs',
  ],
]

const all = (names: readonly string[], value: boolean) =>
  Object.fromEntries(names.map(name => [name, value])) as Record<string, boolean>

const HISTORY = {
  marginMode: false,
  limit: 500,
  daysBack: 100_000,
  untilDays: 100_000,
  symbolRequired: false,
}

/** What CCXT's `describe()` says about the network. */
export const DESCRIPTION = {
  id: 'omg',
  name: 'OMG Network',
  countries: [],
  version: 'v1',
  rateLimit: 1000 / REQUESTS_PER_SECOND,
  certified: false,
  pro: true,
  dex: true,
  has: {
    ...all([...PUBLIC, ...PRIVATE, ...TRADING, ...STREAMS, 'spot', 'ws'], true),
    ...all(ABSENT, false),
  },
  timeframes: Object.fromEntries(TIMEFRAMES.map(name => [name, name])),
  hostname: '127.0.0.1',
  urls: {
    api: {
      public: 'http://127.0.0.1:8800',
      ws: 'ws://127.0.0.1:8800/stream',
      node: 'http://127.0.0.1:8600',
      ethereum: 'http://127.0.0.1:8545',
    },
    www: 'https://omg.network',
    doc: ['https://github.com/omgnetwork/omg-network/blob/main/docs/ccxt.md'],
  },
  requiredCredentials: {
    apiKey: false,
    secret: false,
    privateKey: true,
    walletAddress: false,
  },
  fees: { trading: { tierBased: false, percentage: true, feeSide: 'quote' } },
  precisionMode: functions.TICK_SIZE,
  options: {
    /** How far from the best price a market order may trade, as a fraction. */
    defaultSlippage: '0.01',
    /** Whether coins are moved into the trading balance where an order needs them. */
    fund: true,
    /** Symbol to market id, where a pair has several markets and the first one listed is not meant. */
    markets: {},
    watchOrderBook: { checksum: true },
  },
  features: {
    spot: {
      sandbox: false,
      createOrder: {
        marginMode: false,
        triggerPrice: true,
        triggerPriceType: undefined,
        triggerDirection: true,
        stopLossPrice: true,
        takeProfitPrice: true,
        attachedStopLossTakeProfit: { triggerPriceType: undefined, price: true },
        timeInForce: { GTC: true, IOC: true, FOK: true, PO: true, GTD: true },
        hedged: false,
        leverage: false,
        marketBuyByCost: false,
        marketBuyRequiresPrice: false,
        selfTradePrevention: {
          EXPIRE_MAKER: true,
          EXPIRE_TAKER: true,
          EXPIRE_BOTH: true,
          DECREMENT: true,
        },
        trailing: false,
        iceberg: false,
      },
      createOrders: { max: 16 },
      fetchMyTrades: HISTORY,
      fetchOrder: { marginMode: false, trigger: false, trailing: false, symbolRequired: false },
      fetchOpenOrders: {
        marginMode: false,
        limit: 500,
        trigger: false,
        trailing: false,
        symbolRequired: false,
      },
      fetchOrders: { ...HISTORY, trigger: false, trailing: false },
      fetchClosedOrders: { ...HISTORY, daysBackCanceled: 100_000, trigger: false, trailing: false },
      fetchOHLCV: { limit: 500 },
    },
  },
} as const
