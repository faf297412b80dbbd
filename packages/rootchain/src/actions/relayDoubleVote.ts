import { type Address, address, type Hash, type Header, headerHash } from '@omg/protocol'
import type { TransactionReceipt } from 'viem'
import type { RootChain } from '../client.ts'
import { rootChainError } from '../error.ts'
import { pause } from '../pause.ts'
import { getCheckpoint } from '../reads/checkpoints.ts'
import type { SendOptions } from '../send/transactionSender.ts'
import type { DoubleVote } from '../votes/read.ts'
import {
  commitProof,
  getRevealBlock,
  type Offence,
  type PlannedProof,
  type ProofParameters,
  proveOffence,
} from './proveOffence.ts'

export interface RelayDoubleVoteParameters extends SendOptions {
  /** As {@link readDoubleVote} reads them from CometBFT's RPC. */
  readonly votes: DoubleVote
  /** The header of the checkpoint with the block of a height, undefined while there is none. */
  readonly headerAt: (height: bigint) => Promise<Header | undefined> | Header | undefined
  /** Who is paid; default the sender. */
  readonly prover?: Address
  /** 32 random bytes; the same again after a restart goes on with what was committed. Default: new ones. */
  readonly salt?: Hash
  readonly pollMilliseconds?: number
}

const POLL_MS = 1_000
/** CometBFT lets the validators that a block decides on vote from the second height after it. */
const ENGINE_DELAY = 2n

/** The height of the block that decided who votes at a height. */
export const decidingHeight = (height: bigint): bigint => (height > ENGINE_DELAY ? height - ENGINE_DELAY : 1n)

/**
 * Takes two conflicting votes to Ethereum: waits until the checkpoint with the block that decided who votes there is accepted, commits
 * to the proof, waits for `revealDelayBlocks`, and shows it. Of several relayers one is paid, and the others are refused with
 * `AlreadyPunished`, which is harmless.
 *
 * @throws OmgError `vote.invalid` for two votes that are not of one height, round and type; what {@link proveOffence} throws.
 */
export async function relayDoubleVote(
  rootChain: RootChain,
  {
    votes,
    headerAt,
    prover,
    salt = randomSalt(),
    pollMilliseconds = POLL_MS,
    ...options
  }: RelayDoubleVoteParameters,
): Promise<TransactionReceipt> {
  if (!rootChain.sender) throw rootChainError('ethereum.no_account', 'a proof needs an account')
  const payee = prover ?? address(rootChain.sender.address)

  let header = await acceptedHeader(rootChain, votes, headerAt)
  while (header === undefined) {
    await wait(pollMilliseconds, options.signal)
    header = await acceptedHeader(rootChain, votes, headerAt)
  }
  const offence: Offence = { kind: 'doubleVote', votes, header }
  return relayOffence(rootChain, { offence, prover: payee, salt, pollMilliseconds, ...options })
}

export interface RelayOffenceParameters extends SendOptions, PlannedProof {
  readonly pollMilliseconds?: number
}

/**
 * Takes an offence to Ethereum: commits to its proof, waits for `revealDelayBlocks`, and shows it (A39). With the same salt it goes on where
 * it was left.
 *
 * @throws what {@link proveOffence} throws.
 */
export async function relayOffence(
  rootChain: RootChain,
  { pollMilliseconds = POLL_MS, ...parameters }: RelayOffenceParameters,
): Promise<TransactionReceipt> {
  for (;;) {
    const receipt = await advanceProof(rootChain, parameters)
    if (receipt) return receipt
    await wait(pollMilliseconds, parameters.signal)
  }
}

/**
 * The next step of a proof, for those who do not wait: commits to it, or shows it once its time has come. Undefined until it is shown.
 *
 * @throws what {@link proveOffence} throws.
 */
export async function advanceProof(
  rootChain: RootChain,
  parameters: ProofParameters,
): Promise<TransactionReceipt | undefined> {
  // A reorganisation may take a commitment back: then it is made again.
  const from = await getRevealBlock(rootChain, parameters)
  if (from === undefined) {
    await commitProof(rootChain, parameters)
    return undefined
  }
  // A transaction that is sent now is in the next block at the earliest.
  if ((await rootChain.ethereum.getBlockNumber({ cacheTime: 0 })) < from) return undefined
  return proveOffence(rootChain, parameters)
}

async function acceptedHeader(
  rootChain: RootChain,
  [{ height }]: DoubleVote,
  headerAt: RelayDoubleVoteParameters['headerAt'],
): Promise<Header | undefined> {
  const header = await headerAt(decidingHeight(height))
  if (!header) return undefined
  const accepted = await getCheckpoint(rootChain, { number: header.checkpoint })
  return accepted?.headerHash === headerHash(header) ? header : undefined
}

function randomSalt(): Hash {
  const bytes = crypto.getRandomValues(new Uint8Array(32))
  return `0x${Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')}` as Hash
}

async function wait(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  await pause(milliseconds, signal)
  if (signal?.aborted) throw rootChainError('ethereum.aborted', 'the proof was not shown')
}
