import type { Address } from '@omg/protocol'
import type { StakeFact } from './fact.ts'
import { type FeeVotes, nextSchedule } from './median.ts'
import type { FeeSchedule } from './schedule.ts'

/** The stake behind one validator. */
export interface Pool {
  /** OMG wei. */
  readonly tokens: bigint
  readonly shares: bigint
  /** Shares by holder, the validator among them. */
  readonly held: ReadonlyMap<Address, bigint>
  /** Seconds; 0 if the validator is not jailed. */
  readonly jailedUntil: bigint
}

/** A weight in OMG wei, and what it is cast for; undefined is for what is. */
export interface Ballot {
  readonly weight: bigint
  readonly preference: FeeSchedule | undefined
}

/** Stake and preferences as of an origin. */
export interface StakeView extends FeeVotes {
  readonly pools: ReadonlyMap<Address, Pool>
  readonly preferences: ReadonlyMap<Address, FeeSchedule>
  ballots(): readonly Ballot[]
}

type MutablePool = { -readonly [Key in keyof Pool]: Pool[Key] } & { held: Map<Address, bigint> }

interface Fold {
  readonly pools: Map<Address, MutablePool>
  readonly preferences: Map<Address, FeeSchedule>
  /** Facts taken in, and the origin as of which. */
  taken: number
  origin: bigint
}

/**
 * What Ethereum says about stake and fee votes, for everybody who checks blocks. Every answer is as of an origin, so a block is judged
 * the same whenever it is executed. Facts come in the order of Ethereum; those of a fork that died are forgotten by starting anew.
 */
export class Stakes {
  readonly #facts: StakeFact[] = []
  #fold = emptyFold()

  constructor(facts: Iterable<StakeFact> = []) {
    for (const fact of facts) this.add(fact)
  }

  add(fact: StakeFact): void {
    // Read before it was known: what was folded up to then is not the whole of that block.
    if (fact.block <= this.#fold.origin) this.#fold = emptyFold()
    this.#facts.push(fact)
  }

  /** Stake and votes for a block with this origin. Folds nothing before it is asked. */
  at(origin: bigint): StakeView {
    let known: { pools: StakeView['pools']; preferences: StakeView['preferences'] } | undefined
    let ballots: readonly Ballot[] | undefined
    const stakes = () => {
      known ??= this.#foldTo(origin)
      return known
    }
    const cast = () => {
      ballots ??= ballotsOf(stakes())
      return ballots
    }
    return {
      get pools() {
        return stakes().pools
      },
      get preferences() {
        return stakes().preferences
      },
      ballots: cast,
      next: previous => nextSchedule(previous, cast()),
    }
  }

  /** Origins only move on, so nothing is folded twice unless somebody looks back. */
  #foldTo(origin: bigint): Pick<StakeView, 'pools' | 'preferences'> {
    if (origin < this.#fold.origin) this.#fold = emptyFold()
    const fold = this.#fold
    for (; fold.taken < this.#facts.length; fold.taken++) {
      const fact = this.#facts[fold.taken]!
      if (fact.block > origin) break
      take(fold, fact)
    }
    fold.origin = origin
    // A copy: the fold goes on.
    const pools = [...fold.pools].map(([validator, pool]) => {
      return [validator, { ...pool, held: new Map(pool.held) }] as const
    })
    return { pools: new Map(pools), preferences: new Map(fold.preferences) }
  }
}

function emptyFold(): Fold {
  return { pools: new Map(), preferences: new Map(), taken: 0, origin: 0n }
}

function take({ pools, preferences }: Fold, fact: StakeFact): void {
  if (fact.kind === 'preferred') {
    if (fact.preference) preferences.set(fact.account, fact.preference)
    else preferences.delete(fact.account)
    return
  }
  let pool = pools.get(fact.validator)
  if (pool === undefined) {
    pool = { tokens: 0n, shares: 0n, held: new Map(), jailedUntil: 0n }
    pools.set(fact.validator, pool)
  }
  switch (fact.kind) {
    case 'staked':
      move(pool, fact.holder, fact.amount, fact.shares)
      return
    case 'unstaked':
      move(pool, fact.holder, -fact.amount, -fact.shares)
      return
    case 'slashed':
      pool.tokens -= fact.amount
      // Shares of nothing are worth nothing for ever: whoever stakes next begins anew, as on Ethereum.
      if (pool.tokens <= 0n) Object.assign(pool, { tokens: 0n, shares: 0n, held: new Map() })
      return
    case 'jailed':
      pool.jailedUntil = fact.until
  }
}

function move(pool: MutablePool, holder: Address, amount: bigint, shares: bigint): void {
  const held = (pool.held.get(holder) ?? 0n) + shares
  // Shares of a pool that was slashed to nothing: forgotten already.
  if (held < 0n) return
  if (held === 0n) pool.held.delete(holder)
  else pool.held.set(holder, held)
  pool.tokens += amount
  pool.shares += shares
}

/**
 * Who votes with what. Stake follows its validator's preference, unless its holder has one of her own: so a delegator's word counts for
 * her stake and no more. The stake of a jailed validator votes as well: it is at risk as before.
 */
function ballotsOf({ pools, preferences }: Pick<StakeView, 'pools' | 'preferences'>): readonly Ballot[] {
  const ballots: Ballot[] = []
  for (const [validator, { tokens, shares, held }] of pools) {
    if (tokens <= 0n || shares <= 0n) continue
    let rest = tokens
    for (const [holder, part] of held) {
      const preference = holder === validator ? undefined : preferences.get(holder)
      if (preference === undefined) continue
      const weight = (tokens * part) / shares
      rest -= weight
      ballots.push({ weight, preference })
    }
    // What rounding left over is here, so a pool votes with exactly its tokens.
    ballots.push({ weight: rest, preference: preferences.get(validator) })
  }
  return ballots
}

/**
 * With how much of all stake an account speaks for itself, in OMG wei: its own, and, if it is a validator, that of those behind it who say
 * nothing themselves.
 */
export function weightOf(
  { pools, preferences }: Pick<StakeView, 'pools' | 'preferences'>,
  account: Address,
): { readonly own: bigint; readonly all: bigint } {
  let [own, all] = [0n, 0n]
  for (const [validator, { tokens, shares, held }] of pools) {
    all += tokens
    if (shares === 0n) continue
    for (const [holder, part] of held) {
      const isOwn = holder === account || (validator === account && !preferences.has(holder))
      if (isOwn) own += (tokens * part) / shares
    }
  }
  return { own, all }
}
