import type { Address, Hex } from '@omg/protocol'
import type { TransactionReceipt } from 'viem'
import { slashingAbi } from '../abi.ts'
import type { RootChain } from '../client.ts'
import type { SendOptions } from '../send/transactionSender.ts'
import { writeContract } from '../send/writeContract.ts'

/** How many checkpoints a report of downtime is about, and how many of them a validator has to sign: contracts/src/Slashing.sol. */
export const DOWNTIME = { window: 64n, minimum: 4n } as const

export interface ReportDowntimeParameters extends SendOptions {
  /** The key that did not sign. */
  readonly signer: Address
  /** The first checkpoint of the window, which ends within the last {@link DOWNTIME} checkpoints. */
  readonly from: bigint
}

/**
 * Says that a key signs almost no checkpoint. Its owner has the response window to show signatures that submitters left out.
 *
 * @throws RevertedError `NotDown`, `WrongWindow`, `AlreadyReported`, `NotAKey`.
 */
export function reportDowntime(
  rootChain: RootChain,
  { signer, from, ...options }: ReportDowntimeParameters,
): Promise<TransactionReceipt> {
  const call = { functionName: 'reportDowntime', args: [signer, from] } as const
  return writeContract(rootChain, { ...contractOf(rootChain), ...call }, options)
}

export interface ShowSignaturesParameters extends SendOptions {
  /** Signatures of accepted checkpoints, each of a member of the set of the checkpoint. */
  readonly shown: readonly { readonly checkpoint: bigint; readonly signature: Hex }[]
}

/** Shows signatures that submitters left out: the answer to a report. Anyone may. */
export function showSignatures(
  rootChain: RootChain,
  { shown, ...options }: ShowSignaturesParameters,
): Promise<TransactionReceipt> {
  const args = [shown.map(({ checkpoint }) => checkpoint), shown.map(({ signature }) => signature)] as const
  return writeContract(rootChain, { ...contractOf(rootChain), functionName: 'showSignatures', args }, options)
}

export interface ConcludeDowntimeParameters extends SendOptions {
  readonly signer: Address
}

/** Ends a report after the time to answer: jails the validator, or drops it. Anyone may. */
export function concludeDowntime(
  rootChain: RootChain,
  { signer, ...options }: ConcludeDowntimeParameters,
): Promise<TransactionReceipt> {
  const call = { functionName: 'concludeDowntime', args: [signer] } as const
  return writeContract(rootChain, { ...contractOf(rootChain), ...call }, options)
}

/** An open report, undefined if there is none. Times in seconds. */
export async function getDowntimeReport(
  rootChain: Pick<RootChain, 'ethereum' | 'deployment'>,
  { signer }: { readonly signer: Address },
): Promise<{ readonly from: bigint; readonly answerBy: bigint } | undefined> {
  const call = { functionName: 'report', args: [signer] } as const
  const [from, answerBy] = await rootChain.ethereum.readContract({ ...contractOf(rootChain), ...call })
  return answerBy === 0n ? undefined : { from, answerBy }
}

const contractOf = ({ deployment }: Pick<RootChain, 'deployment'>) =>
  ({ address: deployment.slashing, abi: slashingAbi }) as const
