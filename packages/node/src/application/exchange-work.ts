import { isDerivingRecord, type Ledger } from '@omg/ledger'
import type { DataMode } from '@omg/protocol'
import type { EthereumView } from '../rootchain/view.ts'
import type { Schedule } from './schedule.ts'

/**
 * Whether the next block would trade or give orders back although nobody sends anything. It is worked out by making that block, once
 * for each tip, origin and data mode: whatever a batch may do, an idle book makes no block, and what has become possible is done at once.
 */
export class ExchangeWork {
  readonly #ledger: Ledger
  readonly #view: EthereumView
  readonly #schedule: Schedule
  #known: { height: bigint; origin: bigint; daMode: DataMode; isDue: boolean } | undefined

  constructor({ ledger, view, schedule }: { ledger: Ledger; view: EthereumView; schedule: Schedule }) {
    this.#ledger = ledger
    this.#view = view
    this.#schedule = schedule
  }

  isDue(): boolean {
    const { orders, tip } = this.#ledger
    if (orders.isEmpty) return false
    const { height } = tip
    const { origin } = this.#schedule.origin(tip)
    const daMode = this.#schedule.daMode(tip)
    const known = this.#known
    if (known?.height === height && known.origin === origin && known.daMode === daMode) return known.isDue
    const isDue = this.#makesTransactions()
    this.#known = { height, origin, daMode, isDue }
    return isDue
  }

  #makesTransactions(): boolean {
    const { tip } = this.#ledger
    const origin = this.#schedule.origin(tip)
    const { execution, outgrown } = this.#ledger.assembleBlock([], {
      ...origin,
      ...{ height: tip.height + 1n, time: tip.time, checkpoint: tip.checkpoint, closes: false, deposits: [] },
      daMode: this.#schedule.daMode(tip),
      locked: this.#view.locked(origin.origin),
      exchange: this.#view.exchange(origin.origin, origin.originTime),
    })
    return outgrown || execution.records.some(isDerivingRecord)
  }
}
