import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { ENTRY_BYTES, type Ledger } from '@omg/ledger'
import { fromHex, type Hash, toHex } from '@omg/protocol'
import type { Checkpoints } from '../application/checkpoints.ts'
import type { Snapshot } from '../engines/engine.ts'
import type { ChainStore } from '../store/store.ts'
import { PARTITION_AT } from '../store/unspent.ts'
import { chunkPath, HASH_BYTES, sha256, writeChunks } from './chunks.ts'
import { encodeBlocks, encodeState } from './content.ts'
import { FORMAT, metadataOf } from './metadata.ts'

/** A snapshot is taken where every so many checkpoints close. All nodes of a chain must do it alike: the app hash commits to it. */
export const SNAPSHOT_CHECKPOINTS = 64n
/** The app hash commits to a snapshot so many blocks after it: until then it is worked out beside the chain. */
export const SNAPSHOT_DELAY = 8n
/** Snapshots that are kept: one that peers may still be reading, and the newest. */
const KEPT = 2
const RETRY_MILLISECONDS = 1_000

/** A state that was written out: what it hashes to, and where its chunks are. */
interface Taken {
  readonly height: bigint
  readonly chunks: readonly Hash[]
  /** With the blocks behind it, up to the one whose app hash commits to it. */
  readonly whole?: { readonly height: bigint; readonly appHash: Hash; readonly chunks: readonly Hash[] }
}

export interface SnapshotsOptions {
  directory: string
  store: ChainStore
  ledger: Ledger
  checkpoints: Checkpoints
  /** Default {@link SNAPSHOT_CHECKPOINTS}. */
  every?: bigint | undefined
  onError: (error: unknown) => void
}

/**
 * The state of the chain as other nodes may take it over. It is written out right after a block that closes a checkpoint, in chunks of
 * the same bytes on every node, while the tables stand still and the chain goes on. A later app hash commits to those chunks, so a
 * node that trusts the app hash needs to trust no peer.
 */
export class Snapshots {
  readonly #options: SnapshotsOptions
  readonly #every: bigint
  readonly #taken = new Map<bigint, Taken>()
  #writing: { height: bigint; done: Promise<void> } | undefined
  #completing: Promise<void> = Promise.resolve()
  #closed = false

  constructor(options: SnapshotsOptions) {
    this.#options = options
    this.#every = options.every ?? SNAPSHOT_CHECKPOINTS
    mkdirSync(options.directory, { recursive: true })
    for (const name of readdirSync(options.directory)) {
      const index = join(options.directory, name, 'index.json')
      if (!/^\d+$/.test(name) || !existsSync(index)) {
        rmSync(join(options.directory, name), { recursive: true, force: true })
        continue
      }
      const taken = parseTaken(readFileSync(index, 'utf8'))
      this.#taken.set(taken.height, taken)
    }
  }

