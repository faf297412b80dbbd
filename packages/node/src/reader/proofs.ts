import { buildCheckpointTree, type CheckpointTree, type Leaves, NODE_BYTES, readEntry } from '@omg/ledger'
import {
  type Deposit,
  type Domain,
  decodePosition,
  decodeTransaction,
  encodeProof,
  encodeTransaction,
  fromHex,
  type Hash,
  type Hex,
  inputsOf,
  isDepositPosition,
  type Output,
  type OutputId,
  outputId,
  type Position,
  parsePosition,
  type Transaction,
  type TxHash,
  toHex,
  transactionHash,
  treePath,
  unwrap,
  witnessHash,
} from '@omg/protocol'
import type { EthereumView } from '../rootchain/view.ts'
import type { StoredCheckpoint } from '../store/checkpoints.ts'
import type { ChainStore } from '../store/store.ts'
import type { BlockReader, IncludedTransaction } from './blocks.ts'

/** Trees kept: building one again costs one hash per transaction of the checkpoint. */
const CACHED_TREES = 4

/** What Ethereum needs to see to start a standard exit of an output, or to include it in an exit game. */
export type ExitProof =
  | { kind: 'deposit'; id: OutputId; output: Output; position: Position; transaction: Hex }
  | {
      kind: 'transaction'
      id: OutputId
      output: Output
      position: Position
      outputIndex: number
      /** `shard << 16 | index`. */
      path: number
      transaction: Hex
      txHash: Hash
      witnessHash: Hash
      inputPositions: Hex
      lanes: bigint
      proof: Hex
      header: Hex
      checkpoint: bigint
      /** Ethereum has accepted the checkpoint, finally. */
      committed: boolean
    }

export type ExitProofProblem = 'unknown' | 'open' | 'pruned'

/** Builds exit proofs from the stored leaves. */
export class ProofReader {
  readonly #store: ChainStore
  readonly #blocks: BlockReader
  readonly #view: EthereumView
  readonly #domain: Domain
  readonly #live: (id: Uint8Array) => Uint8Array | undefined
  readonly #trees = new Map<bigint, CheckpointTree>()

  constructor(options: {
    store: ChainStore
    blocks: BlockReader
    view: EthereumView
    domain: Domain
    /** The entry of an unspent output. */
    live: (id: Uint8Array) => Uint8Array | undefined
  }) {
    this.#store = options.store
    this.#blocks = options.blocks
    this.#view = options.view
    this.#domain = options.domain
    this.#live = options.live
  }

