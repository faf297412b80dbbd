import { type OutputId, ZERO_ADDRESS } from '@omg/protocol'
import { getExit, getVerdict, processExits, startStandardExit } from '@omg/rootchain'
import { describe, expect, it } from 'vitest'
import { ALICE, BOB, CAROL, COIN, MALLORY, type TestWatcher, useScene, WATCHER } from './fixture.ts'
import { FEE, ownerOf, type Payment } from './operator.ts'

/** Exits of outputs that no valid transaction has made: the validators signed them, and nobody spent them. */

const scene = useScene()
const { as } = scene
/** Longer than any exit waits. */
const LONG_SECONDS = 3 * 3600

const stateOf = async (id: OutputId) => (await getExit(as(WATCHER), { id }))?.state

/** A checkpoint that nobody is given, in which Alice's coin goes to Mallory under the signature of `signer`. */
async function stealInTheDark(signer: number): Promise<Payment> {
  const { operator, coin } = scene
  operator.conjure(operator.coin(signer, COIN), coin)
  const outputs = [operator.coin(MALLORY, COIN - FEE)]
  const theft = operator.pay({ from: [signer], inputs: [coin], outputs })
  await operator.checkpoint([theft])
  return theft
}

async function expectStopped(watcher: TestWatcher, id: OutputId): Promise<void> {
  await watcher.until('calm about the exit', () => !watcher.standing().includes(`exit.invalid ${id}`))
  expect(await stateOf(id)).toBe('challenged')
  expect(watcher.standing().filter(alarm => alarm.startsWith('challenge.failed'))).toEqual([])
}

describe('A5: an exit that turns losing after it started', () => {
  it.each([
    ['while it waits', 0],
    ['when it could be paid already, and the queue is late', LONG_SECONDS],
  ])('is stopped %s', async (_, late) => {
    const { ethereum, operator, coin } = scene
    await using watcher = await scene.watch()
    // Alice paid Bob. The block is held back, and in the next one the same coin goes to Mallory.
    operator.withheldFrom = 2
    const honest = operator.pay({ from: [ALICE], inputs: [coin], outputs: [operator.coin(BOB, COIN - FEE)] })
    await operator.checkpoint([honest])
    const theft = await stealInTheDark(ALICE)
    const { exitId } = await startStandardExit(as(MALLORY), operator.origin(theft, 0))
    await watcher.until('sight of the exit', () => watcher.view.status().openExits === 1)
    await watcher.until('alarm', () => watcher.standing().includes('data.withheld 2'))
    expect([...watcher.view.disputes()]).toEqual([])
    if (late > 0) await ethereum.passTime(late)

    operator.withheldFrom = Number.POSITIVE_INFINITY
    await watcher.until('answer', () => watcher.won().includes('exit.losing'))
    await expectStopped(watcher, exitId)
    expect([...watcher.view.disputes()]).toMatchObject([
      { claimId: exitId, deadline: null, answeredBy: ownerOf(WATCHER) },
    ])
    // Without it both would be paid, and the vault holds one coin.
    const bobs = await startStandardExit(as(BOB), operator.origin(honest, 0))
    await ethereum.passTime(LONG_SECONDS)
    expect((await processExits(as(CAROL), { token: ZERO_ADDRESS })).paid).toEqual([bobs.exitId])
  })
})

describe('A1: an exit of what was taken from a coin that left itself', () => {
  it('is stopped once the exit of the coin is certain, before the queue comes to it', async () => {
    const { ethereum, operator, coin } = scene
    await using watcher = await scene.watch()
    operator.withheldFrom = 2
    const theft = await stealInTheDark(MALLORY)
    const { exitId } = await startStandardExit(as(MALLORY), operator.origin(theft, 0))
    const { exitableAt } = await startStandardExit(as(ALICE), operator.depositOrigin(0))
    await watcher.until('sight of the exits', () => watcher.view.status().openExits === 2)
    expect([...watcher.view.disputes()]).toEqual([])

    const { timestamp } = await ethereum.client.getBlock()
    await ethereum.passTime(Number(exitableAt - timestamp) + 1)
    await watcher.until('answer', () => watcher.won().includes('exit.void'))
    await expectStopped(watcher, exitId)
    expect(await getVerdict(as(WATCHER), { txHash: theft.hash })).toBe('void')
    await ethereum.passTime(LONG_SECONDS)
    expect((await processExits(as(CAROL), { token: ZERO_ADDRESS })).paid).toEqual([coin])
    expect(await stateOf(exitId)).toBe('dropped')
  })

  it('is stopped although the queue was late for both', async () => {
    const { ethereum, operator, coin } = scene
    operator.withheldFrom = 2
    const theft = await stealInTheDark(MALLORY)
    const { exitId } = await startStandardExit(as(MALLORY), operator.origin(theft, 0))
    await startStandardExit(as(ALICE), operator.depositOrigin(0))
    await ethereum.passTime(LONG_SECONDS)
    expect((await processExits(as(CAROL), { token: ZERO_ADDRESS, maxExits: 1 })).paid).toEqual([coin])

    // It was off all the time.
    await using watcher = await scene.watch({}, 1n)
    await watcher.until('answer', () => watcher.won().includes('exit.void'))
    await expectStopped(watcher, exitId)
  })
})
