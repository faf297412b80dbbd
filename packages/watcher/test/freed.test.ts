import { exitDelegateDigest, signDigest } from '@omg/protocol'
import {
  challengeCanonicity,
  depositEth,
  domainOf,
  getExit,
  getInFlight,
  getVerdict,
  noteVoid,
  startInFlightExit,
  startStandardExit,
} from '@omg/rootchain'
import { testPrivateKey } from '@omg/rootchain/testing'
import { expect, it } from 'vitest'
import { ALICE, BOB, CAROL, COIN, MALLORY, useScene, WATCHER } from './fixture.ts'
import { FEE, ownerOf, shownOf } from './operator.ts'

const scene = useScene()
const { as } = scene

it('I2: the delegated exit of what a freed coin paid begins with the inclusion of that payment (A14)', async () => {
  const { ethereum, operator, deployment, coin } = scene
  const { id: hers } = await depositEth(as(MALLORY), { amount: COIN })
  await ethereum.mine(1)
  await operator.checkpoint()

  // Mallory takes a payment of both to Ethereum and shows a rival of it: Alice's coin is locked until it is noted as void.
  const to = (owner: number, value: bigint) => [operator.coin(owner, value)]
  const shared = operator.pay({
    from: [ALICE, MALLORY],
    inputs: [coin, hers],
    outputs: to(MALLORY, 2n * COIN - FEE),
  })
  const rival = operator.pay({ from: [MALLORY], inputs: [hers], outputs: to(CAROL, COIN - FEE) })
  const origins = [operator.depositOrigin(0), operator.depositOrigin(1)]
  await startInFlightExit(as(MALLORY), { ...shownOf(shared), origins })
  const creators = [origins[1]!.creator]
  await challengeCanonicity(as(CAROL), {
    txHash: shared.hash,
    rival: { ...shownOf(rival), creators, inputIndex: 0 },
  })
  const { startedAt, exitableAt } = (await getInFlight(as(CAROL), { txHash: shared.hash }))!
  await ethereum.passTime(Number(exitableAt - startedAt) + 1)
  expect(await getVerdict(as(CAROL), { txHash: shared.hash })).toBe('void')
  await noteVoid(as(CAROL), { txHash: shared.hash })
  await ethereum.mine(1)
  const toBob = operator.pay({ from: [ALICE], inputs: [coin], outputs: to(BOB, COIN - FEE) })
  await operator.checkpoint([toBob])
  const [id] = toBob.ids as [(typeof toBob.ids)[number]]

  await using watcher = await scene.watch({ customers: [ownerOf(BOB)] })
  const delegation = { owner: ownerOf(BOB), delegate: ownerOf(WATCHER), validUntil: 10n ** 11n }
  const signature = signDigest(exitDelegateDigest(delegation, domainOf(deployment)), testPrivateKey(BOB))
  expect(await watcher.view.delegate({ ...delegation, signature })).toMatchObject({ ok: true })
  expect(watcher.standing()).toEqual([])
  // Ethereum knows another payment of Alice's coin, a void one.
  await expect(startStandardExit(as(BOB), operator.origin(toBob, 0))).rejects.toMatchObject({
    reason: 'SpendNotProven',
  })

  operator.withheldFrom = operator.blocks.length + 1
  await operator.checkpoint()
  await watcher.until('exit', () => watcher.view.status().openExits === 1)
  expect(await getExit(as(WATCHER), { id })).toMatchObject({
    ...{ state: 'open', owner: ownerOf(BOB), amount: COIN - FEE },
  })
  expect(watcher.standing().filter(alarm => alarm.startsWith('challenge.failed'))).toEqual([])
})
