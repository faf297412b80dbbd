import {
  decodeTransaction,
  fromHex,
  type Hex,
  type OutputId,
  type TxHash,
  toHex,
  unwrap,
} from '@omg/protocol'
import type { LockedOutputs } from './types.ts'

/** Something on Ethereum that R6 depends on. `block` is the number of the Ethereum block it stands in. */
export type LockFact = { readonly block: bigint } & (
  | { readonly kind: 'exit'; readonly outputId: OutputId }
  /** The in-flight exit of a payment started that could still be included. */
  | { readonly kind: 'flight'; readonly txHash: TxHash; readonly inputs: readonly OutputId[] }
  /** A second valid spender of an output was shown. */
  | { readonly kind: 'contest'; readonly outputId: OutputId }
  /** A transaction is void: none of its outputs is ever paid. */
  | { readonly kind: 'void'; readonly txHash: TxHash }
)

interface Flight {
  readonly txHash: Key
  block: bigint
}

/** 32 bytes as a map key: one character per byte. */
type Key = string & { readonly __key: true }

/**
 * R6, for node and watcher alike: what exits on Ethereum forbid to spend. Every answer is as of an origin, so a block is judged
 * the same whenever it is executed; a fact costs the same however many there are, and so does an answer. Facts may come in
 * any order and more than once. Those of a fork that died are forgotten by starting anew.
 *
 * - An output that exits is spent by nobody. Nor is a contested one: its owner signed it away twice, so Ethereum may give it to
 *   either payment or, by time alone, to neither (A14).
 * - An input of a payment in flight is spent by no other payment (A15). The payment itself passes, so a stranger who starts the
 *   exit of somebody's public payment stops nobody (A13b).
 * - A void payment locks nothing any more, and is not included itself.
 */
export class Locks {
  /** Outputs that nobody may spend, with the first block that said so. */
  readonly #closed = new Map<Key, bigint>()
  /** The payments in flight that spend an output. */
  readonly #spenders = new Map<Key, Flight[]>()
  readonly #flights = new Map<Key, Flight>()
  readonly #voids = new Map<Key, bigint>()
  #newest = 0n

  constructor(facts: Iterable<LockFact> = []) {
    for (const fact of facts) this.add(fact)
  }

  /** Ethereum block of the newest fact; 0 if there is none. */
  get newest(): bigint {
    return this.#newest
  }

  add(fact: LockFact): void {
    if (fact.block > this.#newest) this.#newest = fact.block
    switch (fact.kind) {
      case 'exit':
      case 'contest':
        keepFirst(this.#closed, keyOfHex(fact.outputId), fact.block)
        break
      case 'flight':
        this.#addFlight(keyOfHex(fact.txHash), fact.inputs, fact.block)
        break
      case 'void':
        keepFirst(this.#voids, keyOfHex(fact.txHash), fact.block)
    }
  }

  /** The locks of a block with this origin. */
  at(origin: bigint): LockedOutputs {
    return {
      size: this.#closed.size + this.#spenders.size,
      blocks: (id, spender) => this.#blocks(keyOf(id), spender, origin),
    }
  }

  #blocks(id: Key, spender: Uint8Array, origin: bigint): boolean {
    if (isBy(this.#closed.get(id), origin)) return true
    const flights = this.#spenders.get(id)
    if (flights === undefined) return false
    const by = keyOf(spender)
    return flights.some(({ txHash, block }) => {
      if (block > origin) return false
      return isBy(this.#voids.get(txHash), origin) ? txHash === by : txHash !== by
    })
  }

  #addFlight(txHash: Key, inputs: readonly OutputId[], block: bigint): void {
    const known = this.#flights.get(txHash)
    if (known !== undefined) {
      if (block < known.block) known.block = block
      return
    }
    const flight: Flight = { txHash, block }
    this.#flights.set(txHash, flight)
    for (const input of inputs) {
      const key = keyOfHex(input)
      this.#spenders.set(key, [...(this.#spenders.get(key) ?? []), flight])
    }
  }
}

/** No output is locked. */
export const NO_LOCKED_OUTPUTS: LockedOutputs = new Locks().at(0n)

/** The arguments of the events of the exit games that R6 reads; hex in any case. */
interface LockingArguments {
  ExitStarted: { readonly exitId: Hex }
  Piggybacked: { readonly outputId: Hex }
  InFlightExitStarted: {
    readonly transactionHash: Hex
    readonly transaction: Hex
    readonly expired: boolean
  }
  SpendContested: { readonly outputId: Hex }
  TransactionVoid: { readonly transactionHash: Hex }
}

/**
 * What an event of the contracts, decoded with their ABI, means for R6; undefined if nothing. A standard exit locks its output, a
 * piggyback the input or output it is on. A payment that was dead when its in-flight exit started locks nothing: it can
 * not be included any more, and wins nothing on Ethereum before it is shown that it was (A13b, A17).
 */
export function lockFactOf(eventName: string, args: unknown, block: bigint): LockFact | undefined {
  const of = <Name extends keyof LockingArguments>(_: Name) => args as LockingArguments[Name]
  switch (eventName) {
    case 'ExitStarted':
      return { kind: 'exit', outputId: lower(of(eventName).exitId), block }
    case 'Piggybacked':
      return { kind: 'exit', outputId: lower(of(eventName).outputId), block }
    case 'SpendContested':
      return { kind: 'contest', outputId: lower(of(eventName).outputId), block }
    case 'TransactionVoid':
      return { kind: 'void', txHash: lower(of(eventName).transactionHash), block }
    case 'InFlightExitStarted': {
      const { transactionHash, transaction, expired } = of(eventName)
      const pay = unwrap(decodeTransaction(fromHex(transaction)))
      if (pay.kind !== 'pay')
        throw new Error('the exit game started an in-flight exit of something that is no PAY')
      return expired
        ? undefined
        : { kind: 'flight', txHash: lower(transactionHash), inputs: pay.inputs, block }
    }
    default:
      return undefined
  }
}

function keepFirst(blocks: Map<Key, bigint>, key: Key, block: bigint): void {
  const known = blocks.get(key)
  if (known === undefined || block < known) blocks.set(key, block)
}

function isBy(block: bigint | undefined, origin: bigint): boolean {
  return block !== undefined && block <= origin
}

function keyOf(bytes: Uint8Array): Key {
  return Buffer.from(bytes.buffer, bytes.byteOffset, 32).toString('latin1') as Key
}

function keyOfHex(hex: Hex): Key {
  return keyOf(fromHex(hex))
}

function lower<T extends Hex>(hex: Hex): T {
  return toHex(fromHex(hex)) as T
}
