import { randomInt } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads'
import type { Batch, Case } from '@omg/exchange'
import { ADDRESS_BYTES, type Domain, type Hash } from '@omg/protocol'
import { ClearingHouse, type ClearingHouseOptions } from './clearing.house.ts'
import { knownKeysMemory } from './known-keys.ts'
import type { MapTask } from './map.queue.ts'
import { createMapper, type Mapper } from './map.ts'
import { buildCheckpointTree, NODE_BYTES, reduceRoots, shardStarts } from './tree.ts'
import type { Leaves, MapPool, MappedBatch, SignatureCounts } from './types.ts'

/** Transactions of one task: small enough to keep all workers busy to the end, large enough to hide the hand-over. */
export const MAP_TASK_TRANSACTIONS = 128
/** Tasks a worker has at a time: enough (250 ms) that it does not stand while this thread makes a block, or flushes tables. */
const TASKS_PER_WORKER = 24

/** What a worker is asked; buffers are transferred, not copied. */
export type Task =
  | ({ readonly kind: 'map' } & MapTask)
  | { readonly kind: 'reduce'; readonly nodes: Uint8Array; readonly starts: readonly number[] }
type Answer = MappedBatch | Uint8Array
/** What it says: the answer to its oldest task of that kind, or why its program has ended. */
export type Said =
  | { readonly kind: 'map'; readonly answer: MappedBatch; readonly counts: SignatureCounts }
  | { readonly kind: 'reduce'; readonly answer: Uint8Array }
  | { readonly kind: 'trouble'; readonly reason: string }

/** What a worker starts with. */
export interface WorkerData {
  readonly domain: Domain
  readonly clearing: MessagePort
  /** The program that checks signatures in batches, and the keys of those whom a worker of the pool has seen. */
  readonly batches: { readonly program: string; readonly knownKeys: SharedArrayBuffer } | undefined
}

export interface MapPoolOptions {
  readonly domain: Domain
  /** Threads besides this one; 0 = map in this thread. Default: one less than the machine has. */
  readonly workers?: number
  /** Which books workers may clear, and how long to wait for them; as measured where absent. */
  readonly clearing?: Omit<ClearingHouseOptions, 'helpers'>
  /**
   * Path of the program that checks signatures in batches (tools/signatures): each worker runs one, for those of whom it has the key.
   * Without it, and in this thread, signers are recovered. The answers are the same.
   */
  readonly signatureProgram?: string | undefined
  /** The program of a worker ended, or said what cannot be: that worker recovers until it has started it again. */
  readonly onTrouble?: (reason: string) => void
}

interface Job {
  readonly task: Task
  readonly transfer: ArrayBuffer[]
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: Error) => void
}

interface Slot {
  readonly worker: Worker
  /** Where the worker hears of clearing: a line of its own, so that it need not finish all its jobs first. */
  readonly clearing: MessagePort
  /** Jobs handed to the worker; it answers those of one kind in their order. */
  readonly active: Job[]
}

/**
 * Runs the map stage, the auctions of a block, and the reduction of shards, on worker threads. Any number of workers gives the same
 * answers in the same order: tasks are cut by count, and joined by index.
 */
export function createMapPool(options: MapPoolOptions): MapPool {
  const { domain, workers = availableParallelism() - 1 } = options
  return workers > 0 ? new ThreadPool(workers, options) : inThread(createMapper(domain))
}

function inThread(map: Mapper): MapPool {
  const house = new ClearingHouse()
  return {
    workers: 0,
    clearedByWorkers: 0,
    checksBatches: false,
    signatures: { verified: 0, recovered: 0, vain: 0 },
    clear: cases => house.clear(cases),
    map: async (bytes, bounds) => map(bytes, bounds),
    reduce: async leaves => {
      const { root, lanes } = buildCheckpointTree(leaves)
      return { root, lanes }
    },
    close: async () => {},
  }
}

class ThreadPool implements MapPool {
  readonly workers: number
  readonly checksBatches: boolean
  signatures: SignatureCounts = { verified: 0, recovered: 0, vain: 0 }
  readonly #onTrouble: (reason: string) => void
  readonly #slots: Slot[] = []
  readonly #queue: Job[] = []
  readonly #house: ClearingHouse
  #closed: Error | undefined

