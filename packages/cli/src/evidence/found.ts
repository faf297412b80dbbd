/** Offences of validators as a node and Ethereum tell of them: double votes, two headers of one checkpoint, downtime. */
import {
  type Address,
  address,
  checkpointDigest,
  consensusChainId,
  decodeHeader,
  fromHex,
  type Hash,
  type Header,
  type Hex,
  headerHash,
  parseHex,
  recoverSigner,
  SIGNATURE_BYTES,
  toHex,
  unwrap,
} from '@omg/protocol'
import {
  bondingAbi,
  DOWNTIME,
  decidingHeight,
  domainOf,
  getCheckpoint,
  getDowntimeReport,
  getLastCheckpoint,
  getParticipation,
  getStakePool,
  getSubmission,
  isPunished,
  type Offence,
  type RootChain,
  readDoubleVote,
  recoverVoter,
  rootChainAbi,
} from '@omg/rootchain'
import { cliError } from '../error.ts'

/** Accepted checkpoints, the newest ones, whose headers are compared with those of the node. */
const COMPARED_CHECKPOINTS = 64n

/**
 * `found`: nobody has taken it to Ethereum. `committed`: we have announced the proof (A39). `reported`: the validator may answer. `due`: the time to
 * answer is over. `slashed`, `jailed`: done.
 */
export type OffenceState = 'found' | 'committed' | 'reported' | 'due' | 'slashed' | 'jailed'

export interface FoundOffence {
  /** Kind, place and key: the same on every node. */
  readonly id: string
  readonly kind: Offence['kind'] | 'downtime'
  /** The key that did it. */
  readonly signer: Address
  /** Whose key it is; undefined: nobody's who ever bonded. */
  readonly validator: Address | undefined
  /** Height of the votes, number of the checkpoint, or first checkpoint of the window. */
  readonly at: bigint
  readonly state: OffenceState
  /** What Ethereum has to see; undefined for downtime, which it sees by itself, and while it cannot be proven yet. */
  readonly offence: Offence | undefined
}

/** Asks the node one of its methods. Errors: thrown. */
export type AskNode = <T>(method: string, params: object) => Promise<T>

interface Evidence {
  evidence: { height: string; items: readonly unknown[] }[]
}

interface ClosedCheckpoint {
  header: Hex
  headerHash: Hash
  signatures: { validator: Address; signature: Hex }[]
}

/** Everything that is known, the oldest first of each kind. */
export async function findOffences(rootChain: RootChain, ask: AskNode): Promise<FoundOffence[]> {
  const found = [
    ...(await doubleVotes(rootChain, ask)),
    ...(await twoHeaders(rootChain, ask)),
    ...(await downtimes(rootChain)),
  ]
  // Several blocks may hold the same evidence.
  return found.filter(({ id }, i) => found.findIndex(other => other.id === id) === i)
}

async function doubleVotes(rootChain: RootChain, ask: AskNode): Promise<FoundOffence[]> {
  const chainId = consensusChainId(domainOf(rootChain.deployment))
  const { evidence } = await ask<Evidence>('omg_getEvidence', {})
  const found: FoundOffence[] = []
  for (const item of evidence.flatMap(({ items }) => items)) {
    const votes = unwrap(readDoubleVote(item))
    if (votes === undefined) continue
    const [{ height }] = votes
    const signer = unwrap(recoverVoter(votes[0], chainId))
    const header = await acceptedHeader(rootChain, ask, decidingHeight(height))
    const offence: Offence | undefined = header && { kind: 'doubleVote', votes, header }
    found.push(await standing(rootChain, { kind: 'doubleVote', signer, at: height, offence }))
  }
  return found
}

