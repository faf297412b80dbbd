import { type Address, address } from '@omg/protocol'
import {
  getEarned,
  getStakeEvents,
  getStakesOf,
  getStandings,
  getValidatorSet,
  omgTokenAbi,
  type RootChain,
  type StakeEvent,
  type StakesOf,
  type ValidatorSet,
  type ValidatorStanding,
} from '@omg/rootchain'
import { type Client, type Fees, type FeeToken, getFees } from '@omg/sdk'
import { type StakeFact, Stakes, stakeFactsOf } from '@omg/stake'
import { type Signings, signingReader } from './signing.ts'

/** What somebody has earned with one validator, in wei of a token. */
export interface Earned {
  readonly validator: Address
  readonly token: Token
  readonly amount: bigint
}

export interface Token {
  readonly address: Address
  readonly symbol: string
  readonly decimals: number
}

export const OMG = { symbol: 'OMG', decimals: 18 } as const
export const ETHER = { symbol: 'ETH', decimals: 18 } as const

/** What belongs to the account of this page. */
export interface Own extends StakesOf {
  /** OMG wei and ether wei on Ethereum, not staked. */
  readonly omg: bigint
  readonly ether: bigint
  readonly earned: readonly Earned[]
}

/** Stake as it is on Ethereum now. Times in seconds of Ethereum. */
export interface StakeNow {
  readonly now: bigint
  readonly head: bigint
  readonly validators: readonly ValidatorStanding[]
  readonly signings: Signings
  readonly set: ValidatorSet | undefined
  /** From when on the next set can be published. */
  readonly nextSetAt: bigint
  readonly unbondingDelay: bigint
  /** The smallest own bond of a validator, in OMG wei. */
  readonly minBond: bigint
  /** In the order of Ethereum. */
  readonly events: readonly StakeEvent[]
  /** The same as the fee rule takes them, and what it makes of them. */
  readonly facts: readonly StakeFact[]
  readonly votes: Stakes
  /** As the node told them last: it need not answer for stake to be seen and moved. */
  readonly fees: Fees
  readonly feeTokens: readonly FeeToken[]
  readonly own: Own | undefined
}

/** Reads stake again and again; events that it has it does not ask for again. */
export function stakeReader(client: Client, owner: Address | undefined): () => Promise<StakeNow> {
  const events: StakeEvent[] = []
  const facts: StakeFact[] = []
  const votes = new Stakes()
  let next: bigint | undefined
  let fees: Fees | undefined
  let signings: (() => Promise<Signings>) | undefined
  return async () => {
    const rootChain = await client.rootChain()
    signings ??= signingReader(rootChain)
    const { ethereum, deployment } = rootChain
    const { number: head, timestamp: now } = await ethereum.getBlock()
    const from = next ?? deployment.deployedAtBlock
    const fresh = from > head ? [] : await getStakeEvents(rootChain, { from, to: head })
    // Two looks at once (a page may begin twice) take each event in once.
    if (next === undefined || next === from) {
      next = head + 1n
      events.push(...fresh)
      const more = fresh.flatMap(({ eventName, args, blockNumber }) =>
        stakeFactsOf(eventName, args, blockNumber),
      )
      for (const fact of more) votes.add(fact)
      facts.push(...more)
    }
    const [validators, signed, set, due, { feeTokens }, own] = await Promise.all([
      getStandings(rootChain, { events }),
      signings(),
      getValidatorSet(rootChain),
      getFees(client).catch(error => {
        if (fees === undefined) throw error
        return fees
      }),
      client.network(),
      owner && readOwn(rootChain, owner, events),
    ])
    fees = due
    const nextSetAt = (set?.publishedAt ?? 0n) + BigInt(deployment.parameters.epoch)
    const unbondingDelay = BigInt(deployment.parameters.unbondingDelay)
    const { minBond } = deployment.parameters
    return {
      ...{ now, head, validators, signings: signed, set, nextSetAt, unbondingDelay, minBond },
      ...{ events: [...events], facts: [...facts], votes, fees, feeTokens, own },
    }
  }
}

async function readOwn(rootChain: RootChain, owner: Address, events: readonly StakeEvent[]): Promise<Own> {
  const { ethereum, deployment } = rootChain
  const token = { address: deployment.omgToken, abi: omgTokenAbi } as const
  const [stakes, omg, ether] = await Promise.all([
    getStakesOf(rootChain, { delegator: owner, events }),
    ethereum.readContract({ ...token, functionName: 'balanceOf', args: [owner] }),
    ethereum.getBalance({ address: owner }),
  ])
  return { ...stakes, omg, ether, earned: await readEarned(rootChain, owner, events) }
}

/** Also with validators that she has left: their old sets may be divided yet. */
async function readEarned(
  { deployment, ...chain }: RootChain,
  owner: Address,
  events: readonly StakeEvent[],
) {
  const validators = new Set<Address>()
  for (const { eventName, args } of events) {
    if (eventName === 'Delegated' && address(args.delegator) === owner)
      validators.add(address(args.validator))
    if (eventName === 'Redelegated' && address(args.delegator) === owner) validators.add(address(args.to))
  }
  const fees = deployment.feeTokens.map(({ token, symbol, decimals }) => ({
    address: token,
    symbol,
    decimals,
  }))
  const tokens: Token[] = fees.some(({ address }) => address === deployment.omgToken)
    ? fees
    : [...fees, { ...OMG, address: deployment.omgToken }]
  const all = [...validators].flatMap(validator => tokens.map(token => ({ validator, token })))
  const earned = await Promise.all(
    all.map(async ({ validator, token }) => {
      const wanted = { validator, delegator: owner, token: token.address }
      return { validator, token, amount: await getEarned({ deployment, ...chain }, wanted) }
    }),
  )
  return earned.filter(({ amount }) => amount > 0n)
}
