import type { Address, PublicClient } from 'viem'
import { versionedHash } from './blobs.ts'
import type { TransactionRequest } from './transactionSender.ts'

/**
 * Extra gas, in percent: state may change between the estimate and the block. A new validator set in between makes taking stake out
 * dearer by two fresh entries of its history, a third. What is not used costs nothing.
 */
const GAS_MARGIN_PERCENT = 50n

/** The gas that a transaction may take, with room for what changes until it is in a block. */
export async function gasLimit(
  client: PublicClient,
  from: Address,
  { sidecars, ...call }: TransactionRequest,
): Promise<bigint> {
  // The blobs themselves need not travel for that: a contract sees only their hashes.
  const blobs = sidecars ? { blobVersionedHashes: sidecars.map(versionedHash) } : {}
  const estimate = await client.estimateGas({ account: from, ...call, ...blobs } as never)
  return (estimate * (100n + GAS_MARGIN_PERCENT)) / 100n
}
