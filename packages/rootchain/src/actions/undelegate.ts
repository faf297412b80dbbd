import type { Address } from '@omg/protocol'
import { parseEventLogs, type TransactionReceipt } from 'viem'
import { bondingAbi } from '../abi.ts'
import type { RootChain } from '../client.ts'
import type { SendOptions } from '../send/transactionSender.ts'
import { writeContract } from '../send/writeContract.ts'

/** Stake on its way out. */
export interface StartedUnbonding {
  readonly unbondingId: bigint
  /** OMG wei, unless the validator is slashed meanwhile. */
  readonly amount: bigint
  readonly shares: bigint
}

export interface UndelegateParameters extends SendOptions {
  readonly validator: Address
  /** Shares of her pool: `getStake` tells how many there are. */
  readonly shares: bigint
}

/**
 * Starts to take stake of the sender out of a validator's pool. `getUnbonding` tells when it can be withdrawn.
 *
 * @throws RevertedError `SharesExceeded`, `StillLiable` (it came from another validator lately), `AmountIsZero`.
 */
export async function undelegate(
  rootChain: RootChain,
  { validator, shares, ...options }: UndelegateParameters,
): Promise<StartedUnbonding> {
  const call = { functionName: 'undelegate', args: [validator, shares] } as const
  return startedIn(await writeContract(rootChain, { ...contractOf(rootChain), ...call }, options))
}

export interface UnbondParameters extends SendOptions {
  /** OMG wei. */
  readonly amount: bigint
}

/**
 * Starts to take out of the sender's own bond, who is a validator. What is left is nothing or at least the smallest bond.
 *
 * @throws RevertedError `NotAValidator`, `AmountExceedsBond`, `BondTooSmall`, `StillLiable`.
 */
export async function unbond(
  rootChain: RootChain,
  { amount, ...options }: UnbondParameters,
): Promise<StartedUnbonding> {
  const call = { functionName: 'unbond', args: [amount] } as const
  return startedIn(await writeContract(rootChain, { ...contractOf(rootChain), ...call }, options))
}

export interface WithdrawStakeParameters extends SendOptions {
  readonly unbondingId: bigint
  /** Default the sender. */
  readonly recipient?: Address
}

/**
 * Pays out an unbonding of the sender whose time has come.
 *
 * @throws RevertedError `StillSlashable`, `UnknownUnbonding`.
 */
export function withdrawStake(
  rootChain: RootChain,
  { unbondingId, recipient, ...options }: WithdrawStakeParameters,
): Promise<TransactionReceipt> {
  const to = recipient ?? (rootChain.sender?.address as Address)
  const call = { functionName: 'withdraw', args: [unbondingId, to] } as const
  return writeContract(rootChain, { ...contractOf(rootChain), ...call }, options)
}

function startedIn({ logs, transactionHash }: TransactionReceipt): StartedUnbonding {
  const [started] = parseEventLogs({ abi: bondingAbi, eventName: 'Undelegated', logs })
  if (!started) throw new Error(`nothing started to unbond in transaction ${transactionHash}`)
  const { unbondingId, amount, shares } = started.args
  return { unbondingId, amount, shares }
}

const contractOf = ({ deployment }: RootChain) => ({ address: deployment.bonding, abi: bondingAbi }) as const
