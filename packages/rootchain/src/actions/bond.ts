import type { TransactionReceipt } from 'viem'
import { bondingAbi } from '../abi.ts'
import type { RootChain } from '../client.ts'
import type { SendOptions } from '../send/transactionSender.ts'
import { type Writer, writeContract } from '../send/writeContract.ts'
import { approve } from './approve.ts'
import type { SigningKeyProof } from './signingKey.ts'

export interface BondParameters extends SendOptions {
  /** OMG wei. */
  readonly amount: bigint
  /** The key that will sign checkpoints, which has to say so. Not looked at if the sender is a validator already: `setSigner` changes it. */
  readonly key: SigningKeyProof
}

/**
 * Bonds OMG of the sender: as a new validator, from the next set on, or on top of its bond. A missing allowance is approved first,
 * in its own transaction.
 *
 * @throws RevertedError `SignerNotProven` or `MalformedSignature` (the proof is not of this key, for this account and this network),
 * `SignerInUse` (it stands for another account), `BondTooSmall`, `ValidatorSetFull`.
 */
export async function bond(
  rootChain: Writer & Pick<RootChain, 'deployment'>,
  { amount, key, ...options }: BondParameters,
): Promise<TransactionReceipt> {
  const { bonding, omgToken } = rootChain.deployment
  await approve(rootChain, { token: omgToken, spender: bonding, amount }, options)
  const args = [amount, key.signer, key.signature] as const
  const call = { address: bonding, abi: bondingAbi, functionName: 'bond', args } as const
  return writeContract(rootChain, call, options)
}