  constructor(workers: number, { domain, signatureProgram, onTrouble, clearing: options }: MapPoolOptions) {
    this.workers = workers
    this.checksBatches = signatureProgram !== undefined
    this.#onTrouble = onTrouble ?? (() => {})
    const batches =
      signatureProgram === undefined
        ? undefined
        : { program: signatureProgram, knownKeys: knownKeysMemory(randomInt(2 ** 32)) }
    for (let i = 0; i < workers; i++) {
      const { port1: clearing, port2 } = new MessageChannel()
      const workerData: WorkerData = { domain, clearing: port2, batches }
      const worker = new Worker(new URL('./map.worker.ts', import.meta.url), {
        workerData,
        transferList: [port2],
      })
      const slot: Slot = { worker, clearing, active: [] }
      worker.on('message', (said: Said) => this.#hear(slot, said))
      worker.on('error', error => this.#fail(error))
      worker.on('exit', () => this.#fail(new Error('a map worker has stopped')))
      worker.unref()
      this.#slots.push(slot)
    }
    const helpers = this.#slots.map(
      ({ clearing }) =>
        (memory: SharedArrayBuffer) =>
          clearing.postMessage(memory),
    )
    this.#house = new ClearingHouse({ ...options, helpers })
  }

  get clearedByWorkers(): number {
    return this.#house.helped
  }

  clear(cases: readonly Case[]): readonly Batch[] {
    return this.#house.clear(cases)
  }

  async map(bytes: Uint8Array, bounds: Uint32Array, guesses?: Uint8Array): Promise<MappedBatch> {
    const count = bounds.length / 2
    const tasks: Promise<Answer>[] = []
    for (let from = 0; from < count; from += MAP_TASK_TRANSACTIONS) {
      const part = bounds.slice(2 * from, 2 * Math.min(count, from + MAP_TASK_TRANSACTIONS))
      const start = part[0]!
      // A copy with a buffer of its own: `slice` of a Buffer would share the pool, which cannot be transferred.
      const copy = new Uint8Array(bytes.subarray(start, part.at(-1)!))
      for (let i = 0; i < part.length; i++) part[i] = part[i]! - start
      const guessed = guesses?.slice(ADDRESS_BYTES * from, ADDRESS_BYTES * (from + MAP_TASK_TRANSACTIONS))
      tasks.push(
        this.#run({ kind: 'map', bytes: copy, bounds: part, guesses: guessed }, [copy.buffer, part.buffer]),
      )
    }
    return join((await Promise.all(tasks)) as MappedBatch[], count)
  }

  async reduce(leaves: Leaves): Promise<{ root: Hash; lanes: bigint }> {
    const starts = shardStarts(leaves)
    const shards = starts.length - 1
    const perTask = Math.max(1, Math.ceil(shards / (this.workers * TASKS_PER_WORKER)))
    const tasks: Promise<Answer>[] = []
    for (let s = 0; s < shards; s += perTask) {
      const part = starts.slice(s, Math.min(shards, s + perTask) + 1)
      const nodes = new Uint8Array(leaves.nodes.subarray(part[0]! * NODE_BYTES, part.at(-1)! * NODE_BYTES))
      const task: Task = { kind: 'reduce', nodes, starts: part.map(start => start - part[0]!) }
      tasks.push(this.#run(task, [nodes.buffer]))
    }
    const roots = (await Promise.all(tasks)) as Uint8Array[]
    return reduceRoots(Buffer.concat(roots))
  }

  async close(): Promise<void> {
    this.#fail(new Error('the map pool is closed'))
    for (const { clearing } of this.#slots) clearing.close()
    await Promise.all(this.#slots.map(({ worker }) => worker.terminate()))
  }

  #run(task: Task, transfer: ArrayBuffer[]): Promise<Answer> {
    if (this.#closed) return Promise.reject(this.#closed)
    return new Promise((resolve, reject) => {
      this.#queue.push({ task, transfer, resolve, reject })
      this.#dispatch()
    })
  }

  /** Hands waiting jobs to the workers with the fewest. */
  #dispatch(): void {
    for (;;) {
      const slot = this.#slots.reduce((a, b) => (b.active.length < a.active.length ? b : a))
      if (slot.active.length >= TASKS_PER_WORKER) return
      const job = this.#queue.shift()
      if (!job) return
      slot.active.push(job)
      // A pool keeps the process alive only while it works.
      slot.worker.ref()
      slot.worker.postMessage(job.task, job.transfer)
    }
  }

  #hear(slot: Slot, said: Said): void {
    if (said.kind === 'trouble') {
      if (!this.#closed) this.#onTrouble(said.reason)
      return
    }
    if (said.kind === 'map') this.signatures = sum(this.signatures, said.counts)
    const [job] = slot.active.splice(
      slot.active.findIndex(({ task }) => task.kind === said.kind),
      1,
    )
    job?.resolve(said.answer)
    this.#dispatch()
    if (slot.active.length === 0) slot.worker.unref()
  }

  #fail(error: Error): void {
    this.#closed ??= error
    this.#house.close()
    const jobs = [...this.#slots.flatMap(({ active }) => active.splice(0)), ...this.#queue.splice(0)]
    for (const job of jobs) job.reject(this.#closed)
  }
}

/** Batches side by side as one; a single one as it is. */
function join(parts: readonly MappedBatch[], count: number): MappedBatch {
  if (parts.length === 1) return parts[0]!
  const codes = new Uint16Array(count)
  const offsets = new Uint32Array(count + 1)
  const records = new Uint8Array(parts.reduce((length, part) => length + part.records.length, 0))
  let at = 0
  let bytes = 0
  for (const part of parts) {
    codes.set(part.codes, at)
    records.set(part.records, bytes)
    for (let i = 1; i <= part.count; i++) offsets[at + i] = bytes + part.offsets[i]!
    at += part.count
    bytes += part.records.length
  }
  return { count, codes, offsets, records }
}

function sum(a: SignatureCounts, b: SignatureCounts): SignatureCounts {
  return { verified: a.verified + b.verified, recovered: a.recovered + b.recovered, vain: a.vain + b.vain }
}
