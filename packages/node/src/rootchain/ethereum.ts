import { type LockFact, listingFactOf, lockFactOf } from '@omg/ledger'
import type { Hash, Header } from '@omg/protocol'
import {
  createEventReader,
  createRootChain,
  type Deployment,
  decodeEventCursor,
  type EventReader,
  type EventStep,
  encodeEventCursor,
  getLastCheckpoint,
  getValidatorSet,
  RevertedError,
  type RootChain,
  submitCheckpoint,
} from '@omg/rootchain'
import type { LocalAccount } from 'viem'
import { nodeError } from '../errors.ts'
import type {
  CheckpointSignature,
  CheckpointSink,
  OriginBlock,
  RootChainSource,
  SeenListing,
  SourceStep,
  SubmissionOptions,
} from './seam.ts'

export interface EthereumOptions {
  deployment: Deployment
  urls: readonly string[]
  finalityDepth: number
}

/** Validators of the set that signs, with their power. */
export interface ValidatorSetOnEthereum {
  id: bigint
  validators: readonly { address: `0x${string}`; power: bigint }[]
}

/** Final blocks of Ethereum through @omg/rootchain's reader, which checks the endpoints against each other and the contracts. */
export function ethereumSource(options: EthereumOptions & { cursor: string | undefined }): RootChainSource {
  let reader: EventReader | undefined
  const { deployment, urls, finalityDepth, cursor } = options
  const open = () =>
    createEventReader({
      deployment,
      urls,
      confirmations: finalityDepth,
      ...(cursor === undefined ? {} : { cursor: decodeEventCursor(cursor) }),
    })
  return {
    async poll() {
      // Without a cursor the reader must ask Ethereum where to start; while that fails, so does every poll.
      reader ??= await open()
      return translate(await reader.poll())
    },
  }
}

function translate(step: EventStep): SourceStep {
  switch (step.kind) {
    case 'failed':
      return { kind: 'failed', error: step.error, retryInMs: step.retryInMs }
    case 'idle':
      return { kind: 'idle', head: step.head }
    case 'reorganised':
      return {
        kind: 'reorganised',
        ancestor: originOf(step.ancestor),
        head: step.head,
        cursor: encodeEventCursor(step.cursor),
      }
    case 'advanced':
      return advanced(step)
  }
}

function advanced(step: Extract<EventStep, { kind: 'advanced' }>): SourceStep {
  const { events } = step
  return {
    kind: 'advanced',
    blocks: step.blocks.map(originOf),
    deposits: events
      .filter(event => event.kind === 'deposit')
      .map(({ index, output, position, block }) => ({ index, output, position, block: block.number })),
    locks: events.flatMap(locksOf),
    listings: events.flatMap(listingsOf),
    checkpoints: events
      .filter(event => event.kind === 'checkpoint')
      .map(({ number, headerHash, lastNonDA, block, transactionHash }) => {
        const transaction = transactionHash as Hash
        const { number: at, timestamp: time } = block
        return { number, headerHash, lastNonDA, block: at, time, transaction }
      }),
    head: step.head,
    cursor: encodeEventCursor(step.cursor),
  }
}

type ReadEvent = Extract<EventStep, { kind: 'advanced' }>['events'][number]

function locksOf(event: ReadEvent): LockFact[] {
  if (event.kind !== 'contract') return []
  const fact = lockFactOf(event.eventName, event.args, event.block.number)
  return fact === undefined ? [] : [fact]
}

function listingsOf(event: ReadEvent): SeenListing[] {
  if (event.kind !== 'contract' || event.contract !== 'markets') return []
  const fact = listingFactOf(event.eventName, event.args, event.block.number)
  return fact === undefined ? [] : [{ index: event.args.index, fact }]
}

function originOf({
  number,
  hash,
  timestamp,
}: {
  number: bigint
  hash: string
  timestamp: bigint
}): OriginBlock {
  return { number, hash: hash as Hash, timestamp }
}

/** Sends checkpoints with a local key; stuck transactions are replaced at a higher fee. */
export function ethereumSink(options: EthereumOptions & { account: LocalAccount }): CheckpointSink {
  const rootChain = createRootChain(options)
  return {
    lastCheckpoint: () => getLastCheckpoint(rootChain),
    feePerBlobGas: () => rootChain.ethereum.getBlobBaseFee(),
    submit: (header, signatures, submission) => submit(rootChain, header, signatures, submission),
  }
}

async function submit(
  rootChain: RootChain,
  header: Header,
  signatures: readonly CheckpointSignature[],
  { signal, sidecars = [] }: SubmissionOptions,
): Promise<'accepted' | 'refused'> {
  try {
    const list = signatures.map(({ signature }) => signature)
    // Without a transaction there is nothing to publish, and a transaction with blobs has one at least.
    const blobs = sidecars.length > 0 ? { sidecars } : {}
    const receipt = await submitCheckpoint(rootChain, { header, signatures: list, signal, ...blobs })
    return receipt.status === 'success' ? 'accepted' : 'refused'
  } catch (error) {
    // Somebody else was first: that is what we wanted.
    if (error instanceof RevertedError && (await getLastCheckpoint(rootChain)) >= header.checkpoint)
      return 'accepted'
    throw error
  }
}

/** The current validator set. Errors (thrown): ethereum.unavailable. */
export async function readValidatorSet(options: EthereumOptions): Promise<ValidatorSetOnEthereum> {
  const set = await getValidatorSet(createRootChain(options)).catch(cause => {
    throw nodeError('ethereum.unavailable', 'The validator set cannot be read.', cause)
  })
  if (!set) throw nodeError('ethereum.unavailable', 'No validator set is published on Ethereum yet.')
  return {
    id: set.id,
    validators: set.validators.map(({ signer, bond }) => ({ address: signer, power: bond })),
  }
}
