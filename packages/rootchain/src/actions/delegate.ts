import type { Address } from '@omg/protocol'
import type { TransactionReceipt } from 'viem'
import { bondingAbi } from '../abi.ts'
import type { RootChain } from '../client.ts'
import type { SendOptions } from '../send/transactionSender.ts'
import { type Writer, writeContract } from '../send/writeContract.ts'
import { approve } from './approve.ts'

export interface DelegateParameters extends SendOptions {
  readonly validator: Address
  /** OMG wei. */
  readonly amount: bigint
  /** Whose stake it becomes; default the sender's. */
  readonly delegator?: Address
}

/**
 * Delegates OMG of the sender to a validator. It counts from the next set on, and answers with the rest of the validator's pool for what
 * she may still be slashed for. A missing allowance is approved first, in its own transaction.
 *
 * @throws RevertedError `NotAValidator`, `IsJailed`, `AmountIsZero`.
 */
export async function delegate(
  rootChain: Writer & Pick<RootChain, 'deployment'>,
  { validator, amount, delegator, ...options }: DelegateParameters,
): Promise<TransactionReceipt> {
  const { bonding, omgToken } = rootChain.deployment
  await approve(rootChain, { token: omgToken, spender: bonding, amount }, options)
  const contract = { address: bonding, abi: bondingAbi } as const
  return delegator
    ? writeContract(
        rootChain,
        { ...contract, functionName: 'delegateFor', args: [delegator, validator, amount] },
        options,
      )
    : writeContract(rootChain, { ...contract, functionName: 'delegate', args: [validator, amount] }, options)
}

export interface RedelegateParameters extends SendOptions {
  readonly from: Address
  readonly to: Address
  /** Shares of the pool of `from`: `getStake` tells how many there are. */
  readonly shares: bigint
}

/**
 * Moves stake of the sender to another validator, where it counts from the next set on. Until it could have been withdrawn it answers for
 * both, and moves no further.
 *
 * @throws RevertedError `SameValidator`, `NotAValidator`, `IsJailed`, `SharesExceeded`, `StillLiable`, `BondTooSmall` (of an own bond).
 */
export function redelegate(
  rootChain: RootChain,
  { from, to, shares, ...options }: RedelegateParameters,
): Promise<TransactionReceipt> {
  const { bonding: address } = rootChain.deployment
  const call = { functionName: 'redelegate', args: [from, to, shares] } as const
  return writeContract(rootChain, { address, abi: bondingAbi, ...call }, options)
}

export interface SettleRedelegationParameters extends SendOptions {
  /** Where the stake is now. */
  readonly validator: Address
  readonly delegator: Address
}

/** Charges stake that has moved for slashes of the validator it came from. Anyone may; it is also done before it moves again. */
export function settleRedelegation(
  rootChain: RootChain,
  { validator, delegator, ...options }: SettleRedelegationParameters,
): Promise<TransactionReceipt> {
  const { bonding: address } = rootChain.deployment
  const call = { functionName: 'settleRedelegation', args: [validator, delegator] } as const
  return writeContract(rootChain, { address, abi: bondingAbi, ...call }, options)
}
