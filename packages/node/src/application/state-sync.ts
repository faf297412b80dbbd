import type { Block, Execution, Ledger } from '@omg/ledger'
import { type OmgError, ok, type Result } from '@omg/protocol'
import type { Snapshot } from '../engines/engine.ts'
import type { EthereumView } from '../rootchain/view.ts'
import { type Restored, Restoring, takeOver } from '../snapshot/restoring.ts'
import type { Snapshots } from '../snapshot/snapshots.ts'
import type { LogEntry } from '../store/log.ts'
import type { ChainStore } from '../store/store.ts'
import type { BlockRecord } from './record.ts'

export interface StateSyncOptions {
  ledger: Ledger
  store: ChainStore
  view: EthereumView
  snapshots: Snapshots
  /** Where the chunks of a snapshot are gathered. */
  restoreDirectory: string
  /** Executes a block on a ledger, ours or one beside it. */
  execute: (block: Block, ledger: Ledger) => Promise<Result<Execution, OmgError>>
  /** Executes and applies a block that stands in the log. */
  replay: (entry: LogEntry) => Promise<void>
  /** The ledger has taken over another state. */
  onTakeOver: () => void
  onRefused: (error: OmgError) => void
}

/** How a fresh node comes to the state of others without their blocks. */
export class StateSync {
  readonly #options: StateSyncOptions
  #restoring: Restoring | undefined

  constructor(options: StateSyncOptions) {
    this.#options = options
  }

  /** Only a node without blocks takes a state over, and only that of the block whose app hash the engine trusts. */
  offer(snapshot: Snapshot, appHash: Uint8Array): { accept: boolean } {
    const { ledger, restoreDirectory } = this.#options
    this.#restoring = ledger.tip.height === 0n ? Restoring.of(restoreDirectory, snapshot, appHash) : undefined
    return { accept: this.#restoring !== undefined }
  }

  async add(index: number, chunk: Uint8Array): Promise<{ result: 'accept' | 'retry' | 'abort' }> {
    const restoring = this.#restoring
    if (!restoring) return { result: 'abort' }
    if (!restoring.add(index, chunk)) return { result: 'retry' }
    if (!restoring.isWhole) return { result: 'accept' }
    this.#restoring = undefined
    const { ledger, onRefused } = this.#options
    const restored = await restoring.verify(ledger.parameters, (trial, record) => this.#try(trial, record))
    restoring.discard()
    if (!restored.ok) {
      onRefused(restored.error)
      return { result: 'abort' }
    }
    await this.#install(restored.value)
    return { result: 'accept' }
  }

  /** Executes a block of a snapshot on a ledger beside ours. */
  async #try(trial: Ledger, { block }: BlockRecord): Promise<Result<true, OmgError>> {
    const { view, execute } = this.#options
    const seen = await view.reached(block.origin, Number.POSITIVE_INFINITY)
    if (!seen.ok) return seen
    const execution = await execute(block, trial)
    if (!execution.ok) return execution
    trial.applyBlock(execution.value)
    return ok(true)
  }

  /** Takes over a state that has been tried, then the blocks behind it like any others. */
  async #install({ state, stateChunks, records }: Restored): Promise<void> {
    const { ledger, store, snapshots, replay, onTakeOver } = this.#options
    takeOver(ledger, state)
    store.attach(ledger.unspent, ledger.tip.height)
    await store.install(state)
    snapshots.adopt(state.height, stateChunks)
    onTakeOver()
    for (const payload of records) {
      const height = ledger.tip.height + 1n
      const place = await store.append(height, payload)
      await replay({ height: Number(height), place, payload })
    }
  }
}
