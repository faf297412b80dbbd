import { outputId, type Transaction, type TxHash } from '@omg/protocol'
import type { Logger } from 'pino'
import type { NodeServices } from './services.ts'

/**
 * Pruned mode: drops blocks of checkpoints that Ethereum accepted long ago. Before a block goes, everything that exits of
 * its unspent outputs need is copied to the `kept` table, so no owner ever depends on an archive (I4).
 */
export class Pruner {
  readonly #services: NodeServices
  readonly #logger: Logger
  #running: Promise<void> | undefined

  constructor(services: NodeServices, logger: Logger) {
    this.#services = services
    this.#logger = logger
  }

  /** Starts a pass unless one runs. */
  wake(): void {
    this.#running ??= this.run()
      .catch(error => this.#logger.error({ err: error }, 'pruning'))
      .finally(() => {
        this.#running = undefined
      })
  }

  /** One pass: from where the last one ended up to the newest checkpoint that may go. */
  async run(): Promise<void> {
    const { store, ledger, configuration, checkpoints } = this.#services
    const from = store.prunedCheckpoint + 1n
    const last = ledger.tip.checkpoint - 1n - BigInt(configuration.retainCheckpoints)
    let pruned = from - 1n
    for (let number = from; number <= last && checkpoints.get(number)?.accepted; number++) {
      await this.#keep(number)
      pruned = number
    }
    if (pruned < from) return
    await store.tables.meta.put('pruned', Buffer.from(String(pruned)))
    await store.tables.root.flushed
    const segments = await store.prune(checkpoints.get(pruned)!.lastHeight + 1n)
    if (segments > 0) this.#logger.info({ checkpoint: String(pruned), segments }, 'old blocks dropped')
    await this.#forgetSpent()
  }

  /** Copies the transactions of a checkpoint that have unspent outputs. */
  async #keep(number: bigint): Promise<void> {
    const { store, blocks, proofs, checkpoints } = this.#services
    const checkpoint = checkpoints.get(number)!
    for (let height = checkpoint.firstHeight; height <= checkpoint.lastHeight; height++) {
      const leaves = store.leaves(height)
      for (let index = 0; index < (leaves?.count ?? 0); index++) {
        const included = await blocks.at({ height: Number(height), index })
        if (!included || !this.#hasUnspent(included.hash as TxHash, included.signed.transaction)) continue
        const path = leaves!.paths[index]!
        const kept = proofs.keep(included, checkpoint, path)
        void store.tables.kept.put([Number(number), path], JSON.stringify(kept))
      }
    }
    await store.tables.root.flushed
  }

  /** Drops copies whose outputs have all been spent since. */
  async #forgetSpent(): Promise<void> {
    const { store, proofs } = this.#services
    for (const { key, value } of store.tables.kept.getRange({})) {
      const { hash, transaction } = proofs.parseKept(JSON.parse(value))
      if (!this.#hasUnspent(hash, transaction)) void store.tables.kept.remove(key)
    }
  }

  #hasUnspent(hash: TxHash, transaction: Transaction): boolean {
    const { ledger } = this.#services
    for (let index = 0; index < outputsAtMost(transaction); index++) {
      if (ledger.unspent.has(Buffer.from(outputId(hash, index).slice(2), 'hex'))) return true
    }
    return false
  }
}

/** A MOVE or SETTLE lists no outputs: what it made has two numbers for each step or fill. */
function outputsAtMost(transaction: Transaction): number {
  switch (transaction.kind) {
    case 'pay':
    case 'fee':
      return transaction.outputs.length
    case 'move':
      return 2 * transaction.steps.length
    case 'settle':
      return 2 * transaction.fills.length
    default:
      return 0
  }
}
