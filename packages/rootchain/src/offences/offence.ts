/** What validators do against the rules, as a node and Ethereum tell of it, and how each stands. */
import { type Address, address, type Header, type Hex } from '@omg/protocol'
import { bondingAbi } from '../abi.ts'
import { isPunished, type Offence } from '../actions/proveOffence.ts'
import type { RootChain } from '../client.ts'
import { getValidatorSet } from '../reads/validators.ts'

type OffenceReader = Pick<RootChain, 'ethereum' | 'deployment'>

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

/** What `omg_getCheckpoint` answers. */
export interface ClosedCheckpoint {
  readonly header: Hex
  readonly headerHash: string
  readonly signatures: readonly { readonly validator: string; readonly signature: Hex }[]
}

const NAMES = { doubleVote: 'double-vote', equivocation: 'two-headers', downtime: 'downtime' } as const

/** Names an offence in the same words on every node. */
export const offenceId = (kind: FoundOffence['kind'], at: bigint, signer: Address): string =>
  `${NAMES[kind]}:${at}:${signer}`

/** An offence with what Ethereum says of it. */
export async function standingOf(
  reader: OffenceReader,
  { kind, signer, at, offence }: Pick<FoundOffence, 'signer' | 'at' | 'offence'> & { kind: Offence['kind'] },
): Promise<FoundOffence> {
  const validator = await validatorOf(reader, signer)
  const isDone =
    validator !== undefined &&
    offence !== undefined &&
    (await isPunished(reader, { validator, kind, validatorSetId: chargedSet(offence) }))
  const state = isDone ? 'slashed' : 'found'
  return { id: offenceId(kind, at, signer), kind, signer, validator, at, offence, state }
}

/** Whose key it is, or was; undefined: nobody's who ever bonded. */
export async function validatorOf(
  { ethereum, deployment }: OffenceReader,
  signer: Address,
): Promise<Address | undefined> {
  const bonding = { address: deployment.bonding, abi: bondingAbi } as const
  const found = await ethereum.readContract({ ...bonding, functionName: 'validatorOfSigner', args: [signer] })
  return /^0x0+$/.test(found) ? undefined : address(found)
}

/**
 * Whether Ethereum would still take something for an offence, so that a commitment to its proof is not thrown away: nobody has proven it, the key
 * was in the sets that it is about, and their stake still answers.
 */
export async function isSlashable(
  reader: RootChain,
  { signer, validator, offence }: FoundOffence,
): Promise<boolean> {
  if (validator === undefined || offence === undefined) return false
  const charged = chargedSet(offence)
  if (await isPunished(reader, { validator, kind: offence.kind, validatorSetId: charged })) return false
  const set = await getValidatorSet(reader, { id: charged })
  const { timestamp } = await reader.ethereum.getBlock()
  const { unbondingDelay } = reader.deployment.parameters
  if (set === undefined || set.validUntil + BigInt(unbondingDelay) < timestamp) return false
  const members = await Promise.all(
    namedSets(offence).map(async id => {
      const named = id === charged ? set : await getValidatorSet(reader, { id })
      return named?.validators.some(member => member.signer === signer) === true
    }),
  )
  return offence.kind === 'equivocation' ? members.every(Boolean) : members.some(Boolean)
}

/** The set whose stake answers. */
function chargedSet(offence: Offence): bigint {
  if (offence.kind === 'doubleVote') return offence.header.validatorSetId
  const [a, b] = idsIn(offence.headers)
  if (a < b) return a
  return b
}

/** Two headers: the key is in both of their sets. Two votes: the engine may already have been with the next one. */
function namedSets(offence: Offence): readonly bigint[] {
  if (offence.kind === 'equivocation') return idsIn(offence.headers)
  const { validatorSetId } = offence.header
  return [validatorSetId, validatorSetId + 1n]
}

const idsIn = ([a, b]: readonly [Header, Header]) => [a.validatorSetId, b.validatorSetId] as const
