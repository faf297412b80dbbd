import {
  type Address,
  address,
  checkpointDigest,
  decodeHeader,
  fail,
  fromHex,
  type Header,
  type Hex,
  headerHash,
  isRenewal,
  ok,
  parseHex,
  type Result,
  recoverSigner,
  renewableOf,
  SIGNATURE_BYTES,
  toHex,
  unwrap,
} from '@omg/protocol'
import { rootChainAbi } from '../abi.ts'
import type { Offence } from '../actions/proveOffence.ts'
import type { RootChain } from '../client.ts'
import { domainOf } from '../deployment.ts'
import { rootChainError } from '../error.ts'
import { getCheckpoint, getSubmission } from '../reads/checkpoints.ts'
import { type AskNode, type ClosedCheckpoint, type FoundOffence, offenceId, standingOf } from './offence.ts'

/** A header, and the signature of one key. */
export interface SignedHeader {
  readonly header: Header
  readonly signature: Hex
}

export interface CompareHeadersQuery {
  readonly number: bigint
}

/**
 * Who signed two headers of an accepted checkpoint: the one that Ethereum has accepted and another one that the chain has, neither of which renews the other.
 * That is a theft, or was to be one (F1). Undefined while Ethereum or the node has none of that number.
 */
export async function compareHeaders(
  rootChain: RootChain,
  ask: AskNode,
  { number }: CompareHeadersQuery,
): Promise<FoundOffence[] | undefined> {
  const accepted = await getCheckpoint(rootChain, { number })
  const own = await ownCheckpoint(ask, number)
  if (!accepted || !own) return undefined
  if (own.headerHash === accepted.headerHash) return []
  const submitted = await submissionOf(rootChain, number)
  if (!submitted) return []
  const header = unwrap(decodeHeader(fromHex(own.header)))
  if (isRenewed(rootChain, header, submitted.header)) return []
  const found: FoundOffence[] = []
  for (const [signer, signature] of submitted.signatures) {
    const mine = signatureOf(own, signer)
    if (mine === undefined) continue
    found.push(
      await twoHeadersOf(rootChain, signer, [
        { header, signature: mine },
        { header: submitted.header, signature },
      ]),
    )
  }
  return found
}

/** What somebody has shown: one signed header, or two of one key. */
export type ShownHeaders = readonly [SignedHeader] | readonly [SignedHeader, SignedHeader]

/**
 * Reads headers that somebody else has seen: `{"header": "0x..", "signature": "0x.."}`, of which the chain has the other one, or both as
 * `{"headers": ["0x..", "0x.."], "signatures": ["0x..", "0x.."]}`. Errors: `evidence.invalid`.
 */
export function readShownHeaders(text: string): Result<ShownHeaders> {
  try {
    const { header, signature, headers, signatures } = JSON.parse(text) as Record<string, unknown>
    if (header !== undefined) return ok([signedHeader(header, signature)])
    const [a, b] = [pairOf(headers), pairOf(signatures)]
    return ok([signedHeader(a[0], b[0]), signedHeader(a[1], b[1])])
  } catch (cause) {
    return fail(rootChainError('evidence.invalid', 'this is not JSON with signed headers', cause))
  }
}

function pairOf(value: unknown): [unknown, unknown] {
  if (!Array.isArray(value) || value.length !== 2) throw new Error('not two')
  return value as [unknown, unknown]
}

function signedHeader(header: unknown, signature: unknown): SignedHeader {
  return {
    header: unwrap(decodeHeader(unwrap(parseHex(header)))),
    signature: toHex(unwrap(parseHex(signature))),
  }
}

/**
 * The offence that shown headers prove, one alone together with the header that the chain has of its number. Undefined: the chain has the same, or no
 * signature of that key, or one header renews the other (F1).
 *
 * @throws OmgError `evidence.invalid` for two that are not of one number and one key.
 */
export async function offenceOfShown(
  rootChain: RootChain,
  ask: AskNode,
  [first, second]: ShownHeaders,
): Promise<FoundOffence | undefined> {
  const signer = signerOf(rootChain, first)
  if (signer === undefined) throw rootChainError('evidence.invalid', 'the header is not signed')
  const other = second ?? (await ownHeader(ask, first, signer))
  if (other === undefined) return undefined
  if (!isPair(rootChain, [first, other]))
    throw rootChainError('evidence.invalid', 'these are no two headers of one checkpoint by one key')
  if (isRenewed(rootChain, first.header, other.header)) return undefined
  return twoHeadersOf(rootChain, signer, [first, other])
}

