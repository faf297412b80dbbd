import { type Address, address } from '@omg/protocol'
import type { RootChain } from '../client.ts'
import { getStake, getUnbonding, type Stake, type Unbonding } from './stake.ts'
import type { StakeEvent } from './stakeEvents.ts'

/** What somebody has with one validator. */
export interface OwnStake extends Stake {
  readonly validator: Address
}

export interface OwnUnbonding extends Unbonding {
  readonly unbondingId: bigint
}

/** Everything that somebody has staked, and has on its way out. */
export interface StakesOf {
  readonly stakes: readonly OwnStake[]
  readonly unbondings: readonly OwnUnbonding[]
}

/** The stake of an account with every validator, and what it has not withdrawn yet. `events` are those of {@link getStakeEvents}. */
export async function getStakesOf(
  reader: Pick<RootChain, 'ethereum' | 'deployment'>,
  { delegator, events }: { readonly delegator: Address; readonly events: readonly StakeEvent[] },
): Promise<StakesOf> {
  const validators = new Set<Address>()
  const ids = new Set<bigint>()
  for (const { eventName, args } of events) {
    if (eventName === 'Delegated' && isSame(args.delegator, delegator))
      validators.add(address(args.validator))
    if (eventName === 'Redelegated' && isSame(args.delegator, delegator)) validators.add(address(args.to))
    if (eventName === 'Undelegated' && isSame(args.delegator, delegator)) ids.add(args.unbondingId)
    if (eventName === 'Withdrawn') ids.delete(args.unbondingId)
  }
  const [stakes, unbondings] = await Promise.all([
    Promise.all(
      [...validators].map(async validator => ({
        validator,
        ...(await getStake(reader, { validator, delegator })),
      })),
    ),
    Promise.all(
      [...ids].map(async unbondingId => {
        const unbonding = await getUnbonding(reader, { unbondingId })
        return unbonding && { unbondingId, ...unbonding }
      }),
    ),
  ])
  return {
    stakes: stakes.filter(({ shares }) => shares > 0n),
    unbondings: unbondings.filter(each => each !== undefined),
  }
}

const isSame = (one: string, other: Address) => address(one) === other
