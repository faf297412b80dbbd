import { type LockFact, lockFactOf, marketFactOf } from '@omg/ledger'
import {
  type Address,
  addressOfPublicKey,
  type Domain,
  type Hash,
  type Header,
  recoverPublicKey,
  signingKeyDigest,
} from '@omg/protocol'
import {
  createEventReader,
  createRootChain,
  type Deployment,
  decodeEventCursor,
  domainOf,
  type EventReader,
  type EventStep,
  encodeEventCursor,
  getLastCheckpoint,
  getValidatorSet,
  RevertedError,
  type RootChain,
  submitCheckpoint,
} from '@omg/rootchain'
import { type StakeFact, stakeFactsOf } from '@omg/stake'
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
import type { SetMember, ValidatorFact, ValidatorSet } from './validator-sets.ts'

export interface EthereumOptions {
  deployment: Deployment
  urls: readonly string[]
  finalityDepth: number
}

/** Number of the first validator set of a deployment. */
const FIRST_SET = 1n
/** Pause before the members of a set are asked for again, in milliseconds. */
const MEMBERS_RETRY_MILLISECONDS = 1_000

/** Final blocks of Ethereum through @omg/rootchain's reader, which checks the endpoints against each other and the contracts. */
export function ethereumSource(options: EthereumOptions & { cursor: string | undefined }): RootChainSource {
  let reader: EventReader | undefined
  /** What was read and not handed out yet: the members of a validator set in it are asked for one by one. */
  let read: EventStep | undefined
  const { deployment, urls, finalityDepth, cursor } = options
  const rootChain = createRootChain(options)
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
      read ??= await reader.poll()
      const step = await translate(read, rootChain)
      if (step.kind !== 'failed' || read.kind === 'failed') read = undefined
      return step
    },
  }
}

async function translate(step: EventStep, rootChain: RootChain): Promise<SourceStep> {
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
      return advanced(step, rootChain)
  }
}

async function advanced(
  step: Extract<EventStep, { kind: 'advanced' }>,
  rootChain: RootChain,
): Promise<SourceStep> {
  const { events } = step
  const validators = await validatorsOf(events, rootChain)
  if (!validators) {
    const error = nodeError('ethereum.unavailable', 'The members of a validator set cannot be read.')
    return { kind: 'failed', error, retryInMs: MEMBERS_RETRY_MILLISECONDS }
  }
  return {
    kind: 'advanced',
    blocks: step.blocks.map(originOf),
    deposits: events
      .filter(event => event.kind === 'deposit')
      .map(({ index, output, position, block }) => ({ index, output, position, block: block.number })),
    locks: events.flatMap(locksOf),
    listings: events.flatMap(listingsOf),
    stakes: events.flatMap(stakesOf),
    validators,
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
  const fact = marketFactOf(event.eventName, event.args, event.block.number)
  return fact === undefined ? [] : [{ index: event.args.index, fact }]
}

function stakesOf(event: ReadEvent): StakeFact[] {
  if (event.kind !== 'contract') return []
  return stakeFactsOf(event.eventName, event.args, event.block.number)
}

/** What events say about who validates; undefined while the members of a set cannot be read. */
async function validatorsOf(
  events: readonly ReadEvent[],
  rootChain: RootChain,
): Promise<ValidatorFact[] | undefined> {
  const facts: ValidatorFact[] = []
  for (const event of events) {
    if (event.kind !== 'contract') continue
    const block = event.block.number
    if (event.eventName === 'ValidatorSetPublished') {
      const set = await readSet(rootChain, event.args.id).catch(() => undefined)
      if (!set) return undefined
      facts.push({ kind: 'set', block, ...set })
    } else if ((event.eventName as string) === 'SignerProven') {
      const publicKey = provenKey(event.args as unknown as SignerProof, domainOf(rootChain.deployment))
      if (publicKey) facts.push({ kind: 'key', block, ...publicKey })
    }
  }
  return facts
}

interface SignerProof {
  readonly validator: string
  readonly signer: string
  readonly proof: `0x${string}`
}

/** Bonding has checked the proof, so the key that it recovers to is the signer's: an endpoint cannot make up another. */
function provenKey(
  { validator, signer, proof }: SignerProof,
  domain: Domain,
): Pick<Extract<ValidatorFact, { kind: 'key' }>, 'signer' | 'publicKey'> | undefined {
  const key = signer.toLowerCase() as Address
  const claim = { validator: validator.toLowerCase() as Address, signer: key }
  const publicKey = recoverPublicKey(signingKeyDigest(claim, domain), proof)
  return publicKey.ok && addressOfPublicKey(publicKey.value) === key
    ? { signer: key, publicKey: publicKey.value }
    : undefined
}

/** A set never changes once it is published, so the newest block of Ethereum knows it as well as that of the event. */
async function readSet(rootChain: RootChain, id: bigint): Promise<ValidatorSet | undefined> {
  const set = await getValidatorSet(rootChain, { id })
  return set && { id, validators: set.validators.map(memberOf) }
}

function memberOf({ signer, bond }: { signer: Address; bond: bigint }): SetMember {
  return { address: signer, power: bond }
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

/** The first validator set, which rules until an origin has seen one: the same for every node. Errors (thrown): ethereum.unavailable. */
export async function readFirstSet(options: EthereumOptions): Promise<ValidatorSet> {
  const set = await readSet(createRootChain(options), FIRST_SET).catch(cause => {
    throw nodeError('ethereum.unavailable', 'The validator set cannot be read.', cause)
  })
  if (!set) throw nodeError('ethereum.unavailable', 'No validator set is published on Ethereum yet.')
  return set
}