  /** The proof of an output, live or spent; or why there is none (yet). */
  async exitProof(id: OutputId): Promise<ExitProof | ExitProofProblem> {
    const position = await this.position(id)
    if (position === undefined) return 'unknown'
    if (isDepositPosition(position)) return this.#depositProof(id, position)
    const { checkpoint: number, shard, index } = parsePosition(position)
    const checkpoint = this.#store.checkpoint(number)
    if (!checkpoint) return number <= this.#store.prunedCheckpoint ? 'pruned' : 'open'
    const path = treePath(shard, index)
    const kept = this.#store.tables.kept.get([Number(number), path])
    if (kept) return this.#fromKept(id, position, checkpoint, JSON.parse(kept) as KeptProof)
    const place = this.#blocks.place(number, path)
    const included = place && (await this.#blocks.at(place))
    if (!included) return 'pruned'
    return this.#fromKept(id, position, checkpoint, this.keep(included, checkpoint, path), included.height)
  }

  /** Where an output was made; undefined if the chain does not know it. */
  async position(id: OutputId): Promise<Position | undefined> {
    const entry = this.#live(Buffer.from(id.slice(2), 'hex'))
    if (entry) return readEntry(entry).position
    const spender = await this.#blocks.spend(id)
    if (!spender) return undefined
    const at = 12 * inputsOf(spender.signed.transaction).indexOf(id)
    return unwrap(decodePosition(spender.positions.subarray(at, at + 12)))
  }

  /** Everything about a transaction that its outputs' exits need; pruned nodes keep this and drop the block. */
  keep(included: IncludedTransaction, checkpoint: StoredCheckpoint, path: number): KeptProof {
    const leaves = this.#store.leaves(included.height)!
    const lanesAt = NODE_BYTES * included.index + 32
    return {
      transaction: toHex(encodeTransaction(included.signed.transaction)),
      witnessHash: witnessHash(included.signed.witness),
      inputPositions: toHex(included.positions),
      lanes: toHex(leaves.nodes.subarray(lanesAt, lanesAt + 32)),
      proof: toHex(encodeProof(this.#tree(checkpoint).proof(path))),
    }
  }

  /** A kept transaction and its hash. */
  parseKept(kept: KeptProof): { transaction: Transaction; hash: TxHash } {
    const transaction = unwrap(decodeTransaction(fromHex(kept.transaction)))
    return { transaction, hash: transactionHash(transaction, this.#domain) }
  }

  #depositProof(id: OutputId, position: Position): ExitProof | ExitProofProblem {
    const deposit = this.#deposit(position)
    if (!deposit) return 'unknown'
    const transaction = toHex(encodeTransaction(deposit))
    return { kind: 'deposit', id, output: deposit.output, position, transaction }
  }

  /** Inbox positions ascend, so the deposit is found by halving. */
  #deposit(position: Position): Deposit | undefined {
    let low = 0
    let high = this.#view.inboxCount - 1
    while (low <= high) {
      const middle = (low + high) >>> 1
      const deposit = this.#view.deposit(BigInt(middle))!
      if (deposit.position === position) return deposit
      if (deposit.position < position) low = middle + 1
      else high = middle - 1
    }
    return undefined
  }

  #fromKept(
    id: OutputId,
    position: Position,
    checkpoint: StoredCheckpoint,
    kept: KeptProof,
    height?: bigint,
  ): ExitProof | ExitProofProblem {
    const { transaction, hash: txHash } = this.parseKept(kept)
    const { output: outputIndex } = parsePosition(position)
    if (outputId(txHash, outputIndex) !== id) throw new Error(`the proof of ${id} is of another output`)
    const output = this.#output(id, transaction, outputIndex, height)
    if (output === undefined) return 'unknown'
    return {
      kind: 'transaction',
      id,
      output,
      position,
      outputIndex,
      path: treePath(parsePosition(position).shard, parsePosition(position).index),
      transaction: kept.transaction,
      txHash,
      witnessHash: kept.witnessHash,
      inputPositions: kept.inputPositions,
      lanes: BigInt(kept.lanes),
      proof: kept.proof,
      header: checkpoint.header,
      checkpoint: checkpoint.number,
      committed: checkpoint.accepted !== undefined,
    }
  }

  /** A transaction lists its outputs, or its inputs decide what they are: then only a live one, or a COIN, is still known. */
  #output(id: OutputId, transaction: Transaction, index: number, height?: bigint): Output | undefined {
    if ('outputs' in transaction) return transaction.outputs[index]
    const entry = this.#live(Buffer.from(id.slice(2), 'hex'))
    if (entry) return readEntry(entry).output
    const coins = height === undefined ? [] : this.#blocks.derivedCoins(height)
    return coins.find(coin => coin.id === id)?.output
  }

  #tree(checkpoint: StoredCheckpoint): CheckpointTree {
    const cached = this.#trees.get(checkpoint.number)
    if (cached) return cached
    const parts: Leaves[] = []
    for (let height = checkpoint.firstHeight; height <= checkpoint.lastHeight; height++) {
      const leaves = this.#store.leaves(height)
      if (leaves) parts.push(leaves)
    }
    const tree = buildCheckpointTree({
      count: parts.reduce((sum, { count }) => sum + count, 0),
      nodes: Buffer.concat(parts.map(({ nodes }) => nodes)),
      paths: Uint32Array.from(parts.flatMap(({ paths }) => [...paths])),
    })
    this.#trees.set(checkpoint.number, tree)
    for (const oldest of this.#trees.keys()) {
      if (this.#trees.size <= CACHED_TREES) break
      this.#trees.delete(oldest)
    }
    return tree
  }
}

/** What an exit proof consists of beside the header. */
export interface KeptProof {
  transaction: Hex
  witnessHash: Hash
  inputPositions: Hex
  lanes: Hex
  proof: Hex
}
