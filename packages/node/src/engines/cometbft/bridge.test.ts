import { expect, test } from 'vitest'
import type { Application } from '../engine.ts'
import { AbciBridge } from './bridge.ts'
import { decodeCall, decodeStanding, encodeStanding, STANDING_MILLISECONDS } from './calls.ts'
import { Gate } from './gate.ts'
import { response } from './translation.ts'

const HEIGHT = 10n
const NEVER = new AbortController().signal

/** A bridge at a height, on a clock of its own. */
async function bridgeAt(lastBlockHeight: bigint) {
  const time = { now: 0 }
  const application = {
    info: async () => ({ version: '', lastBlockHeight, lastBlockAppHash: new Uint8Array(32) }),
    reapTxs: async () => ({ txs: [] }),
  } as Partial<Application> as Application
  const gate = new Gate({ hasWork: () => false })
  const bridge = new AbciBridge({
    ...{ application, gate, validator: new Uint8Array(20), now: () => time.now },
    onError: error => expect.unreachable(error.message),
  })
  await bridge.handle({ case: 'info', value: {} } as never, NEVER)
  const reap = async () => {
    const { value } = await bridge.handle({ case: 'reapTxs', value: {} } as never, NEVER)
    return (value as { txs: Uint8Array[] }).txs
  }
  const insert = (tx: Uint8Array) => bridge.handle({ case: 'insertTx', value: { tx } } as never, NEVER)
  return { time, gate, reap, insert }
}

test('where a node stands is told at growing intervals while no block comes', async () => {
  const { time, reap } = await bridgeAt(HEIGHT)
  const told: number[] = []
  for (; time.now < 20_000; time.now += 100) {
    for (const tx of await reap()) {
      expect(decodeStanding(tx)).toBe(HEIGHT)
      told.push(time.now)
    }
  }
  const { first } = STANDING_MILLISECONDS
  expect(told).toEqual([first, 3 * first, 7 * first, 15 * first])
})

test('a peer two blocks behind makes everybody go on by one; one that is closer, or ahead, does not', async () => {
  for (const standing of [HEIGHT - 1n, HEIGHT, HEIGHT + 5n]) {
    const { reap, insert } = await bridgeAt(HEIGHT)
    expect(await insert(encodeStanding(standing))).toMatchObject(response({ case: 'insertTx', value: {} }))
    expect(await reap()).toEqual([])
  }
  const { reap, insert, gate } = await bridgeAt(HEIGHT)
  const held = gate.wait(HEIGHT + 1n, NEVER)
  await insert(encodeStanding(HEIGHT - 2n))
  await held
  expect((await reap()).map(decodeCall)).toEqual([HEIGHT + 1n])
  // Once for a while, however often it is told.
  await insert(encodeStanding(0n))
  expect(await reap()).toEqual([])
})