  /** What the engine takes as app hash of a height: the ledger's, and from its height on the newest snapshot. Waits until that is known. */
  async appHash(height: bigint, appHash: Hash): Promise<Uint8Array> {
    if (this.#writing && this.#writing.height + SNAPSHOT_DELAY <= height) await this.#writing.done
    const due = [...this.#taken.values()].filter(taken => taken.height + SNAPSHOT_DELAY <= height)
    const newest = due.sort((a, b) => Number(b.height - a.height))[0]
    return newest ? sha256(fromHex(appHash), digestOf(newest.chunks)) : fromHex(appHash)
  }

  /**
   * After each block that was applied. Where a snapshot is due, the tables are brought to exactly this block before this returns, and
   * stay there until it is written.
   */
  async applied(): Promise<void> {
    const { ledger } = this.#options
    const { height, checkpoint, firstHeight } = ledger.tip
    const closed = checkpoint - 1n
    if (firstHeight === height + 1n && closed > 0n && closed % this.#every === 0n) await this.#take()
    const base = this.#taken.get(height - SNAPSHOT_DELAY) ?? this.#writing
    if (base?.height === height - SNAPSHOT_DELAY) this.#complete(base.height, height, ledger.tip.appHash)
  }

  list(): Snapshot[] {
    return [...this.#taken.values()].flatMap(taken => {
      if (!taken.whole) return []
      const metadata = metadataOf(taken.whole.appHash, taken.chunks.length, taken.whole.chunks)
      return [
        {
          ...{ height: taken.whole.height, format: FORMAT, chunks: taken.whole.chunks.length },
          ...{ hash: sha256(metadata), metadata },
        },
      ]
    })
  }

  /** Empty where there is no such chunk. */
  load(height: bigint, format: number, chunk: number): Uint8Array {
    const taken = this.#taken.get(height - SNAPSHOT_DELAY)
    const isThere = format === FORMAT && taken?.whole !== undefined && chunk < taken.whole.chunks.length
    return isThere ? readFileSync(chunkPath(this.#folder(taken.height), chunk)) : new Uint8Array(0)
  }

  /** A state that was taken over: what it hashes to is known, its chunks belong to others. */
  adopt(height: bigint, chunks: readonly Hash[]): void {
    this.#keep({ height, chunks })
  }

  /** Ends when what is being written is there. What cannot be written now is taken again at the next start. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#writing?.done
    await this.#completing
  }

  async #take(): Promise<void> {
    const { ledger, store, checkpoints } = this.#options
    const { height, checkpoint } = ledger.tip
    if (this.#taken.has(height)) return
    await this.#writing?.done
    const state = ledger.save()
    const kept = checkpoints.kept(checkpoint - 1n, ledger.tip.origin)
    const outputs = ledger.unspent.size
    const total = store.totalTransactions
    for (;;) {
      await store.flush().catch(() => {})
      if (store.flushedState()?.equals(state)) break
      // The log has the block: at the next start the tables come here again.
      if (this.#closed && store.flushError) return
      if (store.flushError) await pause(RETRY_MILLISECONDS)
    }
    const hold = store.hold()
    const snapshot = {
      ...{ height, total, state, checkpoints: kept, outputs },
      entries: () => sortedEntries(store),
      orders: () => store.flushedOrders(),
    }
    const write = async () => {
      const hashes = await writeChunks(this.#folder(height), 0, encodeState(snapshot))
      this.#keep({ height, chunks: hashes.map(hash => toHex(hash) as Hash) })
    }
    const done = this.#insist(write).then(isWritten => {
      // Tables that went on could not be brought back here.
      if (isWritten) hold.release()
      this.#writing = undefined
    })
    this.#writing = { height, done }
  }

  #complete(base: bigint, height: bigint, appHash: Hash): void {
    const write = async () => {
      await this.#writing?.done
      const taken = this.#taken.get(base)
      if (!taken || taken.whole) return
      const records = await this.#records(base + 1n, height)
      const first = taken.chunks.length
      const hashes = await writeChunks(this.#folder(base), first, encodeBlocks(records))
      const chunks = [...taken.chunks, ...hashes.map(hash => toHex(hash) as Hash)]
      this.#keep({ ...taken, whole: { height, appHash, chunks } })
      this.#forget()
    }
    this.#completing = this.#completing.then(async () => {
      await this.#insist(write)
    })
  }

  async #records(first: bigint, last: bigint): Promise<Buffer[]> {
    const { store } = this.#options
    const records: Buffer[] = []
    for (let height = first; height <= last; height++) records.push(await store.read(store.block(height)!))
    return records
  }

  /** The chain cannot go on without a snapshot, so what fails (a full disk) is tried again. */
  async #insist(write: () => Promise<void>): Promise<boolean> {
    for (;;) {
      try {
        await write()
        return true
      } catch (error) {
        this.#options.onError(error)
        if (this.#closed) return false
        await pause(RETRY_MILLISECONDS)
      }
    }
  }

  #keep(taken: Taken): void {
    const folder = this.#folder(taken.height)
    mkdirSync(folder, { recursive: true })
    const text = JSON.stringify(taken, (_, value) => (typeof value === 'bigint' ? String(value) : value))
    writeFileSync(join(folder, 'index.json.new'), text)
    renameSync(join(folder, 'index.json.new'), join(folder, 'index.json'))
    this.#taken.set(taken.height, taken)
  }

  #forget(): void {
    const whole = [...this.#taken.values()].filter(taken => taken.whole).map(({ height }) => height)
    const oldest = whole.sort((a, b) => Number(b - a))[KEPT - 1] ?? 0n
    // The app hash may still rest on the newest whole one, and newer ones are on their way to be whole.
    for (const height of this.#taken.keys()) {
      if (height >= oldest) continue
      this.#taken.delete(height)
      rmSync(this.#folder(height), { recursive: true, force: true })
    }
  }

  #folder(height: bigint): string {
    return join(this.#options.directory, String(height))
  }
}

/** What the app hash commits to. */
export function digestOf(chunks: readonly Hash[]): Uint8Array {
  return sha256(...chunks.map(hash => fromHex(hash)))
}

/** All unspent entries of the tables: by the first byte of the owner, from 255 down, then by id. */
function* sortedEntries(store: ChainStore): Generator<Uint8Array> {
  let partition: Uint8Array[] = []
  const sorted = () =>
    Buffer.concat(
      partition.sort((a, b) => Buffer.compare(a.subarray(0, HASH_BYTES), b.subarray(0, HASH_BYTES))),
    )
  for (const entry of store.flushedEntries()) {
    if (partition.length > 0 && partition[0]![PARTITION_AT] !== entry[PARTITION_AT]) {
      yield sorted()
      partition = []
    }
    partition.push(Buffer.from(entry.subarray(0, ENTRY_BYTES)))
  }
  yield sorted()
}

function parseTaken(text: string): Taken {
  const { height, chunks, whole } = JSON.parse(text) as {
    height: string
    chunks: Hash[]
    whole?: { height: string; appHash: Hash; chunks: Hash[] }
  }
  return {
    height: BigInt(height),
    chunks,
    ...(whole ? { whole: { ...whole, height: BigInt(whole.height) } } : {}),
  }
}