/** The header of the accepted checkpoint with a block, undefined while there is none. */
async function acceptedHeader(
  rootChain: RootChain,
  ask: AskNode,
  height: bigint,
): Promise<Header | undefined> {
  const { checkpoint } = await ask<{ checkpoint: string }>('omg_getBlock', { height: String(height) })
  const accepted = await getCheckpoint(rootChain, { number: BigInt(checkpoint) })
  if (accepted === undefined) return undefined
  const closed = await ask<ClosedCheckpoint>('omg_getCheckpoint', { number: checkpoint })
  return closed.headerHash === accepted.headerHash ? unwrap(decodeHeader(fromHex(closed.header))) : undefined
}

/** Ethereum has accepted another header of a number than the chain has: whoever signed both has stolen, or tried to (F1). */
async function twoHeaders(rootChain: RootChain, ask: AskNode): Promise<FoundOffence[]> {
  const last = await getLastCheckpoint(rootChain)
  const first = last > COMPARED_CHECKPOINTS ? last - COMPARED_CHECKPOINTS + 1n : 1n
  const found: FoundOffence[] = []
  for (let number = first; number <= last; number++) {
    const accepted = await getCheckpoint(rootChain, { number })
    const own = await ask<ClosedCheckpoint>('omg_getCheckpoint', { number: String(number) }).catch(
      () => undefined,
    )
    if (!accepted || !own || own.headerHash === accepted.headerHash) continue
    const submitted = await submissionOf(rootChain, number)
    if (!submitted) continue
    const header = unwrap(decodeHeader(fromHex(own.header)))
    for (const [signer, signature] of submitted.signatures) {
      const other = own.signatures.find(({ validator }) => validator.toLowerCase() === signer)
      if (!other) continue
      const headers = [header, submitted.header] as const
      const offence: Offence = { kind: 'equivocation', headers, signatures: [other.signature, signature] }
      found.push(await standing(rootChain, { kind: 'equivocation', signer, at: number, offence }))
    }
  }
  return found
}

/** The header and the signatures, by key, that Ethereum has accepted under a number. */
async function submissionOf(rootChain: RootChain, number: bigint) {
  const { ethereum, deployment } = rootChain
  const [event] = await ethereum.getContractEvents({
    ...{ address: deployment.rootChain, abi: rootChainAbi, eventName: 'CheckpointAccepted' },
    ...{ args: { number }, fromBlock: deployment.deployedAtBlock },
  })
  const submission =
    event && (await getSubmission(rootChain, { transactionHash: event.transactionHash as Hex }))
  if (!submission) return undefined
  const header = unwrap(decodeHeader(submission.header))
  const signatures = new Map<Address, Hex>()
  for (let at = 0; at < submission.signatures.length; at += SIGNATURE_BYTES) {
    const signature = toHex(submission.signatures.subarray(at, at + SIGNATURE_BYTES))
    const signer = recoverSigner(digestOf(rootChain, header), signature)
    if (signer.ok) signatures.set(lower(signer.value), signature)
  }
  return { header, signatures }
}

const digestOf = ({ deployment }: RootChain, header: Header): Hash =>
  checkpointDigest(headerHash(header), domainOf(deployment))

/** Keys that signed fewer of the last checkpoints than they must, from what Ethereum has recorded. */
async function downtimes(rootChain: RootChain): Promise<FoundOffence[]> {
  const last = await getLastCheckpoint(rootChain)
  if (last < DOWNTIME.window) return []
  const { timestamp } = await rootChain.ethereum.getBlock()
  const participation = await getParticipation(rootChain, { last: Number(DOWNTIME.window) })
  const found: FoundOffence[] = []
  for (const [signer, { signed, of }] of participation) {
    if (BigInt(of - signed) + DOWNTIME.minimum <= DOWNTIME.window) continue
    const validator = await validatorOf(rootChain, signer)
    const report = await getDowntimeReport(rootChain, { signer })
    const pool = validator && (await getStakePool(rootChain, { validator }))
    const at = report?.from ?? last - DOWNTIME.window + 1n
    const open = report && (report.answerBy < timestamp ? 'due' : 'reported')
    const state = open ?? (pool && pool.jailedUntil > 0n ? 'jailed' : 'found')
    found.push({
      id: idOf('downtime', at, signer),
      kind: 'downtime',
      signer,
      validator,
      at,
      state,
      offence: undefined,
    })
  }
  return found
}

