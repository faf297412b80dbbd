import { decodeSignedTransaction, encodeTransaction, encodeWitness, toHex, unwrap } from '@omg/protocol'
import { depositEth, getExit, piggybackOutput, processExits, startInFlightExit } from '@omg/rootchain'
import { deployTestNetwork, rootChainOf, startAnvil } from '@omg/rootchain/testing'
import { FEE, Operator, PATIENCE, type Payment, SLOW, startTestWatcher } from '@omg/watcher/testing'
import { parseEther } from 'viem'
import { expect, it, vi } from 'vitest'

vi.setConfig({ testTimeout: PATIENCE })

const [ALICE, BOB, CAROL] = [1, 2, 3]
const COIN = parseEther('1')

it('A14: two in-flight exits share an input; only the one that the chain included is paid', async () => {
  await using ethereum = await startAnvil()
  const deployment = await deployTestNetwork(ethereum, { parameters: SLOW })
  await using operator = await Operator.start(ethereum, deployment)
  const as = (index: number) => rootChainOf(ethereum, deployment, index)
  const { id } = await depositEth(as(ALICE), { amount: COIN })
  await depositEth(as(CAROL), { amount: COIN })
  await ethereum.mine(1)
  await operator.checkpoint()

  // Alice signs her coin away twice; the chain takes the payment to Bob, and nobody proves it.
  const to = (owner: number) =>
    operator.pay({ from: [ALICE], inputs: [id], outputs: [operator.coin(owner, COIN - FEE)] })
  const [included, rival] = [to(BOB), to(CAROL)]
  await operator.checkpoint([included])
  const fly = async (payment: Payment, owner: number) => {
    const { transaction, witness } = unwrap(decodeSignedTransaction(payment.signed))
    const encoded = toHex(encodeTransaction(transaction))
    const origins = [operator.depositOrigin(0)]
    await startInFlightExit(as(ALICE), {
      transaction: encoded,
      witness: toHex(encodeWitness(witness)),
      origins,
    })
    return piggybackOutput(as(owner), { transaction: encoded, outputIndex: 0 })
  }
  const toBob = await fly(included, BOB)
  const toCarol = await fly(rival, CAROL)

  await using watcher = await startTestWatcher({
    ...{ deploymentRecord: deployment, ethereum: [ethereum.url], node: [operator.url] },
  })
  await watcher.until('the answer', () => [...watcher.view.disputes()].some(({ state }) => state === 'won'))
  await watcher.until('calm', () => watcher.standing().length === 0)
  await ethereum.passTime(3 * 3600)
  await processExits(as(BOB), { token: `0x${'00'.repeat(20)}` as never })
  expect(await getExit(as(BOB), { id: toBob.exitId })).toMatchObject({ state: 'paid' })
  expect((await getExit(as(CAROL), { id: toCarol.exitId }))?.state).not.toBe('paid')
})
