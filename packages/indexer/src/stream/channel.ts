import { CANDLE_INTERVALS, type CandleInterval } from '@omg/exchange'
import type { Address, Hash } from '@omg/protocol'

/** Channels of one market that are named by nothing else. */
const MARKET_CHANNELS = ['trades', 'book', 'bbo', 'ticker', 'indicative'] as const
type MarketChannel = (typeof MARKET_CHANNELS)[number]

/** What a client can subscribe to. */
export type Channel =
  | { readonly kind: 'blocks' }
  | { readonly kind: 'tickers' }
  | { readonly kind: MarketChannel; readonly market: Hash }
  | { readonly kind: 'candles'; readonly market: Hash; readonly interval: CandleInterval }
  | { readonly kind: 'owner'; readonly owner: Address }

/** A channel from its name, or undefined. */
export function parseChannel(name: string): Channel | undefined {
  if (name === 'blocks') return { kind: 'blocks' }
  if (name === 'ticker') return { kind: 'tickers' }
  const [kind, subject = '', interval, ...rest] = name.toLowerCase().split(':')
  if (rest.length > 0) return undefined
  if (kind === 'owner' && interval === undefined) {
    return /^0x[0-9a-f]{40}$/.test(subject) ? { kind, owner: subject as Address } : undefined
  }
  if (!/^0x[0-9a-f]{64}$/.test(subject)) return undefined
  const market = subject as Hash
  if (kind === 'candles') {
    const known = interval !== undefined && Object.hasOwn(CANDLE_INTERVALS, interval)
    return known ? { kind, market, interval: interval as CandleInterval } : undefined
  }
  const known = MARKET_CHANNELS.find(each => each === kind)
  return known && interval === undefined ? { kind: known, market } : undefined
}

/** The name of a channel, as messages carry it: hexadecimal in lower case. */
export function channelName(channel: Channel): string {
  switch (channel.kind) {
    case 'blocks':
      return 'blocks'
    case 'tickers':
      return 'ticker'
    case 'owner':
      return `owner:${channel.owner}`
    case 'candles':
      return `candles:${channel.market}:${channel.interval}`
    default:
      return `${channel.kind}:${channel.market}`
  }
}
