import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { findCometBft } from '../src/engines/cometbft/program.ts'
import { FEE, ON_COMETBFT, ownerOf, pay, type TestNode, temporaryDirectory, testNode } from './harness.ts'

const cometBft = await findCometBft()

describe.each([
  { engine: 'solo', settings: {}, skip: false },
  // Needs Go once: node tools/setup.mjs --go.
  { engine: 'cometbft', settings: ON_COMETBFT, skip: !cometBft },
])('on $engine', ({ settings, skip }) => {
  describe.skipIf(skip)('one node', () => {
    let directory: ReturnType<typeof temporaryDirectory>
    let node: TestNode

    beforeEach(async () => {
      directory = temporaryDirectory()
      node = await testNode({ directory: directory.path, settings })
    })

    afterEach(async () => {
      await node.close()
      directory.remove()
    })

    test('a deposit comes in, is paid on, and is committed on Ethereum', async () => {
      const coin = node.ethereum.deposit(ownerOf(1), 10n ** 18n)
      await node.until(() => node.services.ledger.tip.inboxCursor === 1n, 'the deposit is in a block')

      const payment = pay({
        from: 1,
        inputs: [coin],
        outputs: [
          { to: 2, amount: 10n ** 17n },
          { to: 1, amount: 9n * 10n ** 17n - FEE },
        ],
      })
      expect(await node.call('omg_submit', [payment.hex])).toEqual({ txHash: payment.hash })
      const status = async () =>
        ((await node.call('omg_getTransaction', [payment.hash])) as { status: string }).status
      await node.until(async () => (await status()) !== 'pending', 'the payment is in a block')
      await node.until(async () => (await status()) === 'committed', 'the payment is committed')

      expect(await node.call('omg_getOutputs', { owner: ownerOf(2) })).toMatchObject({
        outputs: [
          { id: payment.outputs[0], amount: '100000000000000000', status: 'committed', txHash: payment.hash },
        ],
        cursor: null,
      })
    })

    test('R5: a payment and the spender of its output are taken together', async () => {
      const coin = node.ethereum.deposit(ownerOf(1), 10n ** 18n)
      await node.until(() => node.services.outputs.get(coin) !== undefined, 'the deposit is in a block')
      const parent = pay({ from: 1, inputs: [coin], outputs: [{ to: 2, amount: 10n ** 18n - FEE }] })
      const child = pay({
        from: 2,
        inputs: [parent.outputs[0]!],
        outputs: [{ to: 3, amount: 10n ** 18n - 2n * FEE }],
      })
      const answers = await node.call('omg_submitMany', [[parent.hex, child.hex]])
      expect(answers).toEqual([{ txHash: parent.hash }, { txHash: child.hash }])
      await node.until(
        () => node.services.outputs.get(child.outputs[0]!) !== undefined,
        'both are in a block',
      )
    })

    test('R4: a stop closes the open checkpoint and sees it to Ethereum', async () => {
      await node.close()
      const slow = { ...settings, 'checkpoint.intervalSeconds': 3_600, 'checkpoint.minimumSeconds': 3_600 }
      node = await testNode({ directory: directory.path, settings: slow })
      const coin = node.ethereum.deposit(ownerOf(1), 10n ** 18n)
      await node.until(() => node.services.outputs.get(coin) !== undefined, 'the deposit is in a block')
      expect(node.ethereum.submitted).toEqual([])
      await node.close()
      expect(node.ethereum.submitted.map(({ checkpoint }) => checkpoint)).toEqual([1n])
      expect(node.services.schedule.isFresh(node.services.ledger.tip)).toBe(true)
    })
  })
})
