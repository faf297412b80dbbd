import {
  checkpointDigest,
  concat,
  type Domain,
  encodeHeader,
  fromHex,
  type Hash,
  type Header,
  type Hex,
  headerHash,
  recoverSigner,
  toHex,
} from '@omg/protocol'
import type { TransactionReceipt } from 'viem'
import { rootChainAbi } from '../abi.ts'
import type { RootChain } from '../client.ts'
import { domainOf } from '../deployment.ts'
import type { BlobSidecar } from '../send/blobs.ts'
import type { SendOptions } from '../send/transactionSender.ts'
import { writeContract } from '../send/writeContract.ts'

export interface SubmitCheckpointParameters extends SendOptions {
  readonly header: Header
  /** The validators' signatures of the checkpoint's digest, in any order. */
  readonly signatures: readonly Hex[]
  /** Blob mode: one for each data commitment of the header, in its order. */
  readonly sidecars?: readonly BlobSidecar[]
}

/**
 * Submits a checkpoint. Anyone may; of two submitters of one checkpoint the second is refused with `WrongNumber`, which
 * is harmless.
 */
export async function submitCheckpoint(
  rootChain: RootChain,
  parameters: SubmitCheckpointParameters,
): Promise<TransactionReceipt> {
  const { header, signatures, sidecars } = parameters
  const sorted = bySigner(signatures, headerHash(header), domainOf(rootChain.deployment))
  const call = {
    address: rootChain.deployment.rootChain,
    abi: rootChainAbi,
    functionName: 'submitCheckpoint',
    args: [toHex(encodeHeader(header)), toHex(concat(...sorted))],
    ...(sidecars ? { sidecars } : {}),
  } as const
  return writeContract(rootChain, call, parameters)
}

/** Ethereum wants the signatures in ascending order of signer, so that none counts twice. */
function bySigner(signatures: readonly Hex[], hash: Hash, domain: Domain): Uint8Array[] {
  const digest = checkpointDigest(hash, domain)
  const signed = signatures.map(signature => {
    const signer = recoverSigner(digest, signature)
    if (!signer.ok) throw signer.error
    return { signer: signer.value, signature }
  })
  return signed.sort((a, b) => (a.signer < b.signer ? -1 : 1)).map(({ signature }) => fromHex(signature))
}
