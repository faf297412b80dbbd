import { type Hash, type Hex, parseHex, ZERO_HASH } from '@omg/protocol'
import { decodeFunctionData } from 'viem'
import { rootChainAbi } from '../abi.ts'
import type { RootChain } from '../client.ts'

const BLOB_FLAG = 1

/** What Ethereum remembers of a checkpoint. */
export interface Checkpoint {
  readonly number: bigint
  readonly headerHash: Hash
  /** Ethereum time of acceptance, in seconds. */
  readonly acceptedAt: bigint
  /** The Ethereum block that it has seen. */
  readonly origin: bigint
  /** The last checkpoint up to this one without published data, 0 if there is none. */
  readonly lastNonDA: bigint
  readonly daMode: 'plasma' | 'blob'
  /** The set that signed it. */
  readonly validatorSetId: bigint
  /** Bit `i`: validator `i` of that set signed. */
  readonly signers: bigint
  /**
   * R7, in seconds: what was valid at this time, less the greatest age of an origin, counts in the checkpoint. `acceptedAt`, or the beginning
   * of the pause before it in which Ethereum took none.
   */
  readonly timelyFrom: bigint
}

/** An accepted checkpoint, undefined if Ethereum has none of that number. */
export async function getCheckpoint(
  { ethereum, deployment }: RootChain,
  { number }: { number: bigint },
): Promise<Checkpoint | undefined> {
  const contract = { address: deployment.rootChain, abi: rootChainAbi } as const
  const record = await ethereum.readContract({ ...contract, functionName: 'checkpoint', args: [number] })
  if (record.headerHash === ZERO_HASH) return undefined
  const { flags, headerHash, ...rest } = record
  const daMode = (flags & BLOB_FLAG) === 0 ? 'plasma' : 'blob'
  return { number, ...rest, headerHash: headerHash as Hash, daMode }
}

/** The number of the last accepted checkpoint, 0 before the first. */
export function getLastCheckpoint({ ethereum, deployment }: RootChain): Promise<bigint> {
  const contract = { address: deployment.rootChain, abi: rootChainAbi } as const
  return ethereum.readContract({ ...contract, functionName: 'lastCheckpoint' })
}

/** What was submitted for a checkpoint. */
export interface Submission {
  readonly header: Uint8Array
  /** 65 bytes each, in ascending order of signer. */
  readonly signatures: Uint8Array
}

/** The header and signatures in a transaction that submitted a checkpoint directly; undefined for any other. */
export async function getSubmission(
  { ethereum, deployment }: RootChain,
  { transactionHash }: { transactionHash: Hex },
): Promise<Submission | undefined> {
  const { to, input } = await ethereum.getTransaction({ hash: transactionHash })
  if (to?.toLowerCase() !== deployment.rootChain) return undefined
  try {
    const { functionName, args } = decodeFunctionData({ abi: rootChainAbi, data: input })
    if (functionName !== 'submitCheckpoint') return undefined
    const [header, signatures] = args.map(parseHex)
    return header?.ok && signatures?.ok ? { header: header.value, signatures: signatures.value } : undefined
  } catch {
    return undefined
  }
}
