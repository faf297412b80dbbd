import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { ENTRY_BYTES, Ledger, type LedgerParameters, UnspentSet } from '@omg/ledger'
import { fail, type Hash, type OmgError, ok, type Result } from '@omg/protocol'
import { type BlockRecord, decodeRecord } from '../application/record.ts'
import type { Snapshot } from '../engines/engine.ts'
import { nodeError } from '../errors.ts'
import { CHUNK_BYTES, chunkPath, readChunks, sha256 } from './chunks.ts'
import { decodeBlocks, decodeState, type ReadState } from './content.ts'
import { type Metadata, readOffer } from './metadata.ts'
import { SNAPSHOT_DELAY } from './snapshots.ts'

/** A snapshot whose every byte has been checked: the state, and the blocks from there to the height that was asked for. */
export interface Restored {
  readonly state: ReadState
  readonly stateChunks: readonly Hash[]
  readonly records: readonly Buffer[]
}

/** Executes a block on a ledger: what Ethereum says at its origin is known to who calls this. */
export type Replay = (ledger: Ledger, record: BlockRecord) => Promise<Result<true, OmgError>>

/**
 * A snapshot on its way in. Chunks are checked as they come, in any order, against hashes that a trusted app hash commits to. The
 * whole is tried on a ledger of its own before anything of the node changes, so that no peer can leave it half restored.
 */
export class Restoring {
  readonly #directory: string
  readonly #height: bigint
  readonly #metadata: Metadata
  readonly #missing: Set<number>

  private constructor(directory: string, height: bigint, metadata: Metadata) {
    this.#directory = directory
    this.#height = height
    this.#metadata = metadata
    this.#missing = new Set(metadata.chunks.keys())
    rmSync(directory, { recursive: true, force: true })
    mkdirSync(directory, { recursive: true })
  }

  /** Undefined where the offer is not of the block with this app hash. */
  static of(directory: string, snapshot: Snapshot, appHash: Uint8Array): Restoring | undefined {
    const metadata = snapshot.height > SNAPSHOT_DELAY ? readOffer(snapshot, appHash) : undefined
    return metadata && new Restoring(directory, snapshot.height, metadata)
  }

  get isWhole(): boolean {
    return this.#missing.size === 0
  }

  /** False where a chunk is none of this snapshot, or not at this place. */
  add(index: number, chunk: Uint8Array): boolean {
    const expected = this.#metadata.chunks[index]
    if (expected === undefined || chunk.length > CHUNK_BYTES) return false
    if (`0x${sha256(chunk).toString('hex')}` !== expected) return false
    writeFileSync(chunkPath(this.#directory, index), chunk)
    this.#missing.delete(index)
    return true
  }

  /** Tries it. Errors: snapshot.invalid, and what executing its blocks finds. */
  async verify(parameters: LedgerParameters, replay: Replay): Promise<Result<Restored, OmgError>> {
    const { stateChunks, chunks, appHash } = this.#metadata
    const state = decodeState(readChunks(this.#directory, 0, stateChunks))
    if (!state.ok) return state
    const blocks = decodeBlocks(
      readChunks(this.#directory, stateChunks, chunks.length),
      Number(SNAPSHOT_DELAY),
    )
    if (!blocks.ok) return blocks
    const trial = new Ledger(parameters, { unspent: new UnspentSet() })
    try {
      takeOver(trial, state.value)
    } catch (cause) {
      return fail(nodeError('snapshot.invalid', 'The parts of the snapshot do not belong together.', cause))
    }
    if (trial.tip.height !== this.#height - SNAPSHOT_DELAY || trial.tip.height !== state.value.height) {
      return fail(nodeError('snapshot.invalid', `The snapshot is of block ${trial.tip.height}.`))
    }
    for (const bytes of blocks.value) {
      const record = decodeRecord(bytes)
      if (!record.ok) return record
      const executed = await replay(trial, record.value)
      if (!executed.ok) return executed
    }
    if (trial.tip.height !== this.#height || trial.tip.appHash !== appHash) {
      return fail(nodeError('snapshot.invalid', 'The blocks of the snapshot lead to another app hash.'))
    }
    return ok({ state: state.value, stateChunks: chunks.slice(0, stateChunks), records: blocks.value })
  }

  discard(): void {
    rmSync(this.#directory, { recursive: true, force: true })
  }
}

/** Gives an empty ledger the state of a snapshot. Throws `ledger.snapshot`. */
export function takeOver(ledger: Ledger, { state, entries, orders }: ReadState): void {
  ledger.takeOver(state, entriesOf(entries), orders)
}

function* entriesOf(entries: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < entries.length; at += ENTRY_BYTES) yield entries.subarray(at, at + ENTRY_BYTES)
}
