import { type MarketState, market } from '@omg/exchange'
import {
  type Address,
  fromHex,
  type Hash,
  type Hex,
  type MarketTerms,
  type Position,
  parsePosition,
  toHex,
} from '@omg/protocol'
import { type StakeFact, Stakes, type StakeView, stakeFactsOf } from '@omg/stake'
import type { ExchangeView, ListedMarket } from './types.ts'

type Tier = MarketTerms['tier']

/** Something on Ethereum that markets, seasoning (R9) or fees depend on. `block` is the number of the Ethereum block it stands in. */
export type ListingFact = MarketFact | StakeFact

/** What concerns markets and seasoning. */
export type MarketFact = { readonly block: bigint } & (
  | { readonly kind: 'listed'; readonly terms: MarketTerms }
  | { readonly kind: 'state'; readonly market: Hash; readonly state: MarketState }
  /**
   * Ethereum accepted a checkpoint; `time` is its `t(k)` in seconds. `lastNonDA` is there where its data came as blobs: the last
   * checkpoint before it whose data did not, 0 if every one's did.
   */
  | {
      readonly kind: 'accepted'
      readonly checkpoint: bigint
      readonly time: bigint
      readonly lastNonDA?: bigint
    }
)

/** In seconds: the seasoning time `D` of each tier, that of `bonded` being zero by definition; and `Dk` where data comes as blobs. */
export type Seasoning = Readonly<Record<Exclude<Tier, 'bonded'> | 'blob', bigint>>

/** `D` of the tier `guarded` is this part of that of `safe`: 2 of 24 hours on mainnet. */
const GUARDED_PART = 12n

/** What of the parameters of a deployment the seasoning times follow from, in seconds. */
export interface SeasoningParameters {
  /** The largest `D` that the contracts allow. */
  readonly maxSeasoning: number
  /** `Dk` where data comes as blobs. */
  readonly blobSeasoning: number
}

/** The seasoning times of a deployment. */
export function seasoningOf({ maxSeasoning, blobSeasoning }: SeasoningParameters): Seasoning {
  const safe = BigInt(maxSeasoning)
  return { guarded: (safe + GUARDED_PART - 1n) / GUARDED_PART, safe, blob: BigInt(blobSeasoning) }
}

/** The view of a block, whose checkpoint and those before it have been published since `lastNonDA`. */
export function publishedTo(exchange: ExchangeView, lastNonDA: bigint): ExchangeView {
  return {
    markets: exchange.markets,
    isSeasoned: (position, tier) => exchange.isSeasoned(position, tier, lastNonDA),
    mayInherit: (checkpoint, tier) => exchange.mayInherit(checkpoint, tier),
    ...(exchange.votes && { votes: exchange.votes }),
  }
}

interface Listing {
  readonly terms: MarketTerms
  readonly listed: bigint
  /** In the order of Ethereum. */
  readonly states: { readonly block: bigint; readonly state: MarketState }[]
}

type Accepted = Omit<Extract<MarketFact, { kind: 'accepted' }>, 'kind' | 'checkpoint'>

/**
 * What Ethereum says about markets, time, and stake and its votes on fees, for node and watcher alike. Every answer is as of an origin, so a block is judged
 * the same whenever it is executed. Facts come in the order of Ethereum; those of a fork that died are forgotten by starting anew.
 */
export class Listings {
  readonly #seasoning: Seasoning
  readonly #markets = new Map<Hash, Listing>()
  readonly #accepted = new Map<bigint, Accepted>()
  readonly #stakes = new Stakes()
  #newest = 0n
  #lastAccepted = 0n

  constructor(seasoning: Seasoning, facts: Iterable<ListingFact> = []) {
    this.#seasoning = seasoning
    for (const fact of facts) this.add(fact)
  }

  /** Ethereum block of the newest listing or change of state; 0 if there is none. */
  get newest(): bigint {
    return this.#newest
  }

