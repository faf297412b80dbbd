import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  type Block,
  type BlockInputs,
  buildCheckpointTree,
  type ClosedCheckpoint,
  createMapper,
  decodeBlock,
  type Execution,
  encodeBlock,
  inputPositionsOf,
  type Leaves,
  Ledger,
  type LedgerParameters,
  Locks,
  lockFactOf,
  type MappedRecord,
  NODE_BYTES,
  recordAt,
  recordHash,
  writeEntry,
} from '@omg/ledger'
import {
  type Address,
  address,
  amount,
  checkpointDigest,
  coinGuard,
  concat,
  type Deposit,
  decodeSignedTransaction,
  encodeHeader,
  encodeProof,
  encodeSignedTransaction,
  encodeTransaction,
  encodeWitness,
  fromHex,
  type Hash,
  type Header,
  type Hex,
  hash,
  headerHash,
  type Output,
  type OutputId,
  outputId,
  type Pay,
  payDigest,
  position,
  signDigest,
  type TxHash,
  toHex,
  unwrap,
  witnessHash,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@omg/protocol'
import {
  createEventReader,
  type Deployment,
  domainOf,
  type EventReader,
  type Origin,
  type RootChain,
  submitCheckpoint,
} from '@omg/rootchain'
import { type Ethereum, rootChainOf, testAccount, testPrivateKey, VALIDATOR } from '@omg/rootchain/testing'

/** Fee of a payment: 1,000 lane units of one gwei. */
export const FEE = 1_000n * 10n ** 9n
/** Test account whose key pays for checkpoints. */
const SUBMITTER = 8
const FAR = 10n ** 12n

export interface Payment {
  readonly pay: Pay
  readonly hash: TxHash
  readonly signed: Uint8Array
  readonly ids: readonly OutputId[]
}

export interface PaymentOptions {
  /** Test accounts that sign. */
  readonly from: readonly number[]
  readonly inputs: readonly OutputId[]
  readonly outputs: readonly Output[]
  readonly validUntil?: bigint
}

/**
 * The whole chain in one hand, on a real Ethereum: makes blocks, serves them as a node does, and signs checkpoints. It is
 * honest unless a test tells it not to be: it then mints, forges, withholds or signs something else.
 */
export class Operator implements AsyncDisposable {
  readonly ethereum: Ethereum
  readonly deployment: Deployment
  readonly ledger: Ledger
  readonly rootChain: RootChain
  /** What it serves; a test may put another block in place of one. */
  readonly blocks: Uint8Array[] = []
  /** Blocks from this height on are not served. */
  withheldFrom = Number.POSITIVE_INFINITY
  /** It does not answer at all. */
  down = false
  readonly #reader: EventReader
  readonly #server: Server
  readonly #inbox: Deposit[] = []
  readonly #inboxBlocks: bigint[] = []
  readonly #locks = new Locks()
  readonly #map: ReturnType<typeof createMapper>
  /** Where each payment stands, to prove its inclusion. */
  readonly #places = new Map<
    TxHash,
    { checkpoint: bigint; path: number; positions: Uint8Array; node: Uint8Array }
  >()
  readonly #leaves = new Map<bigint, Leaves[]>()
  readonly #headers = new Map<bigint, Header>()
  #parent: Header | undefined
  #closed: ClosedCheckpoint | undefined

  private constructor(ethereum: Ethereum, deployment: Deployment, reader: EventReader, server: Server) {
    this.ethereum = ethereum
    this.deployment = deployment
    this.rootChain = rootChainOf(ethereum, deployment, SUBMITTER)
    this.ledger = new Ledger(this.parameters())
    this.#reader = reader
    this.#server = server
    this.#map = createMapper(domainOf(deployment))
  }

  static async start(ethereum: Ethereum, deployment: Deployment): Promise<Operator> {
    const reader = await createEventReader({ deployment, urls: [ethereum.url], confirmations: 0 })
    const server = createServer()
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const operator = new Operator(ethereum, deployment, reader, server)
    server.on('request', (request, response) => {
      if (operator.down) return void response.destroy()
      if (request.method === 'POST') {
        let body = ''
        request.on('data', chunk => {
          body += chunk
        })
        request.on('end', () => {
          const { method } = JSON.parse(body) as { method: string }
          response.end(JSON.stringify({ jsonrpc: '2.0', id: 1, result: operator.#answer(method) }))
        })
        return
      }
      const height = Number(request.url?.split('/').at(-1))
      const block = height < operator.withheldFrom ? operator.blocks[height - 1] : undefined
      if (block === undefined) response.writeHead(404).end()
      else response.end(block)
    })
    return operator
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Number of the last checkpoint on Ethereum. */
  get lastCheckpoint(): bigint {
    return this.#parent?.checkpoint ?? 0n
  }

  parameters(): LedgerParameters {
    const { deployment } = this
    return {
      domain: domainOf(deployment),
      feeTokens: deployment.feeTokens.map(({ lane, token, unit }) => ({
        ...{ lane, token, unit },
        dust: 100n * unit,
        fees: { payment: 1_000n, item: 2_000n },
      })),
      feeRecipients: [{ owner: address(testAccount(VALIDATOR).address), weight: 1n }],
    }
  }

  /** A COIN of ETH for a test account. */
  coin(owner: number, value: bigint): Output {
    const guard = coinGuard(address(testAccount(owner).address))
    return { type: 'coin', guard, token: ZERO_ADDRESS, amount: amount(value) }
  }

  pay({ from, inputs, outputs, validUntil = FAR }: PaymentOptions): Payment {
    const pay: Pay = { kind: 'pay', inputs, outputs, validUntil, memo: ZERO_HASH }
    const digest = payDigest(pay, domainOf(this.deployment)) as TxHash
    const signatures = from.map(i => signDigest(digest, testPrivateKey(i)))
    const witness = { signatures, orderTerms: [], swapTerms: [] }
    const signed = encodeSignedTransaction({ transaction: pay, witness })
    return { pay, hash: digest, signed, ids: outputs.map((_, i) => outputId(digest, i)) }
  }

  /** Makes the next block, with every deposit that Ethereum has where a new checkpoint allows. */
  async block(payments: readonly Payment[] = [], change: Partial<BlockInputs> = {}): Promise<Block> {
    const records = payments.map(({ signed }) => this.record(signed))
    const { execution, dropped } = this.ledger.assembleBlock(records, await this.#inputs(change))
    if (dropped.length > 0) throw dropped[0]!.error
    this.#note(execution)
    this.#closed = this.ledger.applyBlock(execution) ?? this.#closed
    this.blocks.push(encodeBlock(execution.block))
    return execution.block
  }

  /** Closes the checkpoint with a block of these payments and brings it to Ethereum. */
  async checkpoint(payments: readonly Payment[] = [], change: Partial<Header> = {}): Promise<Header> {
    await this.block(payments, { closes: true })
    return this.submit(change)
  }

  /** Signs and submits the checkpoint that was closed last, changed as a test wants it. */
  async submit(change: Partial<Header> = {}): Promise<Header> {
    const { chainId, rootChain: contract } = this.deployment
    const parentHash = this.#parent === undefined ? ZERO_HASH : headerHash(this.#parent)
    const header: Header = {
      ...{ version: 3, chainId, contract, parentHash },
      ...this.#closed!,
      ...{
        bookRoot: ZERO_HASH,
        batchRoot: ZERO_HASH,
        validatorSetId: 1n,
        daMode: 'plasma',
        daCommitments: [],
      },
      ...change,
    }
    const digest = checkpointDigest(headerHash(header), domainOf(this.deployment))
    await submitCheckpoint(this.rootChain, {
      header,
      signatures: [signDigest(digest, testPrivateKey(VALIDATOR))],
    })
    this.#parent = header
    this.#headers.set(header.checkpoint, header)
    return header
  }

  /** Replaces the last block that is served by one that claims something else. */
  forgeLast(change: Partial<Block>): void {
    const last = this.blocks.length - 1
    this.blocks[last] = encodeBlock({ ...unwrap(decodeBlock(this.blocks[last]!)), ...change })
  }

  /** Puts an output into the chain's state out of nothing: the next block that spends it mints. */
  conjure(output: Output, id: OutputId = hash(`0x${'4d'.repeat(32)}`) as OutputId): OutputId {
    const at = position({ checkpoint: 0n, sequence: 1, shard: 0, index: 0, output: 0 })
    if (this.ledger.unspent.has(fromHex(id))) this.ledger.unspent.remove(fromHex(id))
    this.ledger.unspent.add(writeEntry({ id, output, position: at, height: 0n }))
    return id
  }

  /** Deposit number `index` of the inbox as an exit game takes it. */
  depositOrigin(index: number): Origin {
    const deposit = this.#inbox[index]
    if (deposit === undefined) throw new Error(`the operator has not read deposit ${index}`)
    return { creator: { transaction: toHex(encodeTransaction(deposit)), outputIndex: 0 } }
  }

  /** Output `outputIndex` of a committed payment as an exit game takes it: honest or not, it is in the checkpoint. */
  origin(payment: Payment, outputIndex: number): Origin {
    const place = this.#places.get(payment.hash)
    const header = place && this.#headers.get(place.checkpoint)
    if (place === undefined || header === undefined)
      throw new Error('the payment is in no checkpoint on Ethereum')
    const leaves = this.#leaves.get(place.checkpoint)!
    const tree = buildCheckpointTree({
      count: leaves.reduce((sum, { count }) => sum + count, 0),
      paths: Uint32Array.from(leaves.flatMap(({ paths }) => [...paths])),
      nodes: concat(...leaves.map(({ nodes, count }) => nodes.subarray(0, NODE_BYTES * count))),
    })
    const { witness } = unwrap(decodeSignedTransaction(payment.signed))
    const inclusion = {
      header: toHex(encodeHeader(header)),
      path: place.path,
      witnessHash: witnessHash(witness),
      inputPositions: toHex(place.positions),
      lanes: BigInt(toHex(place.node.subarray(32))),
      proof: toHex(encodeProof(tree.proof(place.path))),
    }
    return { creator: { transaction: toHex(encodeTransaction(payment.pay)), outputIndex }, inclusion }
  }

  record(signed: Uint8Array): MappedRecord {
    const record = recordAt(this.#map(signed, Uint32Array.of(0, signed.length)), 0)
    if (record === undefined) throw new Error('the map stage refused the payment')
    return record
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise(resolve => this.#server.close(resolve))
  }

  #note({ block, leaves, records }: Execution): void {
    const { checkpoint } = block
    this.#leaves.set(checkpoint, [...(this.#leaves.get(checkpoint) ?? []), leaves])
    for (const [i, record] of records.entries()) {
      const node = leaves.nodes.slice(NODE_BYTES * i, NODE_BYTES * (i + 1))
      const positions = inputPositionsOf(block, i).slice()
      this.#places.set(recordHash(record), { checkpoint, path: leaves.paths[i]!, positions, node })
    }
  }

  async #inputs(change: Partial<BlockInputs>): Promise<BlockInputs> {
    await this.#readEthereum()
    const { tip } = this.ledger
    const opens = tip.firstHeight === tip.height + 1n
    const { ethereum } = this
    const origin = opens
      ? await ethereum.client.getBlock({
          blockNumber: (await ethereum.client.getBlockNumber({ cacheTime: 0 })) - 1n,
        })
      : { number: tip.origin, hash: tip.originHash as Hex, timestamp: tip.originTime }
    const cursor = Number(tip.inboxCursor)
    const deposits = this.#inbox.slice(cursor).filter((deposit, i) => {
      return this.#inboxBlocks[cursor + i]! <= origin.number && deposit.position >> 64n < tip.checkpoint
    })
    return {
      height: tip.height + 1n,
      time: tip.time + 1n,
      checkpoint: tip.checkpoint,
      origin: origin.number,
      originHash: hash(origin.hash) as Hash,
      originTime: origin.timestamp,
      closes: false,
      daMode: tip.daMode,
      deposits,
      locked: this.#locks.at(origin.number),
      ...change,
    }
  }

  async #readEthereum(): Promise<void> {
    for (;;) {
      const step = await this.#reader.poll()
      if (step.kind === 'failed') throw step.error
      if (step.kind === 'idle') return
      if (step.kind === 'reorganised')
        throw new Error('the scripted operator does not follow reorganisations')
      for (const event of step.events) {
        if (event.kind === 'deposit') {
          const { index: inboxIndex, position: at, output, block } = event
          this.#inbox.push({ kind: 'deposit', inboxIndex, position: at, output })
          this.#inboxBlocks.push(block.number)
        } else if (event.kind === 'contract') {
          const fact = lockFactOf(event.eventName, event.args, event.block.number)
          if (fact !== undefined) this.#locks.add(fact)
        }
      }
    }
  }

  #answer(method: string): unknown {
    if (method === 'omg_status') return { height: String(this.blocks.length) }
    if (method !== 'omg_getParameters') return null
    const { domain, feeTokens, feeRecipients } = this.parameters()
    return JSON.parse(
      JSON.stringify({ domain, feeTokens, feeRecipients }, (_, value) =>
        typeof value === 'bigint' ? value.toString() : value,
      ),
    )
  }
}

/** The address of a test account, in lower case. */
export function ownerOf(index: number): Address {
  return address(testAccount(index).address)
}

/** A signed payment as `POST /evidence` takes it. */
export function hexOf(payment: Payment): Hex {
  return toHex(payment.signed)
}

/** A payment and its witness as the exit games take them. */
export function shownOf({ signed }: Payment): { transaction: Hex; witness: Hex } {
  const { transaction, witness } = unwrap(decodeSignedTransaction(signed))
  return { transaction: toHex(encodeTransaction(transaction)), witness: toHex(encodeWitness(witness)) }
}
