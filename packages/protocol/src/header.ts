import { protocolError, type Result } from './error.ts'
import { type Address, type Hash, ZERO_HASH } from './hex.ts'
import { MAX_DA_COMMITMENTS } from './limits.ts'
import { Reader } from './reader.ts'
import { taggedHash } from './tag.ts'
import { Writer } from './writer.ts'

const DA_MODES = ['plasma', 'blob'] as const

/** Whether the data of a checkpoint stays with the validators, or is published on Ethereum as blobs. */
export type DataMode = (typeof DA_MODES)[number]

/** The version of the header. */
export const HEADER_VERSION = 3

/** The header of a checkpoint; Ethereum stores its hash. */
export interface Header {
  readonly version: typeof HEADER_VERSION
  readonly chainId: bigint
  /** The RootChain contract. */
  readonly contract: Address
  /** Counts from 1. */
  readonly checkpoint: bigint
  /** The hash of the previous header; zero for checkpoint 1. */
  readonly parentHash: Hash
  readonly txRoot: Hash
  /** The sum of the fees of all transactions, packed. */
  readonly feeLanes: bigint
  readonly txCount: number
  /** Zero while no market exists, as is `batchRoot`. */
  readonly bookRoot: Hash
  readonly batchRoot: Hash
  /** The number of the finalised Ethereum block that the checkpoint has seen (R4). */
  readonly origin: bigint
  readonly originHash: Hash
  /** How many inbox items were consumed up to and including this checkpoint. */
  readonly inboxCursor: bigint
  readonly validatorSetId: bigint
  readonly daMode: DataMode
  /** At most 255. */
  readonly daCommitments: readonly Hash[]
  readonly firstHeight: bigint
  readonly lastHeight: bigint
}

/** `keccak(0x08 ‖ header)`. */
export function headerHash(header: Header): Hash {
  return taggedHash('header', encodeHeader(header))
}

/** What a header holds whatever Ethereum block it has seen: the hash of it without parent, origin and validator set. */
export function headerContent(header: Header): Hash {
  return headerHash({
    ...header,
    parentHash: ZERO_HASH,
    origin: 0n,
    originHash: ZERO_HASH,
    validatorSetId: 0n,
  })
}

/** What decides whether one header renews another. */
export interface Renewable {
  readonly origin: bigint
  /** {@link headerContent}. */
  readonly content: Hash
}

/**
 * Whether the header `next` renews `header` of the same number (F1): it holds the same, and its origin is so much later that Ethereum takes
 * the one in no block in which it takes the other (R4). `maxOriginAgeBlocks` is `M`.
 */
export function isRenewal(header: Renewable, next: Renewable, maxOriginAgeBlocks: bigint): boolean {
  return next.origin > header.origin + maxOriginAgeBlocks && next.content === header.content
}

/** What of a header decides whether another one renews it. */
export function renewableOf(header: Header): Renewable {
  return { origin: header.origin, content: headerContent(header) }
}

/** A header as bytes. Throws where a field does not fit. */
export function encodeHeader(header: Header): Uint8Array {
  if (header.version !== HEADER_VERSION) throw protocolError('encoding.kind', `version ${header.version}`)
  const writer = new Writer(512)
    .u8(header.version)
    .u64(header.chainId)
    .address(header.contract)
    .u64(header.checkpoint)
    .hash(header.parentHash)
    .hash(header.txRoot)
    .u256(header.feeLanes)
    .u32(header.txCount)
    .hash(header.bookRoot)
    .hash(header.batchRoot)
    .u64(header.origin)
    .hash(header.originHash)
    .u64(header.inboxCursor)
    .u64(header.validatorSetId)
    .name(DA_MODES, header.daMode, 'data mode')
    .count(header.daCommitments, 0, MAX_DA_COMMITMENTS, 'data commitments')
  for (const commitment of header.daCommitments) writer.hash(commitment)
  return writer.u64(header.firstHeight).u64(header.lastHeight).finish()
}

/** Bytes to a header. Errors: `encoding.truncated`, `encoding.trailing`, `encoding.kind`. */
export function decodeHeader(bytes: Uint8Array): Result<Header> {
  const reader = new Reader(bytes)
  const version = reader.u8()
  if (version !== HEADER_VERSION) reader.refuseWith('encoding.kind', `header version ${version}`)
  const header: Header = {
    version: HEADER_VERSION,
    chainId: reader.u64(),
    contract: reader.address(),
    checkpoint: reader.u64(),
    parentHash: reader.hash(),
    txRoot: reader.hash(),
    feeLanes: reader.u256(),
    txCount: reader.u32(),
    bookRoot: reader.hash(),
    batchRoot: reader.hash(),
    origin: reader.u64(),
    originHash: reader.hash(),
    inboxCursor: reader.u64(),
    validatorSetId: reader.u64(),
    daMode: reader.name(DA_MODES, 'data mode'),
    daCommitments: reader.list(reader.count(0, MAX_DA_COMMITMENTS, 'data commitments'), () => reader.hash()),
    firstHeight: reader.u64(),
    lastHeight: reader.u64(),
  }
  return reader.finish(header)
}
