import {
  type Block,
  decodeBlock,
  type LedgerParameters,
  type MapPool,
  type MappedBatch,
  type StateTransition,
} from '@omg/ledger'
import { fail, type OmgError, ok, type Result } from '@omg/protocol'
import { effectsOf } from '../block/effects.ts'
import { ordersOf } from '../block/orders.ts'
import { batchesOf, fillsOf } from '../block/trades.ts'
import { indexerError } from '../errors.ts'
import type { ExecutedBlock } from '../store/pending.ts'
import type { EthereumView } from './ethereum.ts'

/** A ledger whose state can be kept. */
export interface SavedLedger extends StateTransition {
  readonly parameters: LedgerParameters
  save(): Uint8Array
}

/** A block on its way through the map stage; several can be, while earlier ones are executed. */
export interface Prepared {
  readonly bytes: Uint8Array
  readonly block: Block
  readonly batch: Promise<MappedBatch>
}

/**
 * The indexer's own copy of the chain: re-executes every block, so that what it shows is what the rules say and not what a node
 * says. That deposits and origins are those of Ethereum is the affair of validators and watchers: they are taken as the block has them.
 */
export class Replica {
  readonly ledger: SavedLedger
  readonly #pool: MapPool

  constructor(ledger: SavedLedger, pool: MapPool) {
    this.ledger = ledger
    this.#pool = pool
  }

  /** Decodes a block and starts its map stage. Errors: `encoding.*`, `block.unexpected`. */
  prepare(bytes: Uint8Array, height: bigint): Result<Prepared, OmgError> {
    const decoded = decodeBlock(bytes)
    if (!decoded.ok) return decoded
    const block = decoded.value
    if (block.height !== height) {
      return fail(indexerError('block.unexpected', `block ${block.height} was served for height ${height}`))
    }
    const batch = this.#pool.map(block.body, block.bounds)
    // A block that is abandoned must not become an unhandled rejection when the pool closes.
    batch.catch(() => {})
    return ok({ bytes, block, batch })
  }

  /** Executes the next block and moves the state if it is valid. Errors: those of `executeBlock`. */
  async execute(
    { bytes, block, batch }: Prepared,
    { exchange, locked }: EthereumView,
  ): Promise<Result<ExecutedBlock, OmgError>> {
    const { ledger } = this
    const executed = ledger.executeBlock(block, await batch, locked, exchange)
    if (!executed.ok) return executed
    const execution = executed.value
    const effect = effectsOf(execution, ledger, exchange)
    const fills = fillsOf(execution, effect, ledger)
    const auctions = batchesOf(execution, ledger)
    const orders = ordersOf(execution, effect, fills, ledger)
    const closed = ledger.applyBlock(execution)
    return ok({ execution, effect, orders, fills, auctions, exchange, locked, closed, bytes: bytes.length })
  }
}
