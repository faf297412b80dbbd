import { amountFor } from '@omg/exchange'
import { type Address, orderGuard, tradingTerms, ZERO_ADDRESS } from '@omg/protocol'
import type { OmgClient } from '@omg/sdk'
import { InsufficientFunds } from 'ccxt'
import type { WantedOrder } from './orderRequest.ts'
import { POLL_MS } from './rest.ts'

/** Outputs that one step of an instruction gathers from a trading balance. */
const MAX_GATHERED = 8

/** What orders need of one token. */
export interface Need {
  readonly token: Address
  /** Token units. */
  readonly units: bigint
  /** Whether outputs of any age may be gathered for it (R9). */
  readonly isGathered: boolean
}

/** What an order locks: its size at its worst price, with the highest fee. */
export function needOf(order: WantedOrder): Need {
  const { market, side, price, trigger, maxFeeBps } = order
  const terms = {
    side,
    limit: price,
    triggerLimit: trigger?.type === 'oneCancelsOther' ? trigger.limit : 0n,
    maxFeeBps: maxFeeBps ?? Math.max(market.makerBps, market.takerBps),
  }
  return {
    token: side === 'buy' ? market.terms.quote : market.terms.base,
    units: amountFor(market.terms, terms, order.lots),
    isGathered: market.terms.tier === 'bonded',
  }
}

/** Needs of one token together. */
export function addedUp(needs: readonly Need[]): Need[] {
  const sums = new Map<Address, Need>()
  for (const need of needs) {
    const known = sums.get(need.token)
    const units = need.units + (known?.units ?? 0n)
    sums.set(need.token, { ...need, units, isGathered: need.isGathered && (known?.isGathered ?? true) })
  }
  return [...sums.values()]
}

/** The guard of the trading balance that a client's orders are placed from. */
export function tradingGuard(client: OmgClient) {
  const [owner, signer] = [client.owner(), client.address()]
  return orderGuard(tradingTerms(owner, signer === owner ? ZERO_ADDRESS : signer, owner))
}

/**
 * What a trading balance lacks for an order; 0 where it has enough. `reserved` units of it are on their way into other orders.
 */
export async function lackOf(client: OmgClient, { token, units, isGathered }: Need, reserved: bigint) {
  const guard = tradingGuard(client)
  const balances = await client.getTradingBalances()
  const own = balances.find(balance => balance.guard === guard && balance.token === token)
  const amounts = (own?.outputs ?? []).map(({ amount }) => amount).sort((a, b) => (a < b ? 1 : -1))
  const reach = isGathered ? amounts.slice(0, MAX_GATHERED) : amounts.slice(0, 1)
  const sum = (list: readonly bigint[]) => list.reduce((total, each) => total + each, 0n)
  const free = sum(reach) - reserved
  if (free >= units) return 0n
  // A new output takes the place of the smallest one that was gathered.
  const kept = isGathered ? sum(reach.slice(0, MAX_GATHERED - 1)) - reserved : 0n
  return units - (kept > 0n ? kept : 0n)
}

/**
 * Moves coins into the trading balance, and waits until they are in a block.
 *
 * @throws InsufficientFunds where the key is an agent's, or nothing may be moved.
 */
export async function fund(
  client: OmgClient,
  { token, units }: Pick<Need, 'token' | 'units'>,
  options: { readonly isAllowed: boolean; readonly timeout: number; readonly text: string },
): Promise<void> {
  if (client.owner() !== client.address() || !options.isAllowed) {
    throw new InsufficientFunds(`omg the trading balance lacks ${options.text}`)
  }
  const { payment } = await client.openTradingBalance({ token, amount: units, finality: 'fast' })
  await client.waitForReceipt({ hash: payment.hash, timeout: options.timeout, interval: POLL_MS })
}
