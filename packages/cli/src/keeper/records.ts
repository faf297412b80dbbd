import type { BlockRange, RootChain } from '@omg/rootchain'

/** Blocks that are read again at every look, because Ethereum may still replace them. */
const UNSETTLED_BLOCKS = 64n

export interface RecordsOptions<Event, Ledger> {
  readonly rootChain: Pick<RootChain, 'ethereum' | 'deployment'>
  /** The events of a range of blocks, in the order of Ethereum. */
  readonly events: (range: BlockRange) => Promise<Event[]>
  /** What all events from the deployment on add up to. */
  readonly ledgerOf: (events: readonly Event[]) => Ledger
}

/** What contracts have said up to now: older blocks are read once, the newest at every look (A19). */
export class Records<Event extends { readonly blockNumber: bigint }, Ledger> {
  readonly #options: RecordsOptions<Event, Ledger>
  #settled: Event[] = []
  #next: bigint
  #last: { readonly block: bigint; readonly ledger: Ledger } | undefined

  constructor(options: RecordsOptions<Event, Ledger>) {
    this.#options = options
    this.#next = options.rootChain.deployment.deployedAtBlock
  }

  async read(): Promise<Ledger> {
    const { rootChain, events, ledgerOf } = this.#options
    const to = await rootChain.ethereum.getBlockNumber({ cacheTime: 0 })
    if (this.#last?.block === to) return this.#last.ledger
    const found = await events({ from: this.#next, to })
    const all = [...this.#settled, ...found]
    const settled = to - UNSETTLED_BLOCKS
    if (settled >= this.#next) {
      this.#settled = all.filter(({ blockNumber }) => blockNumber <= settled)
      this.#next = settled + 1n
    }
    this.#last = { block: to, ledger: ledgerOf(all) }
    return this.#last.ledger
  }
}