export interface TwoHeadersQuery {
  /** Ids that need not be looked at again. */
  readonly known?: ReadonlySet<string>
}

/** Pairs of one answer that are looked at: each may cost a question to Ethereum. */
const MAX_PAIRS = 64

/**
 * The pairs of headers that a node knows: signed headers travel between nodes like signatures, so whichever is asked tells of what any of them has seen. A node may
 * say what it likes: what proves nothing is left out.
 */
export async function findTwoHeaders(
  rootChain: RootChain,
  ask: AskNode,
  { known = new Set() }: TwoHeadersQuery = {},
): Promise<FoundOffence[]> {
  const { twoHeaders = [] } = await ask<{ readonly twoHeaders?: readonly unknown[] }>('omg_getEvidence', {})
  const found = new Map<string, FoundOffence>()
  for (const item of twoHeaders.slice(0, MAX_PAIRS)) {
    const shown = readShownHeaders(JSON.stringify(item))
    const signer = shown.ok ? signerOf(rootChain, shown.value[0]) : undefined
    if (!shown.ok || signer === undefined || shown.value.length !== 2) continue
    const id = offenceId('equivocation', shown.value[0].header.checkpoint, signer)
    if (known.has(id) || found.has(id) || !isPair(rootChain, shown.value)) continue
    const offence = await offenceOfShown(rootChain, ask, shown.value)
    if (offence) found.set(id, offence)
  }
  return [...found.values()]
}

/** Two headers of one number and one key. */
function isPair(rootChain: RootChain, [a, b]: readonly [SignedHeader, SignedHeader]): boolean {
  const isOneKey = signerOf(rootChain, a) === signerOf(rootChain, b)
  return isOneKey && a.header.checkpoint === b.header.checkpoint && !hashesAgree(a, b)
}

/** Whether one of two headers of a number renews the other, which is no offence: the contract refuses such a pair with `Renewed`. */
function isRenewed({ deployment }: Pick<RootChain, 'deployment'>, a: Header, b: Header): boolean {
  const [older, newer] = a.origin < b.origin ? [a, b] : [b, a]
  return isRenewal(renewableOf(older), renewableOf(newer), BigInt(deployment.parameters.maxOriginAgeBlocks))
}

const hashesAgree = (a: SignedHeader, b: SignedHeader) => headerHash(a.header) === headerHash(b.header)

/** What the chain has of the number, with the signature of the same key; undefined if that is the same header, or not signed by it. */
async function ownHeader(
  ask: AskNode,
  shown: SignedHeader,
  signer: Address,
): Promise<SignedHeader | undefined> {
  const own = await ownCheckpoint(ask, shown.header.checkpoint)
  const signature = own && signatureOf(own, signer)
  if (!own || !signature || own.headerHash === headerHash(shown.header)) return undefined
  return { header: unwrap(decodeHeader(fromHex(own.header))), signature }
}

/** A checkpoint as the node has it; undefined where it has none of that number. */
export const ownCheckpoint = (ask: AskNode, number: bigint): Promise<ClosedCheckpoint | undefined> =>
  ask<ClosedCheckpoint>('omg_getCheckpoint', { number: String(number) }).catch(() => undefined)

/** The signature of a key, which the node writes in lower case. */
export const signatureOf = ({ signatures }: ClosedCheckpoint, signer: Address): Hex | undefined =>
  signatures.find(({ validator }) => validator.toLowerCase() === signer)?.signature

/** Who signed a header; undefined: nobody. */
export function signerOf(
  { deployment }: Pick<RootChain, 'deployment'>,
  { header, signature }: SignedHeader,
): Address | undefined {
  const signer = recoverSigner(checkpointDigest(headerHash(header), domainOf(deployment)), signature)
  return signer.ok ? address(signer.value) : undefined
}

function twoHeadersOf(
  rootChain: RootChain,
  signer: Address,
  [a, b]: readonly [SignedHeader, SignedHeader],
): Promise<FoundOffence> {
  const offence: Offence = {
    kind: 'equivocation',
    headers: [a.header, b.header],
    signatures: [a.signature, b.signature],
  }
  return standingOf(rootChain, { kind: 'equivocation', signer, at: a.header.checkpoint, offence })
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
    const signer = signerOf(rootChain, { header, signature })
    if (signer !== undefined) signatures.set(signer, signature)
  }
  return { header, signatures }
}
