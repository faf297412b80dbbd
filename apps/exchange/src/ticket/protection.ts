import { durationText, type Market, type Network } from '@omg/sdk'

/** What protects money while it is in an order of a market, in words for everybody. */
export interface Protection {
  readonly name: 'Bonded' | 'Guarded' | 'Safe'
  readonly text: string
}

/** `D` of the tier `guarded` is this part of that of `safe` (R9). */
const GUARDED_PART = 12n

/** The protection of a market's orders (R9, section 0 of the protocol). */
export function protectionOf({ terms }: Pick<Market, 'terms'>, network: Network | undefined): Protection {
  const longest = BigInt(network?.deployment.parameters.maxSeasoning ?? 0)
  switch (terms.tier) {
    case 'bonded':
      return {
        name: 'Bonded',
        text: 'Money in an order or ready to trade is protected by what the validators have staked, not by Ethereum itself. Coins that you are not trading with are protected by Ethereum. In exchange, orders act at once.',
      }
    case 'guarded':
      return {
        name: 'Guarded',
        text: `Money in an order stays yours if you, or a watcher for you, take it to Ethereum within ${durationText((longest + GUARDED_PART - 1n) / GUARDED_PART)} of the validators cheating. New money waits that long before it trades.`,
      }
    case 'safe':
      return {
        name: 'Safe',
        text: `Money in an order stays yours if you, or a watcher for you, take it to Ethereum within ${durationText(longest)} of the validators cheating. New money waits that long before it trades.`,
      }
  }
}
