import type { Settings } from '../src/configuration/configuration.ts'
import type { SetMember } from '../src/rootchain/validator-sets.ts'
import { FakeEthereum } from '../test/fake.ts'
import { testNode, until } from '../test/harness.ts'
import { depositAll } from './payment-rounds.ts'

/* One of the validators of bench/consensus-four.ts, a process of its own: it runs until its parent is gone, and answers each number of transactions when it has them. */

const PATIENCE_MILLISECONDS = 300_000

/** What it is told first. All are told the same, but for the directory and the settings. */
export interface FourWork {
  readonly directory: string
  readonly settings: Settings
  readonly validators: readonly SetMember[]
  /** Seconds: of the fake Ethereum, which every process has to itself, with the same blocks. */
  readonly time: bigint
  readonly deposits: number
}

/** What it answers. */
export interface FourAnswer {
  readonly url: string
  readonly appHash: string
}

process.once('message', async ({ directory, settings, validators, time, deposits }: FourWork) => {
  const ethereum = new FakeEthereum(time)
  depositAll(ethereum, deposits)
  const node = await testNode({
    ...{ directory, ethereum, settings },
    rootChain: {
      source: cursor => ethereum.sourceFrom(cursor),
      sink: ethereum,
      validatorSet: { id: 1n, validators },
    },
  })
  const { ledger, store } = node.services
  const answer = () => process.send!({ url: node.url, appHash: ledger.tip.appHash } satisfies FourAnswer)
  process.on('disconnect', async () => {
    await node.close()
    process.exit()
  })
  process.on('message', async (transactions: number) => {
    const has = () => store.totalTransactions >= transactions && ledger.tip.inboxCursor === BigInt(deposits)
    await until(has, 'the payments are in blocks', PATIENCE_MILLISECONDS)
    answer()
  })
  answer()
})
