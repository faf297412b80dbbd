import type { Block, Execution, Ledger } from '@omg/ledger'
import { fail, type OmgError, ok, type Result } from '@omg/protocol'
import type { Snapshot } from '../engines/engine.ts'
import { nodeError } from '../errors.ts'
import type { EthereumView } from '../rootchain/view.ts'
import { type Restored, Restoring, takeOver } from '../snapshot/restoring.ts'
import { SNAPSHOT_DELAY, type Snapshots } from '../snapshot/snapshots.ts'
import type { LogEntry } from '../store/log.ts'
import type { ChainStore } from '../store/store.ts'
import type { Upgrades } from '../upgrades.ts'
import type { BlockRecord } from './record.ts'
import { upgradeProblem } from './upgrade-rules.ts'

export interface StateSyncOptions {
  ledger: Ledger
  store: ChainStore
  view: EthereumView
  snapshots: Snapshots
  upgrades: Upgrades
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

  /**
   * Only a node without blocks takes a state over, and only that of the block whose app hash the engine trusts. After a crash in the middle
   * it is offered to a node that has it already, or most of it: then the rest is taken.
   */
  offer(snapshot: Snapshot, appHash: Uint8Array): { accept: boolean } {
    const { ledger, restoreDirectory, onRefused } = this.#options
    const { height } = ledger.tip
    const isBegun = height <= snapshot.height && height + SNAPSHOT_DELAY >= snapshot.height
    const isTakeable = height === 0n || isBegun
    this.#restoring = isTakeable ? Restoring.of(restoreDirectory, snapshot, appHash) : undefined
    if (!isTakeable) {
      const message = `The snapshot of block ${snapshot.height} came to a node that has begun from another one, of about block ${height}.`
      onRefused(nodeError('snapshot.late', message))
    }
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
  async #try(trial: Ledger, record: BlockRecord): Promise<Result<true, OmgError>> {
    const { view, execute, upgrades } = this.#options
    const problem = upgradeProblem(upgrades, record, 'decision')
    if (problem) return fail(problem)
    const { block } = record
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
    if (ledger.tip.height === 0n) {
      takeOver(ledger, state)
      store.attach(ledger.unspent, ledger.tip.height)
      await store.install(state)
      onTakeOver()
    }
    snapshots.adopt(state.height, stateChunks)
    for (const payload of records.slice(Number(ledger.tip.height - state.height))) {
      const height = ledger.tip.height + 1n
      const place = await store.append(height, payload)
      await replay({ height: Number(height), place, payload })
    }
  }
}
