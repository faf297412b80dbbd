import { type MappedRecord, recordSigned } from '@omg/ledger'
import { encodeBundle, MAX_BUNDLE_TRANSACTIONS } from './bundle.ts'

/** Most bytes that wait for peers. What comes when it is full reaches them in a block only. */
export const MAX_OUTBOX_BYTES = 64 * 1024 * 1024
/** Bytes of a bundle beside its transactions, and beside each of them. */
const BUNDLE_HEAD_BYTES = 4
const ENTRY_HEAD_BYTES = 3

/**
 * What the mempool has taken and other nodes have not been told yet. Closed until somebody asks for it, and while this node is the only
 * validator: nobody else makes blocks, and every byte would go through the engine once more.
 */
export class Outbox {
  readonly #isAlone: () => boolean
  #waiting: Uint8Array[] = []
  #bytes = 0
  #open = false

  /** `isAlone`: whether we are the only validator. */
  constructor(isAlone: () => boolean) {
    this.#isAlone = isAlone
  }

  /** Bytes that wait. */
  get bytes(): number {
    return this.#bytes
  }

  add(record: MappedRecord): void {
    const { length } = recordSigned(record)
    if (!this.#open || this.#bytes + length > MAX_OUTBOX_BYTES) return
    this.#waiting.push(recordSigned(record))
    this.#bytes += length
  }

  /** Everything that waits, as bundles of at most `maximumBytes` each. */
  take(maximumBytes: number): Uint8Array[] {
    this.#open = !this.#isAlone()
    const bundles: Uint8Array[] = []
    let transactions: Uint8Array[] = []
    let bytes = BUNDLE_HEAD_BYTES
    const close = () => {
      if (transactions.length > 0) bundles.push(encodeBundle(transactions))
      transactions = []
      bytes = BUNDLE_HEAD_BYTES
    }
    for (const signed of this.#waiting) {
      const length = ENTRY_HEAD_BYTES + signed.length
      if (bytes + length > maximumBytes || transactions.length === MAX_BUNDLE_TRANSACTIONS) close()
      transactions.push(signed)
      bytes += length
    }
    close()
    this.#waiting = []
    this.#bytes = 0
    return bundles
  }
}
