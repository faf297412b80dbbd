import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ZERO_ADDRESS } from '@omg/protocol'
import { listMarket } from '@omg/rootchain'
import { DEPLOYER, mintUsd, startAnvil } from '@omg/rootchain/testing'
import { expect, it } from 'vitest'
import { startNetwork } from './network.ts'

const root = join(import.meta.dirname, '..', '..')

/** What the programs of the README print, in order. */
const PRINTED = [
  /^in block \d+, checkpoint \d+\nBob has 0\.25 ETH\. Leaving takes: About \d+ seconds, /,
  /^25 TUSD to spend, 0 locked by exits\nA swap costs 0\.002 TUSD\n$/,
  /^It trades with 0\.5 ETH\.\ntraded at 20\d\d(\.\d+)?, still offered: 1 price\nrevoked with 1 payment, 0 orders left\n$/,
]

/** The market of the devnet that the README trades in. */
const MARKET = { base: ZERO_ADDRESS, tick: 1n, lot: 10n ** 14n, tier: 'bonded', minimumSize: 10n } as const

it('the examples in the README of the SDK run', { timeout: 240_000 }, async () => {
  await using network = await startNetwork(() => startAnvil({ blockTime: 1 }))
  // On the devnet Alice and Bob have test dollars, and a market is listed.
  await mintUsd(network.rootChain(1), 1_000_000_000n)
  await mintUsd(network.rootChain(2), 1_000_000_000n)
  const quote = network.deployment.testTokens!.usd
  await listMarket(network.rootChain(DEPLOYER), { terms: { ...MARKET, quote } })
  const readme = readFileSync(join(root, 'packages', 'sdk', 'README.md'), 'utf8')
  const programs = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code!)
  expect(programs).toHaveLength(PRINTED.length)
  for (const [i, program] of programs.entries()) {
    const code = program
      .replace('http://127.0.0.1:8600', network.node.url)
      .replace('http://127.0.0.1:8545', network.ethereum.url)
    const options = ['--input-type=module-typescript', '--eval', code]
    const { stdout } = await promisify(execFile)(process.execPath, options, { cwd: root })
    expect(stdout).toMatch(PRINTED[i]!)
  }
})
