import type { Guard } from '@omg/protocol'
import type { Market, OmgClient, Order } from '@omg/sdk'
import { cliError } from '../error.ts'

/** The market that a symbol (`ETH/TUSD`) or an id means. */
export async function marketNamed(client: OmgClient, name: string): Promise<Market> {
  const markets = await client.getMarkets()
  const wanted = name.toLowerCase()
  const found = markets.filter(({ id, symbol }) => id === wanted || symbol.toLowerCase() === wanted)
  const [market] = found
  if (market === undefined) {
    const names = markets.map(({ symbol }) => symbol).join(', ') || 'none'
    throw cliError('market.unknown', `no market "${name}" here; there are ${names}`)
  }
  // Anybody may list a second market of the same tokens, or one of tokens that call themselves alike.
  if (found.length > 1)
    throw cliError('market.unknown', `${found.length} markets are called ${name}: use an id`)
  return market
}

/** `sell 0.5 ETH at 2000.5 TUSD`. */
export function orderText(market: Market, { terms, lots }: Pick<Order, 'terms' | 'lots'>): string {
  const { base, quote } = market
  return `${terms.side} ${market.sizeText(lots)} ${base.symbol} at ${market.priceText(terms.limit)} ${quote.symbol}`
}

/** What is special about an order, in few words. */
export function conditionsText(market: Market, { terms, triggered, release }: Order): string {
  const { triggerKind, triggerPrice, triggerLimit, minFill, expiryKind, expiry } = terms
  const at = `${market.priceText(triggerPrice)}${triggered ? ' (crossed)' : ''}`
  const words = [
    terms.postOnly && 'post-only',
    terms.timeInForce !== 'goodTillCancel' &&
      (terms.timeInForce === 'fillOrKill' ? 'all or nothing' : 'at once or not'),
    triggerKind.startsWith('wake') && `${triggerKind === 'wakeAbove' ? 'from' : 'below'} ${at}`,
    triggerKind.startsWith('turn') && `then ${market.priceText(triggerLimit)} once ${at}`,
    minFill > 0n && `at least ${market.sizeText(minFill)}`,
    expiryKind === 'height' && `until block ${expiry}`,
    expiryKind === 'time' && `until ${new Date(Number(expiry) * 1000).toISOString()}`,
    release !== undefined && `going back: ${release}`,
  ]
  return words.filter(word => word !== false).join(', ')
}

/** A price or a size that may be missing. */
export const textOr = (value: bigint | undefined, text: (value: bigint) => string): string => {
  return value === undefined ? '-' : text(value)
}

export const shortGuard = (guard: Guard): string => `${guard.slice(0, 10)}...`
