import type { LockedOutputs } from '@omg/ledger'
import type { Hash, Hex } from '@omg/protocol'
import { type Key, keyOf, keyOfHex } from '../mempool/pending.ts'
import type { Tables } from '../store/tables.ts'
import type { SourceStep } from './seam.ts'

/** A payment whose in-flight exit started in an Ethereum block. */
interface Flight {
  readonly inputs: readonly Key[]
  readonly block: number
}

type Step = Pick<Extract<SourceStep, { kind: 'advanced' }>, 'exits' | 'flights' | 'voids' | 'rivals'>

/**
 * R6: what exits on Ethereum forbid to spend. Every answer is as of an origin, so a block is judged the same whenever it is
 * executed. What is written belongs into a batch; the memory follows when that is durable.
 */
export class Locks {
  readonly #tables: Pick<Tables, 'exits' | 'flights' | 'voids' | 'rivals'>
  /** Ethereum block of the first exit of each output. */
  readonly #exits = new Map<Key, number>()
  readonly #flights = new Map<Key, Flight>()
  /** The payments in flight that spend an output. */
  readonly #spenders = new Map<Key, Key[]>()
  /** Ethereum block in which a transaction was declared void. */
  readonly #voids = new Map<Key, number>()
  /** Ethereum block that first showed a rival of a payment in flight. */
  readonly #rivals = new Map<Key, number>()

  constructor(tables: Pick<Tables, 'exits' | 'flights' | 'voids' | 'rivals'>) {
    this.#tables = tables
    for (const { key, value } of tables.exits.getRange({}))
      this.#exits.set(keyOf(key), JSON.parse(value).block)
    for (const { key, value } of tables.flights.getRange({})) {
      const { inputs, block } = JSON.parse(value) as { inputs: Hex[]; block: number }
      this.#addFlight(keyOf(key), { inputs: inputs.map(keyOfHex), block })
    }
    for (const { key, value } of tables.voids.getRange({})) this.#voids.set(keyOf(key), Number(value))
    for (const { key, value } of tables.rivals.getRange({})) this.#rivals.set(keyOf(key), Number(value))
  }

  /** Ethereum block of the newest lock; 0 if there is none. */
  newestBlock(): number {
    let newest = 0
    for (const block of this.#exits.values()) if (block > newest) newest = block
    for (const { block } of this.#flights.values()) if (block > newest) newest = block
    for (const block of this.#rivals.values()) if (block > newest) newest = block
    return newest
  }

  at(origin: bigint): LockedOutputs {
    const size = this.#exits.size + this.#flights.size
    const at = Number(origin)
    return { size, blocks: (id, spender) => size > 0 && this.#blocks(keyOf(id), keyOf(spender), at) }
  }

  exit(id: Hash): { time: bigint; block: bigint } | undefined {
    const text = this.#tables.exits.get(bytesOf(keyOfHex(id)))
    if (text === undefined) return undefined
    const { time, block } = JSON.parse(text)
    return { time: BigInt(time), block: BigInt(block) }
  }

  /** Writes what is new: of an output the first exit, of a transaction the first of everything. */
  put({ exits, flights, voids, rivals }: Step): void {
    for (const { id, time, block } of exits.toReversed()) {
      if (this.#exits.has(keyOfHex(id))) continue
      const value = JSON.stringify({ time: String(time), block: Number(block) })
      this.#tables.exits.put(bytesOf(keyOfHex(id)), value)
    }
    for (const { txHash, inputs, block } of flights) {
      this.#tables.flights.put(bytesOf(keyOfHex(txHash)), JSON.stringify({ inputs, block: Number(block) }))
    }
    for (const { txHash, block } of voids) this.#tables.voids.put(bytesOf(keyOfHex(txHash)), String(block))
    for (const { txHash, block } of rivals.toReversed()) {
      const key = keyOfHex(txHash)
      if (!this.#rivals.has(key)) this.#tables.rivals.put(bytesOf(key), String(block))
    }
  }

  add({ exits, flights, voids, rivals }: Step): void {
    for (const { id, block } of exits) {
      const key = keyOfHex(id)
      if (!this.#exits.has(key)) this.#exits.set(key, Number(block))
    }
    for (const { txHash, inputs, block } of flights) {
      this.#addFlight(keyOfHex(txHash), { inputs: inputs.map(keyOfHex), block: Number(block) })
    }
    for (const { txHash, block } of voids) this.#voids.set(keyOfHex(txHash), Number(block))
    for (const { txHash, block } of rivals) {
      const key = keyOfHex(txHash)
      if (!this.#rivals.has(key)) this.#rivals.set(key, Number(block))
    }
  }

  /** Removes from the tables what happened after a block. */
  remove(ancestor: bigint): void {
    const gone = this.#after(ancestor)
    for (const key of gone.exits) this.#tables.exits.remove(bytesOf(key))
    for (const key of gone.flights) this.#tables.flights.remove(bytesOf(key))
    for (const key of gone.voids) this.#tables.voids.remove(bytesOf(key))
    for (const key of gone.rivals) this.#tables.rivals.remove(bytesOf(key))
  }

  /** Forgets what happened after a block. */
  forget(ancestor: bigint): void {
    const gone = this.#after(ancestor)
    for (const key of gone.exits) this.#exits.delete(key)
    for (const key of gone.flights) this.#dropFlight(key)
    for (const key of gone.voids) this.#voids.delete(key)
    for (const key of gone.rivals) this.#rivals.delete(key)
  }

  #after(ancestor: bigint) {
    const late = ([, block]: [Key, number]) => block > Number(ancestor)
    return {
      exits: [...this.#exits].filter(late).map(([key]) => key),
      flights: [...this.#flights].filter(([, { block }]) => block > Number(ancestor)).map(([key]) => key),
      voids: [...this.#voids].filter(late).map(([key]) => key),
      rivals: [...this.#rivals].filter(late).map(([key]) => key),
    }
  }

  #blocks(id: Key, spender: Key, at: number): boolean {
    const exit = this.#exits.get(id)
    if (exit !== undefined && exit <= at) return true
    return (this.#spenders.get(id) ?? []).some(flight => this.#bars(flight, spender, at))
  }

  /**
   * A payment in flight bars everybody else; itself too once a rival was shown, for then it may become void in silence, by
   * time alone, and Ethereum would pay its inputs as well (A14, A15). One that was declared void bars only itself.
   */
  #bars(flight: Key, spender: Key, at: number): boolean {
    if (this.#flights.get(flight)!.block > at) return false
    if (isBy(this.#voids.get(flight), at)) return flight === spender
    return flight !== spender || isBy(this.#rivals.get(flight), at)
  }

  #addFlight(key: Key, flight: Flight): void {
    if (this.#flights.has(key)) return
    this.#flights.set(key, flight)
    for (const input of flight.inputs) this.#spenders.set(input, [...(this.#spenders.get(input) ?? []), key])
  }

  #dropFlight(key: Key): void {
    for (const input of this.#flights.get(key)!.inputs) {
      const others = this.#spenders.get(input)!.filter(other => other !== key)
      if (others.length > 0) this.#spenders.set(input, others)
      else this.#spenders.delete(input)
    }
    this.#flights.delete(key)
  }
}

function isBy(block: number | undefined, at: number): boolean {
  return block !== undefined && block <= at
}

function bytesOf(key: Key): Buffer {
  return Buffer.from(key, 'latin1')
}
