import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { FakeEthereum } from './fake.ts'
import { faultyFiles } from './files.ts'
import { FEE, ownerOf, pay, type TestNode, temporaryDirectory, testNode, until } from './harness.ts'

let directory: ReturnType<typeof temporaryDirectory>
beforeEach(() => {
  directory = temporaryDirectory()
})
afterEach(() => directory.remove())

const ETH = 10n ** 18n

test('a crash at every write boundary of the log: the restarted node has every acknowledged block and no other', async () => {
  for (let crashAt = 0; crashAt < 14; crashAt++) {
    const place = temporaryDirectory()
    const ethereum = new FakeEthereum()
    const [a, b] = ethereum.depositMany([
      { owner: ownerOf(1), amount: ETH },
      { owner: ownerOf(1), amount: ETH },
    ])
    const files = faultyFiles()
    files.crashAt = crashAt
    const node = await testNode({ directory: place.path, ethereum, files, flushOperations: 2 })
    const acknowledged = new Map<bigint, string>()
    node.services.events.on('block', ({ execution: { block } }) =>
      acknowledged.set(block.height, block.appHash),
    )
    for (const coin of [a!, b!]) {
      await until(
        () => node.services.engine().stalled !== undefined || node.services.outputs.get(coin) !== undefined,
        'coin',
      )
      const { hex } = pay({ from: 1, inputs: [coin], outputs: [{ to: 2, amount: ETH - FEE }] })
      await node.call('omg_submit', [hex]).catch(() => {})
      await until(
        () => node.services.engine().stalled !== undefined || node.services.mempool.size === 0,
        'block',
      )
    }
    await node.close()

    const restarted = await testNode({ directory: place.path, ethereum })
    for (const [height, appHash] of acknowledged) {
      expect((await restarted.services.blocks.block(height))?.block.appHash).toBe(appHash)
    }
    // The chain goes on and ends where a chain without a crash ends.
    await until(() => restarted.services.ledger.tip.inboxCursor === 2n, 'deposits')
    for (const coin of [a!, b!]) {
      if (!restarted.services.outputs.get(coin)) continue
      const { hex } = pay({ from: 1, inputs: [coin], outputs: [{ to: 2, amount: ETH - FEE }] })
      await restarted.call('omg_submit', [hex])
    }
    await until(async () => (await balance(restarted, 2)) === 2n * (ETH - FEE), 'both payments')
    await restarted.close()
    place.remove()
  }
})

test('tables that fail to flush lose nothing: the log has it all', async () => {
  const ethereum = new FakeEthereum()
  const coin = ethereum.deposit(ownerOf(1), ETH)
  const node = await testNode({
    directory: directory.path,
    ethereum,
    beforeFlush: () => {
      throw Object.assign(new Error('no space'), { code: 'ENOSPC' })
    },
    flushOperations: 1,
  })
  await until(() => node.services.outputs.get(coin) !== undefined, 'the deposit')
  await node.call('omg_submit', [
    pay({ from: 1, inputs: [coin], outputs: [{ to: 2, amount: ETH - FEE }] }).hex,
  ])
  await until(async () => (await balance(node, 2)) === ETH - FEE, 'the payment')
  await until(() => node.services.store.flushError !== undefined, 'the flush fails')
  const { tip } = node.services.ledger
  await node.close()
  const restarted = await testNode({ directory: directory.path, ethereum })
  expect(restarted.services.ledger.tip.height).toBeGreaterThanOrEqual(tip.height)
  expect((await restarted.services.blocks.block(tip.height))?.block.appHash).toBe(tip.appHash)
  expect(await balance(restarted, 2)).toBe(ETH - FEE)
  await restarted.close()
})

test('kill -9 at any moment, restart: the same blocks with the same app hashes and orders, and on', async () => {
  const blocks = new Map<string, string>()
  const orders = new Set<string>()
  let highest = 0n
  for (let life = 0; life < 6; life++) {
    const child = spawnChild(directory.path)
    const wanted = highest + 3n + BigInt(life)
    for await (const line of createInterface({ input: child.stdout! })) {
      const [word, height, ...hashes] = line.split(' ') as [string, string, string, string]
      const state = hashes.join(' ')
      if (word === 'up' && blocks.has(height)) expect(state).toBe(blocks.get(height))
      if (word === 'up') expect(BigInt(height)).toBeGreaterThanOrEqual(highest)
      if (word !== 'block') continue
      expect(blocks.get(height) ?? state).toBe(state)
      blocks.set(height, state)
      orders.add(hashes[1]!)
      highest = BigInt(height)
      if (highest >= wanted) break
    }
    child.kill('SIGKILL')
    await new Promise(resolve =>
      child.exitCode !== null || child.signalCode ? resolve(0) : child.once('exit', resolve),
    )
  }
  expect(blocks.size).toBeGreaterThan(15)
  expect(orders.size).toBeGreaterThan(10)
}, 240_000)

function spawnChild(path: string): ChildProcess {
  const script = fileURLToPath(new URL('./crash.child.ts', import.meta.url))
  return spawn(process.execPath, [script, path], { stdio: ['ignore', 'pipe', 'inherit'] })
}

async function balance(node: TestNode, owner: number): Promise<bigint> {
  const { balances } = (await node.call('omg_getBalances', [ownerOf(owner)])) as {
    balances: { amount: string }[]
  }
  return BigInt(balances[0]?.amount ?? 0)
}
