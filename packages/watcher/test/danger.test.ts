import { exitDelegateDigest, signDigest } from '@omg/protocol'
import { depositEth, domainOf, getExit } from '@omg/rootchain'
import { testPrivateKey } from '@omg/rootchain/testing'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ALICE, BOB, COIN, MALLORY, type TestWatcher, useScene, WATCHER } from './fixture.ts'
import { FEE, ownerOf } from './operator.ts'

const scene = useScene()
let watcher: TestWatcher

/** Alice delegated her coin to the watcher; Bob is a customer and did not. */
beforeEach(async () => {
  watcher = await scene.watch({ customers: [ownerOf(ALICE), ownerOf(BOB)] })
  await delegate()
})
afterEach(() => watcher[Symbol.asyncDispose]())

async function delegate(): Promise<void> {
  const delegation = { owner: ownerOf(ALICE), delegate: ownerOf(WATCHER), validUntil: 10n ** 11n }
  const digest = exitDelegateDigest(delegation, domainOf(scene.deployment))
  const signature = signDigest(digest, testPrivateKey(ALICE))
  const body = JSON.stringify({ ...delegation, validUntil: String(delegation.validUntil), signature })
  const headers = { 'content-type': 'application/json' }
  expect((await fetch(`${watcher.url}/delegations`, { method: 'POST', body, headers })).status).toBe(201)
}

/** Alice's coin leaves, in her name, although only the watcher acted. */
async function expectAliceToExit(): Promise<void> {
  await watcher.until('exit', () => watcher.view.status().openExits === 1)
  expect(await getExit(scene.as(WATCHER), { id: scene.coin })).toMatchObject({
    state: 'open',
    owner: ownerOf(ALICE),
    amount: COIN,
  })
}

it('A23: a block that mints is refused, and the coin that was delegated leaves', async () => {
  const { operator } = scene
  const minted = operator.conjure(operator.coin(MALLORY, COIN))
  await operator.block([
    operator.pay({ from: [MALLORY], inputs: [minted], outputs: [operator.coin(MALLORY, COIN - FEE)] }),
  ])
  await watcher.until('alarm', () => watcher.standing().includes('block.invalid 2'))
  const [alarm] = watcher.view.alarms.standing()
  expect(alarm).toMatchObject({ severity: 'critical', details: { height: '2', code: 'input.missing' } })
  await expectAliceToExit()
})

it('A23: a block that takes a coin under the wrong signature is refused', async () => {
  const { operator } = scene
  operator.conjure(operator.coin(MALLORY, COIN), scene.coin)
  await operator.block([
    operator.pay({ from: [MALLORY], inputs: [scene.coin], outputs: [operator.coin(MALLORY, COIN - FEE)] }),
  ])
  await watcher.until('alarm', () => watcher.standing().includes('block.invalid 2'))
  expect(watcher.view.alarms.standing()[0]?.details.code).toBe('signature.wrong_signer')
  await expectAliceToExit()
})

it('A31: a checkpoint whose blocks nobody serves makes the delegated coin leave; data served late is taken', async () => {
  const { operator } = scene
  operator.withheldFrom = 2
  await operator.checkpoint()
  await watcher.until('alarm', () => watcher.standing().includes('data.withheld 2'))
  await expectAliceToExit()
  operator.withheldFrom = Number.POSITIVE_INFINITY
  await watcher.until('resolution', () => watcher.standing().length === 0)
  expect(watcher.view.status().ethereum.lastAgreedCheckpoint).toBe(2n)
})

it('A31: a node that is silent while checkpoints go on withholds data', async () => {
  const { operator } = scene
  operator.down = true
  await operator.checkpoint()
  await watcher.until('alarms', () => watcher.standing().includes('data.withheld 2'))
  expect(watcher.standing()).toContain('node.unreachable nodes')
  await expectAliceToExit()
})

it('a checkpoint that is not the one of the blocks is an alarm, and the delegated coin leaves', async () => {
  const { operator } = scene
  await operator.block([], { closes: true })
  await operator.submit({ txRoot: `0x${'66'.repeat(32)}` as never })
  await watcher.until('alarm', () => watcher.standing().includes('checkpoint.mismatch 2'))
  await expectAliceToExit()
})

it('starts no exit for a customer who did not delegate, nor while nothing is wrong', async () => {
  const { operator } = scene
  const { id: second } = await depositEth(scene.as(ALICE), { amount: COIN })
  const toBob = operator.pay({
    from: [ALICE],
    inputs: [scene.coin],
    outputs: [operator.coin(BOB, COIN - FEE)],
  })
  await operator.checkpoint([toBob])
  await scene.agreement(watcher)
  expect(watcher.view.status().openExits).toBe(0)
  operator.withheldFrom = 3
  await operator.checkpoint()
  await watcher.until('alarm', () => watcher.standing().includes('data.withheld 3'))
  // What Alice has left leaves in the same rounds in which Bob's coin stays.
  await watcher.until('exit', () => watcher.view.status().openExits === 1)
  expect(await getExit(scene.as(WATCHER), { id: second })).toMatchObject({ owner: ownerOf(ALICE) })
  expect(await getExit(scene.as(WATCHER), { id: toBob.ids[0]! })).toBeUndefined()
})
