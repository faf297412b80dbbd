import type { FeeSchedule } from '@omg/stake'
import type { TransactionReceipt } from 'viem'
import { feeVotesAbi } from '../abi.ts'
import type { RootChain } from '../client.ts'
import type { SendOptions } from '../send/transactionSender.ts'
import { type Writer, writeContract } from '../send/writeContract.ts'

export interface SetFeePreferenceParameters extends SendOptions {
  /** What the sender wants the fees to be; undefined to say nothing any more. */
  readonly preference: FeeSchedule | undefined
}

/**
 * Sets what the sender wants the fees of the chain to be, until she changes it: a validator for the stake behind her, a delegator for
 * her own (docs/fees.md). Counts from the epoch that begins after the chain's origin has passed the transaction.
 *
 * @throws RevertedError `PreferenceOutOfRange`, `NoPreference`.
 */
export async function setFeePreference(
  rootChain: Writer & Pick<RootChain, 'deployment'>,
  { preference, ...options }: SetFeePreferenceParameters,
): Promise<TransactionReceipt> {
  const contract = { address: rootChain.deployment.feeVotes, abi: feeVotesAbi } as const
  if (preference === undefined)
    return writeContract(rootChain, { ...contract, functionName: 'clearPreference', args: [] }, options)
  const { payment, item, makerBps, takerBps, unitsPerStep, steps, cancels } = preference
  const args = [
    {
      ...{ unitsPerStep, steps, cancels },
      payment: [...payment] as [bigint, bigint, bigint, bigint],
      item: [...item] as [bigint, bigint, bigint, bigint],
      makerBps: [...makerBps] as [number, number, number],
      takerBps: [...takerBps] as [number, number, number],
      accepted: preference.accepted.reduce((bits, is, lane) => bits | (is ? 1 << lane : 0), 0),
    },
  ] as const
  return writeContract(rootChain, { ...contract, functionName: 'setPreference', args }, options)
}
