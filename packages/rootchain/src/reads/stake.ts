import { type Address, address } from '@omg/protocol'
import { bondingAbi, rewardsAbi } from '../abi.ts'
import type { RootChain } from '../client.ts'

type Reader = Pick<RootChain, 'ethereum' | 'deployment'>

/** The stake behind one validator. Amounts in OMG wei. */
export interface StakePool {
  readonly validator: Address
  /** The key that signs checkpoints. */
  readonly signer: Address
  /** Own bond and delegations: the power. */
  readonly tokens: bigint
  readonly shares: bigint
  readonly own: bigint
  /** Her part of her delegators' rewards, in ten-thousandths. */
  readonly commissionBps: number
  /** Seconds; 0 if she is not jailed. */
  readonly jailedUntil: bigint
  /** Whether the next set will have her. */
  readonly standing: boolean
}

/** A validator's pool as it is now; undefined if the account never was a validator. */
export async function getStakePool(
  reader: Reader,
  {
    validator,
    standing: known,
  }: {
    readonly validator: Address
    /** What {@link getStandingValidators} said, where it was asked already. */
    readonly standing?: readonly Address[]
  },
): Promise<StakePool | undefined> {
  const { ethereum } = reader
  const contract = bondingOf(reader)
  const args = [validator] as const
  const [{ signer }, [tokens, shares, own, commissionBps, jailedUntil], standing] = await Promise.all([
    ethereum.readContract({ ...contract, functionName: 'validator', args }),
    ethereum.readContract({ ...contract, functionName: 'pool', args }),
    known ?? getStandingValidators(reader),
  ])
  if (BigInt(signer) === 0n) return undefined
  return {
    ...{ validator, signer: address(signer), tokens, shares, own, commissionBps, jailedUntil },
    standing: standing.includes(validator),
  }
}

/** The accounts that the next set will consist of, in no order. */
export async function getStandingValidators(reader: Reader): Promise<readonly Address[]> {
  const call = { functionName: 'validators' } as const
  return (await reader.ethereum.readContract({ ...bondingOf(reader), ...call })).map(address)
}

/** What somebody has with a validator. */
export interface Stake {
  readonly shares: bigint
  /** What they are worth, in OMG wei. */
  readonly amount: bigint
  /** What of it came from another validator, and moves no further before its time. */
  readonly moved?: {
    readonly from: Address
    readonly shares: bigint
    /** Seconds; undefined until the next set is published. */
    readonly freeAt: bigint | undefined
  }
}

export async function getStake(
  reader: Reader,
  { validator, delegator }: { readonly validator: Address; readonly delegator: Address },
): Promise<Stake> {
  const { ethereum } = reader
  const contract = bondingOf(reader)
  const args = [validator, delegator] as const
  const [shares, amount, moved] = await Promise.all([
    ethereum.readContract({ ...contract, functionName: 'sharesOf', args }),
    ethereum.readContract({ ...contract, functionName: 'stakeOf', args }),
    ethereum.readContract({ ...contract, functionName: 'redelegation', args }),
  ])
  if (moved.shares === 0n) return { shares, amount }
  const { from, freeAt } = moved
  return {
    ...{ shares, amount },
    moved: { from: address(from), shares: moved.shares, freeAt: freeAt === 0n ? undefined : freeAt },
  }
}

/**
 * The fewest shares that are worth an amount of OMG wei, out of those that somebody has: what leaves or moves. All of them, if it is all she
 * has; undefined if it is more.
 */
export function sharesWorth(
  { tokens, shares }: Pick<StakePool, 'tokens' | 'shares'>,
  stake: Pick<Stake, 'shares' | 'amount'>,
  amount: bigint,
): bigint | undefined {
  if (amount > stake.amount || tokens === 0n) return undefined
  if (amount === stake.amount) return stake.shares
  return (amount * shares + tokens - 1n) / tokens
}

/** Stake on its way out. */
export interface Unbonding {
  readonly delegator: Address
  readonly validator: Address
  /** What it is worth now, in OMG wei: less than at the start if the validator was slashed since. */
  readonly amount: bigint
  /** Seconds; undefined until a set without it is published. */
  readonly withdrawableAt: bigint | undefined
}

/** An unbonding; undefined if it does not exist, or was withdrawn. */
export async function getUnbonding(
  reader: Reader,
  { unbondingId }: { readonly unbondingId: bigint },
): Promise<Unbonding | undefined> {
  const { ethereum } = reader
  const contract = bondingOf(reader)
  const args = [unbondingId] as const
  const [{ delegator, validator, amount }, at] = await Promise.all([
    ethereum.readContract({ ...contract, functionName: 'unbonding', args }),
    ethereum.readContract({ ...contract, functionName: 'withdrawableAt', args }),
  ])
  if (BigInt(delegator) === 0n) return undefined
  return {
    ...{ delegator: address(delegator), validator: address(validator), amount },
    withdrawableAt: at === 0n ? undefined : at,
  }
}

/** What stake of somebody with a validator has earned and not claimed, in wei of a token (zero is ETH). */
export function getEarned(
  { ethereum, deployment }: Reader,
  parameters: {
    readonly validator: Address
    readonly delegator: Address
    readonly token: Address
    /** Up to which set, default all that are divided. */
    readonly upTo?: bigint
  },
): Promise<bigint> {
  const { validator, delegator, token, upTo = 2n ** 64n - 1n } = parameters
  return ethereum.readContract({
    ...{ address: deployment.rewards, abi: rewardsAbi, functionName: 'earned' },
    args: [validator, delegator, token, upTo],
  })
}

/** How far the fees of a token are divided, and how far the checkpoints of a set are counted. */
export async function getRewardsProgress(
  { ethereum, deployment }: Reader,
  { token, validatorSetId }: { readonly token: Address; readonly validatorSetId: bigint },
): Promise<{
  /** The last set whose income was divided; 0 before the first. */
  readonly dividedUpTo: bigint
  /** What has come in for the set and is not divided yet. */
  readonly income: bigint
  /** Coins of the set whose exits are not swept. */
  readonly pending: bigint
  /** Checkpoints of the set that were counted. */
  readonly counted: bigint
  /** The next checkpoint to look through for the set; 0 before the first. */
  readonly nextCheckpoint: bigint
}> {
  const contract = { address: deployment.rewards, abi: rewardsAbi } as const
  const args = [token, validatorSetId] as const
  const [dividedUpTo, income, pending, [counted, nextCheckpoint]] = await Promise.all([
    ethereum.readContract({ ...contract, functionName: 'dividedUpTo', args: [token] }),
    ethereum.readContract({ ...contract, functionName: 'incomeOf', args }),
    ethereum.readContract({ ...contract, functionName: 'pending', args }),
    ethereum.readContract({ ...contract, functionName: 'tallied', args: [validatorSetId] }),
  ])
  return { dividedUpTo, income, pending, counted, nextCheckpoint }
}

const bondingOf = ({ deployment }: Reader) => ({ address: deployment.bonding, abi: bondingAbi }) as const
