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

type Step = Pick<Extract<SourceStep, { kind: 'advanced' }>, 'exits' | 'flights' | 'voids'>

/**
 * R6: what exits on Ethereum forbid to spend. Every answer is as of an origin, so a block is judged the same whenever it is
 * executed. What is written belongs into a batch; the memory follows when that is durable.
 */
export class Locks {
  readonly #tables: Pick<Tables, 'exits' | 'flights' | 'voids'>
  /** Ethereum block of the first exit of each output. */
  readonly #exits = new Map<Key, number>()
  readonly #flights = new Map<Key, Flight>()
  /** The payments in flight that spend an output. */
  readonly #spenders = new Map<Key, Key[]>()
  /** Ethereum block in which a transaction was declared void. */
  readonly #voids = new Map<Key, number>()

  constructor(tables: Pick<Tables, 'exits' | 'flights' | 'voids'>) {
    this.#tables = tables
    for (const { key, value } of tables.exits.getRange({}))
      this.#exits.set(keyOf(key), JSON.parse(value).block)
    for (const { key, value } of tables.flights.getRange({})) {
      const { inputs, block } = JSON.parse(value) as { inputs: Hex[]; block: number }
      this.#addFlight(keyOf(key), { inputs: inputs.map(keyOfHex), block })
    }
    for (const { key, value } of tables.voids.getRange({})) this.#voids.set(keyOf(key), Number(value))
  }

  /** Ethereum block of the newest lock; 0 if there is none. */
  newestBlock(): number {
    let newest = 0
    for (const block of this.#exits.values()) if (block > newest) newest = block
    for (const { block } of this.#flights.values()) if (block > newest) newest = block
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
  put({ exits, flights, voids }: Step): void {
    for (const { id, time, block } of exits.toReversed()) {
      if (this.#exits.has(keyOfHex(id))) continue
      const value = JSON.stringify({ time: String(time), block: Number(block) })
      this.#tables.exits.put(bytesOf(keyOfHex(id)), value)
    }
    for (const { txHash, inputs, block } of flights) {
      this.#tables.flights.put(bytesOf(keyOfHex(txHash)), JSON.stringify({ inputs, block: Number(block) }))
    }
    for (const { txHash, block } of voids) this.#tables.voids.put(bytesOf(keyOfHex(txHash)), String(block))
  }

  add({ exits, flights, voids }: Step): void {
    for (const { id, block } of exits) {
      const key = keyOfHex(id)
      if (!this.#exits.has(key)) this.#exits.set(key, Number(block))
    }
    for (const { txHash, inputs, block } of flights) {
      this.#addFlight(keyOfHex(txHash), { inputs: inputs.map(keyOfHex), block: Number(block) })
    }
    for (const { txHash, block } of voids) this.#voids.set(keyOfHex(txHash), Number(block))
  }

  /** Removes from the tables what happened after a block. */
  remove(ancestor: bigint): void {
    const gone = this.#after(ancestor)
    for (const key of gone.exits) this.#tables.exits.remove(bytesOf(key))
    for (const key of gone.flights) this.#tables.flights.remove(bytesOf(key))
    for (const key of gone.voids) this.#tables.voids.remove(bytesOf(key))
  }

  /** Forgets what happened after a block. */
  forget(ancestor: bigint): void {
    const gone = this.#after(ancestor)
    for (const key of gone.exits) this.#exits.delete(key)
    for (const key of gone.flights) this.#dropFlight(key)
    for (const key of gone.voids) this.#voids.delete(key)
  }

  #after(ancestor: bigint) {
    const late = ([, block]: [Key, number]) => block > Number(ancestor)
    return {
      exits: [...this.#exits].filter(late).map(([key]) => key),
      flights: [...this.#flights].filter(([, { block }]) => block > Number(ancestor)).map(([key]) => key),
      voids: [...this.#voids].filter(late).map(([key]) => key),
    }
  }

  #blocks(id: Key, spender: Key, at: number): boolean {
    const exit = this.#exits.get(id)
    if (exit !== undefined && exit <= at) return true
    return (this.#spenders.get(id) ?? []).some(flight => flight !== spender && this.#isFlying(flight, at))
  }

  #isFlying(flight: Key, at: number): boolean {
    const voided = this.#voids.get(flight)
    return this.#flights.get(flight)!.block <= at && !(voided !== undefined && voided <= at)
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

function bytesOf(key: Key): Buffer {
  return Buffer.from(key, 'latin1')
}
