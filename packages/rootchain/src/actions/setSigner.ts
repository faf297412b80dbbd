import type { TransactionReceipt } from 'viem'
import { bondingAbi } from '../abi.ts'
import type { RootChain } from '../client.ts'
import type { SendOptions } from '../send/transactionSender.ts'
import { writeContract } from '../send/writeContract.ts'
import type { SigningKeyProof } from './signingKey.ts'

export interface SetSignerParameters extends SendOptions {
  /** The new key, which has to say that it signs for the sender. */
  readonly key: SigningKeyProof
}

/**
 * Changes the key that signs checkpoints for the sender, a validator, from the next set on. Until the sets that name the old key
 * have ended, it goes on signing, and whatever it ever signed stays the sender's to answer for.
 *
 * @throws RevertedError `NotAValidator`, `SignerNotProven`, `MalformedSignature`, `SignerInUse`.
 */
export function setSigner(
  rootChain: RootChain,
  { key, ...options }: SetSignerParameters,
): Promise<TransactionReceipt> {
  const { bonding: address } = rootChain.deployment
  const args = [key.signer, key.signature] as const
  return writeContract(rootChain, { address, abi: bondingAbi, functionName: 'setSigner', args }, options)
}
