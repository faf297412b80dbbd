import { type Address, address, type OutputId } from '@omg/protocol'
import { parseEventLogs, type TransactionReceipt } from 'viem'
import { rewardsAbi } from '../abi.ts'
import type { RootChain } from '../client.ts'
import { getBonds } from '../reads/exits.ts'
import type { SendOptions } from '../send/transactionSender.ts'
import { writeContract } from '../send/writeContract.ts'
import { inclusionOf, type Origin } from './evidence.ts'

export interface CollectFeesParameters extends SendOptions, Origin {}

/** A fee coin on its way to Ethereum. */
export interface CollectedFees {
  readonly exitId: OutputId
  /** Whose income it becomes. */
  readonly validatorSetId: bigint
  readonly token: Address
  readonly amount: bigint
}

/** Starts the exit of a coin that the chain paid to the rewards. The sender puts up the bond. Anyone may. */
export async function collectFees(
  rootChain: RootChain,
  { creator, inclusion, ...options }: CollectFeesParameters,
): Promise<CollectedFees> {
  const { standardExit: value } = await getBonds(rootChain)
  const call = { functionName: 'collect', args: [creator, inclusionOf(inclusion)], value } as const
  const { logs } = await writeContract(rootChain, { ...contractOf(rootChain), ...call }, options)
  const [collected] = parseEventLogs({ abi: rewardsAbi, eventName: 'Collected', logs })
  const { exitId, validatorSetId, token, amount } = collected!.args
  return { exitId: exitId as OutputId, validatorSetId, token: address(token), amount }
}

export interface SweepFeesParameters extends SendOptions {
  readonly exitId: OutputId
}

/**
 * Takes what the exit of a fee coin has brought, once it is over. The bond waits for who put it up. Anyone may. Returns the amount in wei of the
 * token; 0 if the exit was challenged, or nothing was due.
 *
 * @throws RevertedError `ExitStillOpen`, `NotCollected`.
 */
export async function sweepFees(
  rootChain: RootChain,
  { exitId, ...options }: SweepFeesParameters,
): Promise<bigint> {
  const call = { functionName: 'sweep', args: [exitId] } as const
  const { logs } = await writeContract(rootChain, { ...contractOf(rootChain), ...call }, options)
  const [swept] = parseEventLogs({ abi: rewardsAbi, eventName: 'Swept', logs })
  return swept!.args.amount
}

/** Checkpoints that one call looks through at most, so that it fits into a block: about 8,000 gas each. */
export const MAX_TALLY_CHECKPOINTS = 1_000n

export interface TallyParticipationParameters extends SendOptions {
  readonly validatorSetId: bigint
  /** The first checkpoint to look through, and the last one: at most {@link MAX_TALLY_CHECKPOINTS} of them. */
  readonly from: bigint
  readonly to: bigint
}

/**
 * Counts who of a set has signed which accepted checkpoints. Anyone may.
 *
 * @throws RevertedError `WrongRange` (there is a gap before, or it goes beyond the last checkpoint), `UnknownSet`.
 */
export function tallyParticipation(
  rootChain: RootChain,
  { validatorSetId, from, to, ...options }: TallyParticipationParameters,
): Promise<TransactionReceipt> {
  const call = { functionName: 'tally', args: [validatorSetId, from, to] } as const
  return writeContract(rootChain, { ...contractOf(rootChain), ...call }, options)
}

export interface DivideFeesParameters extends SendOptions {
  /** Zero is ETH. */
  readonly token: Address
  readonly upTo: bigint
}

/**
 * Divides the income of all sets up to `upTo` that are not divided yet. Anyone may.
 *
 * @throws RevertedError `TooEarly`, `ExitsPending`, `NotTallied`, `AlreadyDivided`.
 */
export function divideFees(
  rootChain: RootChain,
  { token, upTo, ...options }: DivideFeesParameters,
): Promise<TransactionReceipt> {
  const call = { functionName: 'divide', args: [token, upTo] } as const
  return writeContract(rootChain, { ...contractOf(rootChain), ...call }, options)
}

export interface ClaimRewardsParameters extends SendOptions {
  readonly validator: Address
  /** Zero is ETH. */
  readonly token: Address
  /** Up to which set, default all that are divided. Sets by the thousand need several claims. */
  readonly upTo?: bigint
  /** Default the sender. */
  readonly recipient?: Address
}

/**
 * Pays what stake of the sender with a validator has earned. Returns the amount in wei of the token.
 *
 * @throws RevertedError `NothingToClaim`.
 */
export async function claimRewards(
  rootChain: RootChain,
  { validator, token, upTo = 2n ** 64n - 1n, recipient, ...options }: ClaimRewardsParameters,
): Promise<bigint> {
  const to = recipient ?? (rootChain.sender?.address as Address)
  const call = { functionName: 'claim', args: [validator, token, upTo, to] } as const
  const { logs } = await writeContract(rootChain, { ...contractOf(rootChain), ...call }, options)
  const [claimed] = parseEventLogs({ abi: rewardsAbi, eventName: 'Claimed', logs })
  return claimed!.args.amount
}

/** Bonds of fee coins that came back for an account and were not withdrawn, in wei. */
export function getCollectionBonds(
  { ethereum, deployment }: Pick<RootChain, 'ethereum' | 'deployment'>,
  { payer }: { readonly payer: Address },
): Promise<bigint> {
  const contract = contractOf({ deployment })
  return ethereum.readContract({ ...contract, functionName: 'bondsOf', args: [payer] })
}

/**
 * Sends the sender the bonds of the fee coins that she collected.
 *
 * @throws RevertedError `NothingToClaim`.
 */
export function withdrawCollectionBonds(
  rootChain: RootChain,
  options: SendOptions = {},
): Promise<TransactionReceipt> {
  const call = { functionName: 'withdrawBond', args: [rootChain.sender?.address as Address] } as const
  return writeContract(rootChain, { ...contractOf(rootChain), ...call }, options)
}

export interface PayInsuranceParameters extends SendOptions {
  /** Zero is ETH. */
  readonly token: Address
}

/**
 * Pays the insurance what divisions have left for it. Anyone may. Returns the amount in wei of the token.
 *
 * @throws RevertedError `NothingToClaim`.
 */
export async function payInsurance(
  rootChain: RootChain,
  { token, ...options }: PayInsuranceParameters,
): Promise<bigint> {
  const call = { functionName: 'payInsurance', args: [token] } as const
  const { logs } = await writeContract(rootChain, { ...contractOf(rootChain), ...call }, options)
  const [paid] = parseEventLogs({ abi: rewardsAbi, eventName: 'InsurancePaid', logs })
  return paid!.args.amount
}

const contractOf = ({ deployment }: Pick<RootChain, 'deployment'>) =>
  ({ address: deployment.rewards, abi: rewardsAbi }) as const
