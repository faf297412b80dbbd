import {
  getRewardsEvents,
  type RewardsEvent,
  type RewardsLedger,
  type RootChain,
  rewardsLedgerOf,
} from '@omg/rootchain'

/** Blocks that are read again at every look, because Ethereum may still replace them. */
const UNSETTLED_BLOCKS = 64n

/** What Rewards has said up to now: older blocks are read once, the newest at every look (A19). */
export class RewardsRecords {
  readonly #rootChain: Pick<RootChain, 'ethereum' | 'deployment'>
  #settled: RewardsEvent[] = []
  #next: bigint
  #last: { readonly block: bigint; readonly ledger: RewardsLedger } | undefined

  constructor(rootChain: Pick<RootChain, 'ethereum' | 'deployment'>) {
    this.#rootChain = rootChain
    this.#next = rootChain.deployment.deployedAtBlock
  }

  async read(): Promise<RewardsLedger> {
    const to = await this.#rootChain.ethereum.getBlockNumber({ cacheTime: 0 })
    if (this.#last?.block === to) return this.#last.ledger
    const found = await getRewardsEvents(this.#rootChain, { from: this.#next, to })
    const all = [...this.#settled, ...found]
    const settled = to - UNSETTLED_BLOCKS
    if (settled >= this.#next) {
      this.#settled = all.filter(({ blockNumber }) => blockNumber <= settled)
      this.#next = settled + 1n
    }
    this.#last = { block: to, ledger: rewardsLedgerOf(all) }
    return this.#last.ledger
  }
}
