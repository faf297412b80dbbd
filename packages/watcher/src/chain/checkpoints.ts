import {
  type Block,
  buildCheckpointTree,
  type CheckpointTree,
  decodeBlock,
  encodeBlobs,
  inputPositionsOf,
  NODE_BYTES,
} from '@omg/ledger'
import {
  concat,
  type Domain,
  decodePosition,
  decodeSignedTransaction,
  encodeHeader,
  encodeProof,
  encodeTransaction,
  type Hash,
  HEADER_VERSION,
  type Header,
  type Hex,
  headerHash,
  isDepositPosition,
  type Output,
  outputsOf,
  POSITION_BYTES,
  type Position,
  parsePosition,
  type SignedTransaction,
  toHex,
  unwrap,
  witnessHash,
  ZERO_HASH,
} from '@omg/protocol'
import { versionedHash } from '@omg/rootchain'
import type { Kzg } from '@omg/rootchain/kzg'
import type { Place, StoredCheckpoint, StoredDeposit } from '../store/facts.ts'
import type { Store } from '../store/store.ts'
import type { LateContents, StaleTransaction } from './late.ts'
import { decodeLeaves } from './replica.ts'

/** Trees kept: building one again costs one hash for each transaction of the checkpoint. */
const CACHED_TREES = 4
const LAST_AGREED = 'last agreed checkpoint'
const commitmentsOf = (checkpoint: bigint) => `blob commitments ${checkpoint}`

/** What a comparison of Ethereum's checkpoints with the blocks came to. */
export interface Comparison {
  /** The last checkpoint up to which everything agrees. */
  readonly agreed: bigint
  /** The first checkpoint that contradicts the blocks, with the fields that differ if they are known. */
  readonly mismatch: { readonly number: bigint; readonly expected: Hash; readonly found: Hash } | undefined
  /** The first checkpoint that holds what it must not with the origin that Ethereum has of it. */
  readonly stale: (StaleTransaction & { readonly number: bigint }) | undefined
  /** The first checkpoint whose blocks were not all seen. */
  readonly missing: Pick<StoredCheckpoint, 'number' | 'lastNonDA' | 'transactionHash'> | undefined
}

/** A transaction where it stands, with the proof that it does, in the form the exit games take. */
export interface Proven {
  readonly signed: SignedTransaction
  /** The encoded transaction without its witness. */
  readonly transaction: Hex
  readonly checkpoint: bigint
  readonly inclusion: {
    readonly header: Hex
    readonly path: number
    readonly witnessHash: Hash
    readonly inputPositions: Hex
    readonly lanes: bigint
    readonly proof: Hex
  }
}

export interface CheckpointsParts {
  readonly store: Store
  readonly domain: Domain
  readonly kzg: Pick<Kzg, 'commitments'>
  readonly late: Pick<LateContents, 'stale'>
  /** `M` of the contracts. */
  readonly maxOriginAgeBlocks: bigint
}

/** The checkpoints as they follow from the blocks, beside those that Ethereum has. */
export class Checkpoints {
  readonly #store: Store
  readonly #domain: Domain
  readonly #kzg: Pick<Kzg, 'commitments'>
  readonly #maxOriginAgeBlocks: bigint
  readonly #late: Pick<LateContents, 'stale'>
  readonly #trees = new Map<bigint, CheckpointTree>()

  constructor({ store, domain, kzg, late, maxOriginAgeBlocks }: CheckpointsParts) {
    this.#maxOriginAgeBlocks = maxOriginAgeBlocks
    this.#store = store
    this.#domain = domain
    this.#kzg = kzg
    this.#late = late
  }

  /** The last checkpoint of Ethereum that was compared with the blocks and agrees. */
  lastAgreed(): bigint {
    const agreed = this.#store.read<bigint>(LAST_AGREED) ?? 0n
    const last = this.#store.lastCheckpoint()?.number ?? 0n
    // A19: what a reorganisation dropped is not agreed upon any more.
    return agreed < last ? agreed : last
  }

  /** Compares every checkpoint that Ethereum has with the blocks seen. Goes on where it stopped. */
  async compare(): Promise<Comparison> {
    const last = this.#store.lastCheckpoint()?.number ?? 0n
    const before = this.lastAgreed()
    let agreed = before
    let mismatch: Comparison['mismatch']
    let missing: Comparison['missing']
    let stale: Comparison['stale']
    while (agreed < last && mismatch === undefined && missing === undefined && stale === undefined) {
      const accepted = this.#store.checkpoint(agreed + 1n)!
      await this.#commit(accepted.number)
      const header = this.#headerFor(accepted)
      const expected = header && headerHash(header)
      if (expected === undefined) missing = accepted
      else if (expected === accepted.headerHash) {
        const found = this.#late.stale(accepted)
        if (found === undefined) agreed = accepted.number
        else stale = { ...found, number: accepted.number }
      } else mismatch = { number: accepted.number, expected, found: accepted.headerHash }
    }
    if (agreed !== before) await this.#store.write(LAST_AGREED, agreed)
    return { agreed, mismatch, missing, stale }
  }

