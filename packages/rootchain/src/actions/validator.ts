import type { Address } from '@omg/protocol'
import type { TransactionReceipt } from 'viem'
import { bondingAbi } from '../abi.ts'
import type { RootChain } from '../client.ts'
import type { SendOptions } from '../send/transactionSender.ts'
import { writeContract } from '../send/writeContract.ts'

/** What contracts/src/Bonding.sol allows: bytes of a description, a commission, and its rise in an epoch in ten-thousandths. */
export const MAX_DESCRIPTION_BYTES = 512
export const MAX_COMMISSION_BPS = 5_000
export const MAX_COMMISSION_RISE_BPS = 100

export interface SetCommissionParameters extends SendOptions {
  /** Ten-thousandths of the delegators' rewards: at most half, and up by at most 100 an epoch once somebody has delegated. */
  readonly bps: number
}

/** Sets the part of the delegators' rewards that the sender, a validator, keeps, from the next set on. */
export function setCommission(
  rootChain: RootChain,
  { bps, ...options }: SetCommissionParameters,
): Promise<TransactionReceipt> {
  const call = { functionName: 'setCommission', args: [bps] } as const
  return writeContract(rootChain, { ...contractOf(rootChain), ...call }, options)
}

export interface DescribeValidatorParameters extends SendOptions {
  /** At most 512 bytes of UTF-8: name, address, contact. */
  readonly description: string
}

/** Says who the sender, a validator, is. */
export function describeValidator(
  rootChain: RootChain,
  { description, ...options }: DescribeValidatorParameters,
): Promise<TransactionReceipt> {
  const call = { functionName: 'describe', args: [description] } as const
  return writeContract(rootChain, { ...contractOf(rootChain), ...call }, options)
}

/**
 * Ends the jail of the sender after its term, and lets her stand in the next set if she is large enough.
 *
 * @throws RevertedError `NotJailed`, `IsJailed`.
 */
export function unjail(rootChain: RootChain, options: SendOptions = {}): Promise<TransactionReceipt> {
  const call = { functionName: 'unjail', args: [] } as const
  return writeContract(rootChain, { ...contractOf(rootChain), ...call }, options)
}

export interface JoinValidatorsParameters extends SendOptions {
  readonly validator: Address
}

/**
 * Puts a validator who was displaced, or fell below the smallest bond, among those of whom the next set is made. Anyone may.
 *
 * @throws RevertedError `ValidatorSetFull`, `BondTooSmall`, `IsJailed`, `AlreadyJoined`.
 */
export function joinValidators(
  rootChain: RootChain,
  { validator, ...options }: JoinValidatorsParameters,
): Promise<TransactionReceipt> {
  const call = { functionName: 'join', args: [validator] } as const
  return writeContract(rootChain, { ...contractOf(rootChain), ...call }, options)
}

/**
 * Publishes the validator set that follows from the stake as it is. Anyone may, once an epoch.
 *
 * @throws RevertedError `NothingChanged`, `EpochNotOver`.
 */
export function publishValidatorSet(
  rootChain: RootChain,
  options: SendOptions = {},
): Promise<TransactionReceipt> {
  const call = { functionName: 'publishValidatorSet', args: [] } as const
  return writeContract(rootChain, { ...contractOf(rootChain), ...call }, options)
}

const contractOf = ({ deployment }: RootChain) => ({ address: deployment.bonding, abi: bondingAbi }) as const
