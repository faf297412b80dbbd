/** Demo traders who keep the markets of a devnet alive. They use nothing but the SDK, as anybody could. */
import type { Hash } from '@omg/protocol'
import type { Deployment } from '@omg/rootchain'
import { createClient, type Market, type OmgClient, webSocket } from '@omg/sdk'
import { privateKeyToAccount } from 'viem/accounts'
import { crowdKey, demoKey } from '../account/demoAccounts.ts'
import { testMoney } from '../devnet/testMoney.ts'
import { pause } from '../pause.ts'
import { Chance } from './chance.ts'
import { ASSETS, type AssetName, PEOPLE, type Person } from './people.ts'
import { FairPrice } from './price.ts'
import { actOf, type Scene } from './roles.ts'
import { Trader } from './trader.ts'
import { Treasury } from './treasury.ts'

export interface CrowdOptions {
  readonly deployment: Deployment
  readonly nodeUrl: string
  readonly ethereumUrl: string
  readonly seed: number
  readonly people?: readonly Person[]
  /** Told when somebody begins to fail, and why. */
  readonly tell: (line: string) => void
}

/** Between two looks at the markets, and two steps of their fair prices, in milliseconds. */
const MARKET_MS = 1_000
/** Between two looks at a trader's money, in milliseconds. */
const MAINTENANCE_MS = 30_000
/** After a failure everything goes on after so many milliseconds, twice as many after the next, and so on. */
const FIRST_RETRY_MS = 1_000
const LAST_RETRY_MS = 30_000
/** A pause is this much shorter or longer, in percent. */
const JITTER_PERCENT = 40

/** Runs the crowd until the signal; what is in hand is finished first. Orders stay in the book. */
export async function runCrowd(options: CrowdOptions, signal: AbortSignal): Promise<void> {
  const { seed, people = PEOPLE, tell } = options
  const node = webSocket(options.nodeUrl.replace(/^http/, 'ws'))
  const clientOf = (key: `0x${string}`, owner?: OmgClient) =>
    createClient({
      node,
      ethereum: options.ethereumUrl,
      deployment: options.deployment,
      account: privateKeyToAccount(key),
      ...(owner && { owner: owner.address() }),
    })
  const treasury = new Treasury(clientOf(demoKey('crowd')))
  const traders = people.map(({ name, endowment, role }, place) => {
    const owner = clientOf(crowdKey(place, 'owner'))
    const agent = role === 'payer' ? undefined : clientOf(crowdKey(place, 'agent'), owner)
    return new Trader({ name, owner, agent, treasury, endowment: testMoney(options.deployment, endowment) })
  })
  const chance = new Chance(seed)
  const watch = new MarketWatch(traders[0]!.owner, chance.branch())
  const scene = (own: Chance): Scene => ({
    markets: () => watch.markets,
    fair: market => watch.fair(market),
    traders,
    chance: own,
  })
  try {
    await eventually('the crowd', tell, signal, async () => {
      await watch.look()
      await treasury.grant((await Promise.all(traders.map(trader => trader.lacks()))).flat())
    })
    const lives = people.map((person, place) => {
      const trader = traders[place]!
      return live(person, trader, scene(chance.branch()), () => watch.markets, tell, signal)
    })
    await Promise.all([watch.run(tell, signal), ...lives])
  } finally {
    node.close()
  }
}

/** The markets that the crowd knows something about, with the price that it holds for fair. */
class MarketWatch {
  readonly #client: OmgClient
  readonly #chance: Chance
  readonly #fair = new Map<Hash, FairPrice>()
  #markets: readonly Market[] = []

  constructor(client: OmgClient, chance: Chance) {
    this.#client = client
    this.#chance = chance
  }

  get markets(): readonly Market[] {
    return this.#markets
  }

  fair(market: Market): FairPrice {
    const known = this.#fair.get(market.id)
    if (known) return known
    const anchor = market.priceOf(ASSETS[market.base.symbol as AssetName].anchor)
    const fair = new FairPrice(anchor, market.lastPrice ?? anchor)
    this.#fair.set(market.id, fair)
    return fair
  }

  /** Anybody may list a second market of the same tokens: the crowd stays in the first. */
  async look(): Promise<void> {
    const listed = await this.#client.getMarkets()
    const known = listed.filter(({ base, quote, state }, place) => {
      const isFirst = listed.findIndex(other => other.base.address === base.address) === place
      return isFirst && state === 'active' && Object.hasOwn(ASSETS, base.symbol) && quote.symbol === 'TUSD'
    })
    if (known.length === 0) throw new Error('no market is listed yet')
    this.#markets = known
  }

  async run(tell: (line: string) => void, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      for (const market of this.#markets) this.fair(market).step(this.#chance)
      await eventually('the crowd', tell, signal, () => this.look())
      await pause(MARKET_MS, signal)
    }
  }
}

/** A person's turns until the signal. Whatever fails is tried again later: a node that is away, a fill that came first. */
async function live(
  person: Person,
  trader: Trader,
  scene: Scene,
  markets: () => readonly Market[],
  tell: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const act = actOf(person, trader, scene)
  // What an earlier run left in the book is at yesterday's prices; a maker moves hers by herself.
  if (person.role === 'taker') await eventually(person.name, tell, signal, () => trader.agent.cancelAll())
  let maintained = Number.NEGATIVE_INFINITY
  while (!signal.aborted) {
    await eventually(person.name, tell, signal, async () => {
      if (Date.now() - maintained >= MAINTENANCE_MS) {
        await trader.maintain(markets())
        maintained = Date.now()
      }
      await act()
    })
    const percent = scene.chance.between(100 - JITTER_PERCENT, 100 + JITTER_PERCENT)
    await pause(Math.floor((person.pause * percent) / 100), signal)
  }
}

/** Does something again and again, later each time, until it is done or the signal comes. */
async function eventually(
  who: string,
  tell: (line: string) => void,
  signal: AbortSignal,
  work: () => Promise<unknown>,
): Promise<void> {
  for (let retry = FIRST_RETRY_MS; !signal.aborted; retry = Math.min(2 * retry, LAST_RETRY_MS)) {
    try {
      await work()
      return
    } catch (error) {
      const words = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
      const code = error instanceof Error && 'code' in error ? ` [${error.code}]` : ''
      tell(`${who}: ${words}${code}`)
      await pause(retry, signal)
    }
  }
}