/** Evidence that somebody else has: two signed headers in JSON, `{ "headers": ["0x..", "0x.."], "signatures": ["0x..", "0x.."] }`. */
export async function readEquivocation(rootChain: RootChain, text: string): Promise<FoundOffence> {
  const { headers, signatures } = pairsOf(text)
  const [a, b] = headers.map(bytes => decodeHeader(bytes))
  if (!a?.ok || !b?.ok) throw cliError('evidence.invalid', 'the file has no two headers')
  const [first, second] = signatures
  const signer = recoverSigner(digestOf(rootChain, a.value), first)
  const other = recoverSigner(digestOf(rootChain, b.value), second)
  const isOne = signer.ok && other.ok && signer.value === other.value
  if (!isOne) throw cliError('evidence.invalid', 'the two headers are not signed by one key')
  if (a.value.checkpoint !== b.value.checkpoint || headerHash(a.value) === headerHash(b.value))
    throw cliError('evidence.invalid', 'these are no two headers of one checkpoint')
  const offence: Offence = { kind: 'equivocation', headers: [a.value, b.value], signatures: [first, second] }
  return standing(rootChain, {
    ...{ kind: 'equivocation', signer: lower(signer.value), at: a.value.checkpoint, offence },
  })
}

function pairsOf(text: string): { headers: [Uint8Array, Uint8Array]; signatures: [Hex, Hex] } {
  try {
    const { headers, signatures } = JSON.parse(text) as Record<string, unknown>
    const [a, b, c, d] = [headers, signatures].flatMap(pair => {
      if (!Array.isArray(pair) || pair.length !== 2) throw new Error('not two')
      return pair.map(hex => unwrap(parseHex(String(hex))))
    }) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array]
    return { headers: [a, b], signatures: [toHex(c), toHex(d)] }
  } catch (cause) {
    throw cliError('evidence.invalid', 'the file is not JSON with two headers and two signatures', cause)
  }
}

/** An offence with what Ethereum says of it. */
async function standing(
  rootChain: RootChain,
  { kind, signer, at, offence }: Pick<FoundOffence, 'signer' | 'at' | 'offence'> & { kind: Offence['kind'] },
): Promise<FoundOffence> {
  const validator = await validatorOf(rootChain, signer)
  const validatorSetId = offence && chargedSet(offence)
  const isDone =
    validator !== undefined &&
    validatorSetId !== undefined &&
    (await isPunished(rootChain, { validator, kind, validatorSetId }))
  return {
    id: idOf(kind, at, signer),
    kind,
    signer,
    validator,
    at,
    offence,
    state: isDone ? 'slashed' : 'found',
  }
}

/** The set whose stake answers. */
function chargedSet(offence: Offence): bigint {
  if (offence.kind === 'doubleVote') return offence.header.validatorSetId
  const [a, b] = offence.headers
  if (a.validatorSetId < b.validatorSetId) return a.validatorSetId
  return b.validatorSetId
}

async function validatorOf(
  { ethereum, deployment }: RootChain,
  signer: Address,
): Promise<Address | undefined> {
  const bonding = { address: deployment.bonding, abi: bondingAbi } as const
  const found = await ethereum.readContract({ ...bonding, functionName: 'validatorOfSigner', args: [signer] })
  return /^0x0+$/.test(found) ? undefined : lower(found)
}

const NAMES = { doubleVote: 'double-vote', equivocation: 'two-headers', downtime: 'downtime' } as const

const idOf = (kind: FoundOffence['kind'], at: bigint, signer: Address) => `${NAMES[kind]}:${at}:${signer}`

const lower = (text: string) => address(text.toLowerCase())