  add(fact: ListingFact): void {
    const { block } = fact
    switch (fact.kind) {
      case 'accepted':
        this.#accepted.set(fact.checkpoint, fact)
        if (fact.checkpoint > this.#lastAccepted) this.#lastAccepted = fact.checkpoint
        return
      case 'listed':
        this.#markets.set(market(fact.terms).id, { terms: fact.terms, listed: block, states: [] })
        break
      case 'state':
        this.#markets.get(fact.market)?.states.push({ block, state: fact.state })
        break
      default:
        this.#stakes.add(fact)
        return
    }
    if (block > this.#newest) this.#newest = block
  }

  /** The newest checkpoint that Ethereum had accepted by a block of it; 0 if none was. It takes them in order. */
  lastAccepted(origin: bigint): bigint {
    let number = this.#lastAccepted
    while (number > 0n && !this.#seen(number, origin)) number--
    return number
  }

  /** Stake and votes for a block with this origin. */
  stakesAt(origin: bigint): StakeView {
    return this.#stakes.at(origin)
  }

  /** Markets, seasoning and votes for a block with this origin; its time in seconds. */
  at(origin: bigint, originTime: bigint): ExchangeView {
    const listed = new Map<Hash, ListedMarket>()
    for (const { terms, listed: block, states } of this.#markets.values()) {
      if (block > origin) continue
      const last = states.findLast(change => change.block <= origin)
      const at = market(terms)
      listed.set(at.id, { ...at, state: last?.state ?? 'active' })
    }
    const markets = [...listed.values()]
    return {
      markets: { get: id => listed.get(id), list: () => markets },
      isSeasoned: (position, tier, lastNonDA) => {
        if (tier === 'bonded') return true
        // `eff`: published data cannot be withheld, so only what came before it has to season. Nothing did where all was published.
        const since = this.#withheldUpTo(position, origin, lastNonDA)
        return since === 0n || this.#isPast(since, this.#seasoning[tier], origin, originTime)
      },
      mayInherit: (checkpoint, tier) => {
        const isBlob = this.#seen(checkpoint, origin)?.lastNonDA !== undefined
        const seasoning = isBlob ? this.#seasoning.blob : tier === 'bonded' ? 0n : this.#seasoning[tier]
        return !this.#isPast(checkpoint, seasoning, origin, originTime)
      },
      votes: this.stakesAt(origin),
    }
  }

  /** The last checkpoint without published data up to that of an output; the output's own where that is not known. */
  #withheldUpTo(position: Position, origin: bigint, lastNonDA: bigint | undefined): bigint {
    const { checkpoint, sequence } = parsePosition(position)
    // A deposit stands behind a checkpoint and before the next: the time of that one is surely not too early.
    const standsIn = sequence === 0 ? checkpoint : checkpoint + 1n
    const accepted = this.#seen(standsIn, origin)
    if (accepted) return accepted.lastNonDA ?? standsIn
    // What Ethereum has not accepted yet is published if everything is since `lastNonDA`: the mode stands in the blocks.
    return lastNonDA !== undefined && standsIn > lastNonDA ? lastNonDA : standsIn
  }

  /** Whether a time has gone by since Ethereum accepted a checkpoint. */
  #isPast(checkpoint: bigint, seconds: bigint, origin: bigint, originTime: bigint): boolean {
    const accepted = this.#seen(checkpoint, origin)
    return accepted !== undefined && accepted.time + seconds <= originTime
  }

  #seen(checkpoint: bigint, origin: bigint): Accepted | undefined {
    const accepted = this.#accepted.get(checkpoint)
    return accepted && accepted.block <= origin ? accepted : undefined
  }
}

const TIERS: readonly Tier[] = ['bonded', 'guarded', 'safe']
/** As the registry counts them, from 1. */
const STATES: readonly MarketState[] = ['active', 'postOnly', 'cancelOnly', 'closed']

/** The arguments of the registry's events, as their ABI decodes them. */
interface ListingArguments {
  MarketListed: {
    readonly base: Hex
    readonly quote: Hex
    readonly tick: bigint
    readonly lot: bigint
    readonly tier: number
    readonly minimumSize: bigint
  }
  MarketStateChanged: { readonly market: Hex; readonly state: number }
}

/** What an event of Bonding, FeeVotes or the registry of markets means, in order; nothing if it is another event. */
export function listingFactsOf(eventName: string, args: unknown, block: bigint): ListingFact[] {
  const fact = marketFactOf(eventName, args, block)
  return fact ? [fact] : stakeFactsOf(eventName, args, block)
}

/** What an event of the registry of markets means; undefined if it is another event. */
export function marketFactOf(eventName: string, args: unknown, block: bigint): MarketFact | undefined {
  const of = <Name extends keyof ListingArguments>(_: Name) => args as ListingArguments[Name]
  switch (eventName) {
    case 'MarketListed': {
      const { base, quote, tick, lot, tier, minimumSize } = of(eventName)
      const tokens = { base: lower<Address>(base), quote: lower<Address>(quote) }
      return { kind: 'listed', block, terms: { ...tokens, tick, lot, tier: TIERS[tier]!, minimumSize } }
    }
    case 'MarketStateChanged': {
      const { market, state } = of(eventName)
      return { kind: 'state', block, market: lower<Hash>(market), state: STATES[state - 1]! }
    }
    default:
      return undefined
  }
}

function lower<T extends Hex>(hex: Hex): T {
  return toHex(fromHex(hex)) as T
}
