import { pino } from 'pino'
import { expect, test } from 'vitest'
import { Pruner } from '../src/pruner.ts'
import { FEE, ownerOf, pay, temporaryDirectory, testNode, until } from './harness.ts'

const ETH = 10n ** 18n

test('a pruned node drops old blocks and still proves every unspent output', async () => {
  const directory = temporaryDirectory()
  const node = await testNode({
    directory: directory.path,
    segmentBytes: 600,
    settings: { mode: 'pruned', retainCheckpoints: 2 },
  })
  const { services } = node
  const kept: string[] = []
  const spent: string[] = []
  for (let i = 0; i < 8; i++) {
    const coin = node.ethereum.deposit(ownerOf(1), ETH)
    await until(() => services.outputs.get(coin) !== undefined, 'the deposit is in')
    const first = pay({
      from: 1,
      inputs: [coin],
      outputs: [
        { to: 2, amount: ETH / 2n },
        { to: 3, amount: ETH / 2n - FEE },
      ],
    })
    await node.call('omg_submit', [first.hex])
    await until(() => services.outputs.get(first.outputs[0]!) !== undefined, 'paid')
    const second = pay({
      from: 3,
      inputs: [first.outputs[1]!],
      outputs: [{ to: 4, amount: ETH / 2n - 2n * FEE }],
    })
    await node.call('omg_submit', [second.hex])
    await until(() => services.outputs.get(second.outputs[0]!) !== undefined, 'paid on')
    kept.push(first.outputs[0]!, second.outputs[0]!)
    spent.push(first.outputs[1]!)
  }
  const isCommitted = async (id: string) =>
    ((await node.call('omg_getOutput', [id])) as { status: string }).status === 'committed'
  for (const id of kept) await until(() => isCommitted(id), 'committed')
  const before = await Promise.all(kept.map(id => node.call('omg_getExitProof', [id])))

  await new Pruner(services, pino({ level: 'silent' })).run()
  await expect(node.call('omg_getBlock', [2])).rejects.toMatchObject({ code: 'request.pruned' })
  expect((await fetch(`${node.url}/blocks/2`)).status).toBe(410)
  const after = await Promise.all(kept.map(id => node.call('omg_getExitProof', [id])))
  expect(after).toEqual(before)
  expect(spent).toHaveLength(8)
  await node.close()

  const restarted = await testNode({
    directory: directory.path,
    ethereum: node.ethereum,
    segmentBytes: 600,
    settings: { mode: 'pruned', retainCheckpoints: 2 },
  })
  expect(await Promise.all(kept.map(id => restarted.call('omg_getExitProof', [id])))).toEqual(before)
  await restarted.close()
  directory.remove()
})
