import { createHash } from 'node:crypto'
import type { LockFact, MarketFact } from '@omg/ledger'
import {
  type Address,
  type Amount,
  coinGuard,
  depositId,
  depositPosition,
  type Guard,
  type Hash,
  type Header,
  headerHash,
  type MarketTerms,
  marketId,
  type Output,
  type OutputId,
  type TxHash,
  toHex,
  ZERO_ADDRESS,
} from '@omg/protocol'
import type { BlobSidecar } from '@omg/rootchain'
import type { StakeFact } from '@omg/stake'
import { nodeError } from '../src/errors.ts'
import type {
  CheckpointSignature,
  CheckpointSink,
  OriginBlock,
  RootChainSource,
  SeenCheckpoint,
  SeenDeposit,
  SeenListing,
  SourceStep,
  SubmissionOptions,
} from '../src/rootchain/seam.ts'
import type { SetMember, ValidatorFact } from '../src/rootchain/validator-sets.ts'

interface FakeBlock extends OriginBlock {
  deposits: SeenDeposit[]
  locks: LockFact[]
  listings: SeenListing[]
  checkpoints: SeenCheckpoint[]
  validators: ValidatorFact[]
  stakes: StakeFact[]
}

/** An Ethereum in memory that misbehaves on demand: it reorganises, falls silent, refuses submissions, loses them. */
export class FakeEthereum implements CheckpointSink {
  readonly blocks: FakeBlock[] = []
  readonly submitted: Header[] = []
  finalityDepth = 0
  /** While set, every request fails. */
  down = false
  /** Submissions that are lost in a reorganisation after they were accepted. */
  loseSubmissions = 0
  /** Wei per blob gas; undefined: it does not say. */
  blobFee: bigint | undefined = 1n
  /** R4: it refuses checkpoints with an older origin than so many blocks; undefined: it takes all. */
  maxOriginAge: bigint | undefined
  /** Refuses transactions with blobs. */
  refusesBlobs = false
  /** The blobs of each submission. */
  readonly blobs: (readonly BlobSidecar[])[] = []
  /** Runs before each submission. */
  onSubmit: (header: Header) => Promise<void> | void = () => {}
  #time: bigint
  #inbox = 0n
  #fork = 0

  constructor(time = BigInt(Math.floor(Date.now() / 1000)) - 1_000n) {
    this.#time = time
    this.mine()
  }

  get head(): FakeBlock {
    return this.blocks.at(-1)!
  }

  mine(fill: Partial<Omit<FakeBlock, keyof OriginBlock>> = {}): FakeBlock {
    const number = BigInt(this.blocks.length)
    const hash = toHex(createHash('sha256').update(`${number}/${this.#fork}`).digest()) as Hash
    this.#time += 1n
    const events = { deposits: [], locks: [], listings: [], checkpoints: [], validators: [], stakes: [] }
    const block = { number, hash, timestamp: this.#time, ...events, ...fill }
    this.blocks.push(block)
    return block
  }

  /** Lets time go by before the next block. */
  pass(seconds: bigint): void {
    this.#time += seconds
  }

  /** A deposit of a COIN in a block of its own. Returns the id of the output. */
  deposit(owner: Address, amount: bigint, token: Address = ZERO_ADDRESS): OutputId {
    return this.depositMany([{ owner, amount, token }])[0]!
  }

  /** Deposits in one block: a COIN of `owner` each, or an ORDER under `guard`. */
  depositMany(
    list: readonly { owner: Address; amount: bigint; token?: Address; guard?: Guard }[],
  ): OutputId[] {
    const checkpoint = this.#last()
    const before = this.blocks.flatMap(({ deposits }) => deposits)
    let sequence = before.filter(({ position }) => position >> 64n === checkpoint).length
    const number = BigInt(this.blocks.length)
    const deposits = list.map(({ owner, amount, token = ZERO_ADDRESS, guard }) => {
      const held = guard
        ? { type: 'order' as const, guard }
        : { type: 'coin' as const, guard: coinGuard(owner) }
      const output: Output = { ...held, token, amount: amount as Amount }
      return {
        index: this.#inbox++,
        output,
        position: depositPosition(checkpoint, ++sequence),
        block: number,
      }
    })
    this.mine({ deposits })
    return deposits.map(({ output, position }) => depositId(output, position))
  }

  startExit(outputId: OutputId): void {
    this.mine({ locks: [{ kind: 'exit', outputId, block: BigInt(this.blocks.length) }] })
  }

  /** Starts the in-flight exit of a payment. */
  fly(txHash: TxHash, inputs: readonly OutputId[]): void {
    this.mine({ locks: [{ kind: 'flight', txHash, inputs, block: BigInt(this.blocks.length) }] })
  }

  /** Shows a second spender of an output. */
  contest(outputId: OutputId): void {
    this.mine({ locks: [{ kind: 'contest', outputId, block: BigInt(this.blocks.length) }] })
  }

  declareVoid(txHash: TxHash): void {
    this.mine({ locks: [{ kind: 'void', txHash, block: BigInt(this.blocks.length) }] })
  }

  /** Lists a market. Returns its id. */
  list(terms: MarketTerms): Hash {
    this.#announce({ kind: 'listed', block: BigInt(this.blocks.length), terms })
    return marketId(terms)
  }

  setState(market: Hash, state: Extract<MarketFact, { kind: 'state' }>['state']): void {
    this.#announce({ kind: 'state', block: BigInt(this.blocks.length), market, state })
  }

  /** Publishes a validator set. */
  publishSet(id: bigint, validators: readonly SetMember[]): void {
    this.mine({ validators: [{ kind: 'set', block: BigInt(this.blocks.length), id, validators }] })
  }

  #announce(fact: MarketFact): void {
    const index = BigInt(this.blocks.flatMap(({ listings }) => listings).length)
    this.mine({ listings: [{ index, fact }] })
  }

