import type { Address, OmgError } from '@omg/protocol'
import type { Client } from '../client.ts'
import { type SdkError, sdkError } from '../error.ts'
import { type Leg, type LegMoney, legWithInput, legWithOutput, routeOf, tokenOf } from '../order/route.ts'
import { getMarkets } from './getMarkets.ts'

export type QuotePayWithParameters = {
  /** The token that is paid with. Default ETH. */
  readonly pay?: Address
  /** The token that the receiver gets. Default ETH. */
  readonly receive?: Address
  /** How much worse than the best prices of the books, in hundredths of a percent. Default 100. */
  readonly slippageBps?: number
} & (
  | {
      /** Units of the token that is paid with; what does not make a whole lot is not spent. */
      readonly exactIn: bigint
    }
  | {
      /** Units of the token that the receiver gets. */
      readonly exactOut: bigint
    }
)

export interface PaymentQuote {
  /** One order, or two of which the first flows into the second. */
  readonly legs: readonly Leg[]
  /** In token units. What a better price saves goes back to the payer. */
  readonly pays: { readonly token: Address; readonly expected: bigint; readonly most: bigint }
  /** In token units. Exact where base is bought in one step; else a better price is the receiver's. */
  readonly receives: { readonly token: Address; readonly expected: bigint; readonly least: bigint }
}

export type QuotePayWithReturnType = PaymentQuote

export type QuotePayWithErrorType = SdkError | OmgError

const SLIPPAGE_BPS = 100

/**
 * What paying in one token costs where the receiver gets another, by the books of now, through one market or two.
 *
 * @throws SdkError `market.route`, `market.size`, `order.no_price`, `order.invalid`
 */
export async function quotePayWith(
  client: Client,
  parameters: QuotePayWithParameters,
): Promise<QuotePayWithReturnType> {
  const { slippageBps = SLIPPAGE_BPS } = parameters
  const [pay, receive] = [tokenOf(parameters.pay), tokenOf(parameters.receive)]
  if (pay === receive) throw sdkError('order.invalid', 'both sides are the same token: use pay()')
  const route = routeOf(await getMarkets(client), pay, receive)
  const money: LegMoney[] = []
  if ('exactIn' in parameters) {
    let amount = positive(parameters.exactIn)
    for (const hop of route) {
      const leg = await legWithInput(client, hop, amount, slippageBps)
      money.push(leg)
      amount = leg.gives.least
    }
  } else {
    let amount = positive(parameters.exactOut)
    for (const hop of route.toReversed()) {
      const leg = await legWithOutput(client, hop, amount, slippageBps)
      money.unshift(leg)
      amount = leg.pays.most
    }
    checkExact(money, parameters.exactOut)
  }
  const [first, last] = [money[0]!, money.at(-1)!]
  return {
    legs: money.map(({ leg }) => leg),
    pays: { token: pay, ...first.pays },
    receives: { token: receive, ...last.gives },
  }
}

function positive(amount: bigint): bigint {
  if (amount <= 0n) throw sdkError('order.invalid', `an amount of ${amount}`)
  return amount
}

/** Base is bought in whole lots only. */
function checkExact(money: readonly LegMoney[], wanted: bigint): void {
  const { leg, gives } = money.at(-1)!
  if (leg.side === 'sell' || gives.least === wanted) return
  const { lot } = leg.market.terms
  throw sdkError(
    'market.size',
    `${wanted} units are no whole lots; the nearest: ${gives.least - lot} and ${gives.least}`,
  )
}
