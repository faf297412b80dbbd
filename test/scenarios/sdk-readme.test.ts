import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startAnvil } from '@omg/rootchain/testing'
import { expect, it } from 'vitest'
import { startNetwork } from './network.ts'

const root = join(import.meta.dirname, '..', '..')

it('the example in the README of the SDK runs', { timeout: 120_000 }, async () => {
  await using network = await startNetwork(() => startAnvil({ blockTime: 1 }))
  const readme = readFileSync(join(root, 'packages', 'sdk', 'README.md'), 'utf8')
  const code = /```ts\n([\s\S]*?)```/
    .exec(readme)![1]!
    .replace('http://127.0.0.1:8600', network.node.url)
    .replace('http://127.0.0.1:8545', network.ethereum.url)
  const options = ['--input-type=module-typescript', '--eval', code]
  const { stdout } = await promisify(execFile)(process.execPath, options, { cwd: root })
  expect(stdout).toMatch(
    /^in block \d+, checkpoint \d+\nBob has 0\.25 ETH\. Leaving takes: About \d+ seconds, /,
  )
})