  /** Drops the newest blocks and goes on with others. */
  reorganise(depth: number): void {
    const dropped = this.blocks.splice(this.blocks.length - depth)
    this.#fork++
    this.#inbox -= BigInt(dropped.flatMap(({ deposits }) => deposits).length)
    for (let i = 0; i < depth; i++) this.mine()
  }

  source(): RootChainSource {
    let read: OriginBlock[] = []
    return {
      poll: async (): Promise<SourceStep> => {
        if (this.down) {
          return {
            kind: 'failed',
            error: nodeError('ethereum.unavailable', 'The fake is down.'),
            retryInMs: 5,
          }
        }
        const head = this.head.number
        const kept = read.filter(({ number, hash }) => this.blocks[Number(number)]?.hash === hash)
        if (kept.length < read.length) {
          read = kept
          const ancestor = kept.at(-1) ?? this.blocks[0]!
          return { kind: 'reorganised', ancestor, head, cursor: String(ancestor.number) }
        }
        const from = read.length === 0 ? 0n : read.at(-1)!.number + 1n
        const blocks = this.blocks.slice(Number(from), Math.max(0, this.blocks.length - this.finalityDepth))
        if (blocks.length === 0) return { kind: 'idle', head }
        read.push(...blocks)
        return {
          kind: 'advanced',
          blocks: blocks.map(({ number, hash, timestamp }) => ({ number, hash, timestamp })),
          deposits: blocks.flatMap(({ deposits }) => deposits),
          locks: blocks.flatMap(({ locks }) => locks),
          listings: blocks.flatMap(({ listings }) => listings),
          checkpoints: blocks.flatMap(({ checkpoints }) => checkpoints),
          validators: blocks.flatMap(({ validators }) => validators),
          stakes: blocks.flatMap(({ stakes }) => stakes),
          head,
          cursor: String(blocks.at(-1)!.number),
        }
      },
    }
  }

  /** A source that goes on after a cursor, as a restarted node needs it. */
  sourceFrom(cursor: string | undefined): RootChainSource {
    if (cursor === undefined) return this.source()
    const source = this.source()
    let skipped = false
    return {
      poll: async () => {
        if (!skipped && !this.down) {
          skipped = true
          const step = await source.poll()
          if (step.kind !== 'advanced') return step
          const after = <T extends { block: bigint }>(list: readonly T[]) =>
            list.filter(({ block }) => block > BigInt(cursor))
          const blocks = step.blocks.filter(({ number }) => number > BigInt(cursor))
          if (blocks.length === 0) return { kind: 'idle', head: step.head }
          return {
            ...step,
            blocks,
            deposits: after(step.deposits),
            locks: after(step.locks),
            listings: step.listings.filter(({ fact }) => fact.block > BigInt(cursor)),
            checkpoints: after(step.checkpoints),
            validators: after(step.validators),
            stakes: after(step.stakes),
          }
        }
        return source.poll()
      },
    }
  }

  async lastCheckpoint(): Promise<bigint> {
    if (this.down) throw nodeError('ethereum.unavailable', 'The fake is down.')
    return this.#last()
  }

  async feePerBlobGas(): Promise<bigint> {
    if (this.blobFee === undefined) throw nodeError('ethereum.unavailable', 'The fake does not know.')
    return this.blobFee
  }

  async submit(
    header: Header,
    _signatures: readonly CheckpointSignature[],
    { sidecars = [] }: SubmissionOptions,
  ): Promise<'accepted' | 'refused'> {
    await this.onSubmit(header)
    if (sidecars.length > 0 && this.refusesBlobs)
      throw nodeError('ethereum.unavailable', 'The fake takes no blobs.')
    if (this.down) throw nodeError('ethereum.unavailable', 'The fake is down.')
    if (header.checkpoint <= this.#last()) return 'accepted'
    if (header.checkpoint !== this.#last() + 1n) return 'refused'
    // It would stand in the block behind the head.
    if (this.maxOriginAge !== undefined && header.origin + this.maxOriginAge <= this.head.number)
      return 'refused'
    this.submitted.push(header)
    this.blobs.push(sidecars)
    if (this.loseSubmissions-- > 0) {
      this.mine()
      return 'accepted'
    }
    const number = BigInt(this.blocks.length)
    const accepted = {
      number: header.checkpoint,
      headerHash: headerHash(header),
      block: number,
      time: this.#time + 1n,
      lastNonDA: header.daMode === 'blob' ? this.#lastNonDA() : header.checkpoint,
      transaction: headerHash(header),
    }
    this.mine({ checkpoints: [accepted] })
    return 'accepted'
  }

  #lastNonDA(): bigint {
    return this.blocks.flatMap(({ checkpoints }) => checkpoints).at(-1)?.lastNonDA ?? 0n
  }

  #last(): bigint {
    return this.blocks.flatMap(({ checkpoints }) => checkpoints).at(-1)?.number ?? 0n
  }
}
