/** What somebody of the crowd does when it is her turn. */
import type { Guard } from '@omg/protocol'
import { OmgError } from '@omg/protocol'
import type { Market } from '@omg/sdk'
import { carryOut, ownOrders } from '../maker/maker.ts'
import { stepsTo } from '../maker/quotes.ts'
import type { Chance } from './chance.ts'
import { arbitrageIntention, type Intention, type MarketView, takerIntention } from './decisions.ts'
import { ladderAround } from './ladder.ts'
import { ASSETS, type AssetName, type Person } from './people.ts'
import type { FairPrice } from './price.ts'
import type { Trader } from './trader.ts'

/** What everybody sees. */
export interface Scene {
  /** As they were within the last second. */
  markets(): readonly Market[]
  fair(market: Market): FairPrice
  readonly traders: readonly Trader[]
  readonly chance: Chance
}

/** One turn of a person. */
export type Act = () => Promise<void>

/** How often a maker asks whether her orders are in a block, in milliseconds. */
const MAKER_POLL_MS = 200
/** Orders of one taker that wait in the book. */
const MAX_RESTING = 4
/** The arbitrageur takes what is better than the fair price by so many hundredths of a percent. */
const ARBITRAGE_BPS = 4n
const MEMOS = ['coffee', 'lunch', 'rent', 'tickets', 'books', 'thanks'] as const

export function actOf(person: Person, trader: Trader, scene: Scene): Act {
  switch (person.role) {
    case 'maker':
      return makerAct(person, trader, scene)
    case 'taker':
      return takerAct(trader, scene)
    case 'arbitrageur':
      return arbitrageurAct(trader, scene)
    case 'payer':
      return payerAct(trader, scene)
  }
}

function makerAct(person: Extract<Person, { role: 'maker' }>, trader: Trader, scene: Scene): Act {
  const { anchor, [person.size]: size } = ASSETS[person.asset]
  return async () => {
    const market = marketOf(scene, person.asset)
    const wanted = ladderAround(scene.fair(market).now, market.priceOf(anchor), person.plan)
    const live = await ownOrders(trader.agent, market)
    await carryOut(trader.agent, stepsTo(market, wanted, live, { lots: market.lotsOf(size) }), MAKER_POLL_MS)
  }
}

function takerAct(trader: Trader, scene: Scene): Act {
  const resting: Guard[] = []
  return async () => {
    const market = scene.chance.oneOf(scene.markets())
    const view = viewOf(scene, market)
    const intention = takerIntention(
      view,
      await trader.means(market, view.fair),
      mostOf(market),
      scene.chance,
    )
    if (!intention) return
    const guard = await place(trader, market, intention)
    if (intention.kind !== 'rest') return
    resting.push(guard)
    const oldest = resting.length > MAX_RESTING ? resting.shift() : undefined
    if (oldest) await cancelIfThere(trader, oldest)
  }
}

function arbitrageurAct(trader: Trader, scene: Scene): Act {
  return async () => {
    for (const market of scene.markets()) {
      const view = viewOf(scene, market)
      // Looked at first without her money: most of the time there is nothing to take.
      const open = { base: mostOf(market), quote: mostOf(market) }
      if (!arbitrageIntention(view, open, mostOf(market), ARBITRAGE_BPS)) continue
      const means = await trader.means(market, view.fair)
      const intention = arbitrageIntention(view, means, mostOf(market), ARBITRAGE_BPS)
      if (intention) await place(trader, market, intention)
    }
  }
}

function payerAct(trader: Trader, { markets, traders, chance }: Scene): Act {
  return async () => {
    const [market] = markets()
    if (!market) return
    const { address: token, decimals } = market.quote
    const cent = 10n ** BigInt(decimals) / 100n
    const others = traders.filter(other => other !== trader)
    const payments = Array.from({ length: chance.between(1, 3) }, () => ({
      to: chance.oneOf(others).address,
      token,
      amount: cent * chance.bigBetween(50n, 5_000n),
    }))
    await trader.owner.pay({ payments, memo: chance.oneOf(MEMOS), finality: 'fast' })
  }
}

function viewOf(scene: Scene, market: Market): MarketView {
  const { bestBid, bestAsk, terms } = market
  return { bestBid, bestAsk, fair: scene.fair(market).now, minimum: terms.minimumSize }
}

/** The largest order of a taker, in lots. */
const mostOf = (market: Market) => market.lotsOf(ASSETS[market.base.symbol as AssetName].taken)

function marketOf(scene: Scene, asset: AssetName): Market {
  const market = scene.markets().find(({ base }) => base.symbol === asset)
  if (!market) throw new OmgError('market.unknown', `nobody lists ${asset} now`, 'Wait until it is listed.')
  return market
}

async function place(trader: Trader, market: Market, { kind, ...order }: Intention): Promise<Guard> {
  const timeInForce = kind === 'take' ? 'immediateOrCancel' : 'goodTillCancel'
  return (await trader.agent.placeOrder({ market, ...order, timeInForce })).guard
}

/** It may have been filled meanwhile. */
async function cancelIfThere(trader: Trader, guard: Guard): Promise<void> {
  try {
    await trader.agent.cancelOrder({ order: guard })
  } catch (error) {
    if (!(error instanceof OmgError) || error.code !== 'order.gone') throw error
  }
}