  /** The header of a checkpoint that agrees. */
  header(number: bigint): Header | undefined {
    const accepted = number <= this.lastAgreed() ? this.#store.checkpoint(number) : undefined
    return accepted && this.#headerFor(accepted)
  }

  /** When Ethereum accepted a checkpoint, in seconds. */
  acceptedAt(number: bigint): bigint | undefined {
    return this.#store.checkpoint(number)?.acceptedAt
  }

  /** The signed transaction at a place, without a proof. */
  signedAt(
    place: Place,
  ): { signed: SignedTransaction; bytes: Uint8Array; checkpoint: bigint; path: number } | undefined {
    const stored = this.#store.block(place.height)
    const leaves = this.#store.leaves(place.height)
    if (stored === undefined || leaves === undefined) return undefined
    const block = unwrap(decodeBlock(stored))
    const bytes = block.body.subarray(block.bounds[2 * place.index]!, block.bounds[2 * place.index + 1]!)
    const path = decodeLeaves(leaves).paths[place.index]!
    return { signed: unwrap(decodeSignedTransaction(bytes)), bytes, checkpoint: block.checkpoint, path }
  }

  /** Proves that the transaction at a place is in a checkpoint that Ethereum has; undefined while it is in none. */
  prove(place: Place): Proven | undefined {
    const found = this.signedAt(place)
    const header = found && this.header(found.checkpoint)
    if (header === undefined || found === undefined) return undefined
    const { signed, path, checkpoint } = found
    const block = unwrap(decodeBlock(this.#store.block(place.height)!))
    const leaves = decodeLeaves(this.#store.leaves(place.height)!)
    const lanesAt = NODE_BYTES * place.index + 32
    return {
      signed,
      transaction: toHex(encodeTransaction(signed.transaction)),
      checkpoint,
      inclusion: {
        header: toHex(encodeHeader(header)),
        path,
        witnessHash: witnessHash(signed.witness),
        inputPositions: toHex(inputPositionsOf(block, place.index)),
        lanes: BigInt(toHex(leaves.nodes.subarray(lanesAt, lanesAt + 32))),
        proof: toHex(encodeProof(this.#tree(header).proof(path))),
      },
    }
  }

  /** The output at a position: what a PAY or FEE lists there, or the deposit. */
  outputAt(position: Position): Output | undefined {
    if (isDepositPosition(position)) return this.depositAt(position)?.output
    const place = this.placeOf(position)
    const transaction = place && this.signedAt(place)?.signed.transaction
    if (transaction?.kind !== 'pay' && transaction?.kind !== 'fee') return undefined
    return outputsOf(transaction).find(made => made.index === parsePosition(position).output)?.output
  }

  /** The transaction that made the output at a position, as the exit games take it. */
  creatorAt(position: Position): { transaction: Hex; outputIndex: number } | undefined {
    if (isDepositPosition(position)) {
      const deposit = this.depositAt(position)
      return deposit && { transaction: encodeDeposit(deposit), outputIndex: 0 }
    }
    const place = this.placeOf(position)
    const found = place && this.signedAt(place)
    if (found === undefined) return undefined
    return {
      transaction: toHex(encodeTransaction(found.signed.transaction)),
      outputIndex: parsePosition(position).output,
    }
  }

  /** Where the transaction that made the output at a position stands. */
  placeOf(position: Position): Place | undefined {
    const { checkpoint, shard, index } = parsePosition(position)
    return this.#placeOf(checkpoint, (shard << 16) | index)
  }

  /** Position of input `inputIndex` of the transaction at a place. */
  inputPositionAt(place: Place, inputIndex: number): Position | undefined {
    const stored = this.#store.block(place.height)
    if (stored === undefined) return undefined
    const positions = inputPositionsOf(unwrap(decodeBlock(stored)), place.index)
    const bytes = positions.subarray(POSITION_BYTES * inputIndex, POSITION_BYTES * (inputIndex + 1))
    return unwrap(decodePosition(bytes))
  }

  /** The block and index of a leaf: paths ascend over the blocks of a checkpoint. */
  #placeOf(checkpoint: bigint, path: number): Place | undefined {
    const closed = this.#store.closed(checkpoint)
    const from = closed?.firstHeight ?? (this.#store.closed(checkpoint - 1n)?.lastHeight ?? 0n) + 1n
    for (let height = from; closed === undefined || height <= closed.lastHeight; height++) {
      const leaves = this.#store.leaves(height)
      if (leaves === undefined) return undefined
      const index = decodeLeaves(leaves).paths.indexOf(path)
      if (index >= 0) return { height, index }
    }
    return undefined
  }

  /** The deposit at a position; deposits have ascending positions in the order of the inbox. */
  depositAt(position: Position): StoredDeposit | undefined {
    let [low, high] = [0n, this.#store.depositCount()]
    while (low < high) {
      const middle = (low + high) / 2n
      const deposit = this.#store.deposit(middle)!
      if (deposit.position === position) return deposit
      if (deposit.position < position) low = middle + 1n
      else high = middle
    }
    return undefined
  }

  /** Works out, once, what the header of a checkpoint in blob mode must name: the blobs that its blocks make (A24). */
  async #commit(checkpoint: bigint): Promise<void> {
    const closed = this.#store.closed(checkpoint)
    const name = commitmentsOf(checkpoint)
    if (closed?.daMode !== 'blob' || this.#store.read(name) !== undefined) return
    const blocks: Block[] = []
    for (let height = closed.firstHeight; height <= closed.lastHeight; height++) {
      blocks.push(unwrap(decodeBlock(this.#store.block(height)!)))
    }
    const commitments = await this.#kzg.commitments(encodeBlobs(blocks))
    await this.#store.write(
      name,
      commitments.map(commitment => versionedHash({ commitment })),
    )
  }

  /** The header that follows from the blocks; validators choose nothing in it but the set that signs, and that they renew it. */
  #headerFor(accepted: StoredCheckpoint): Header | undefined {
    const closed = this.#store.closed(accepted.number)
    if (closed === undefined) return undefined
    const parentHash = this.#store.checkpoint(accepted.number - 1n)?.headerHash ?? ZERO_HASH
    const { txRoot, feeLanes, txCount, bookRoot, batchRoot, daMode } = closed
    const { inboxCursor, firstHeight, lastHeight } = closed
    return {
      version: HEADER_VERSION,
      chainId: this.#domain.chainId,
      contract: this.#domain.verifyingContract,
      checkpoint: accepted.number,
      parentHash,
      ...{ txRoot, feeLanes, txCount, bookRoot, batchRoot },
      ...this.#originOf(closed, accepted),
      inboxCursor,
      validatorSetId: accepted.validatorSetId,
      daMode,
      daCommitments: this.#store.read<Hash[]>(commitmentsOf(accepted.number)) ?? [],
      ...{ firstHeight, lastHeight },
    }
  }

  /**
   * That of its last block, unless Ethereum could not take it with that any more: then a later one that Ethereum took is a renewal (F1), and
   * the rest of the header has to be the same.
   */
  #originOf(
    { origin, originHash }: Pick<Header, 'origin' | 'originHash'>,
    accepted: StoredCheckpoint,
  ): Pick<Header, 'origin' | 'originHash'> {
    const isRenewed = accepted.origin > origin + this.#maxOriginAgeBlocks
    const seen = isRenewed ? this.#store.origin(accepted.origin) : undefined
    return seen ? { origin: seen.number, originHash: seen.hash } : { origin, originHash }
  }

  #tree(header: Header): CheckpointTree {
    const known = this.#trees.get(header.checkpoint)
    if (known !== undefined && known.root === header.txRoot) return known
    const blocks: ReturnType<typeof decodeLeaves>[] = []
    for (let height = header.firstHeight; height <= header.lastHeight; height++) {
      blocks.push(decodeLeaves(this.#store.leaves(height)!))
    }
    const tree = buildCheckpointTree({
      count: blocks.reduce((sum, { count }) => sum + count, 0),
      paths: Uint32Array.from(blocks.flatMap(({ paths }) => [...paths])),
      // Not a Buffer: its slices would be views, and the reduction works in place.
      nodes: concat(...blocks.map(({ nodes }) => nodes)),
    })
    this.#trees.set(header.checkpoint, tree)
    for (const oldest of this.#trees.keys()) {
      if (this.#trees.size <= CACHED_TREES) break
      this.#trees.delete(oldest)
    }
    return tree
  }
}

/** The DEPOSIT of an item of the inbox, encoded. */
export function encodeDeposit({ index, output, position }: StoredDeposit): Hex {
  return toHex(encodeTransaction({ kind: 'deposit', inboxIndex: index, output, position }))
}
