import { fail, ok } from '@omg/protocol'
import { expect, test } from 'vitest'
import { nodeError } from '../errors.ts'
import type { Submitted } from './admission.ts'
import { Refusals } from './refusals.ts'

const limits = { burst: 10, perSecond: 2 }
const codeOf = (result: Submitted) => (result.ok ? 'ok' : result.error.code)

function setUp() {
  let now = 0
  const refusals = new Refusals(limits, () => now)
  let answer: Submitted = fail(nodeError('mempool.conflict', 'no'))
  let asked = 0
  const admission = {
    waitingBytes: 0,
    async submit() {
      asked++
      return answer
    },
    async submitMany(_: Uint8Array, bounds: Uint32Array) {
      asked++
      return Array.from({ length: bounds.length / 2 }, () => answer)
    },
  }
  return {
    of: (peer: string) => refusals.of(admission, peer),
    pass: (seconds: number) => {
      now += 1_000 * seconds
    },
    answers: (next: Submitted) => {
      answer = next
    },
    get asked() {
      return asked
    },
  }
}

test('a peer whose submissions are refused waits, and nobody else does', async () => {
  const setup = setUp()
  const [bad, good] = [setup.of('1.2.3.4'), setup.of('5.6.7.8')]
  for (let i = 0; i < 4; i++) await bad.submit(new Uint8Array())
  expect((await bad.submitMany(new Uint8Array(), new Uint32Array(12))).map(codeOf)).toEqual(
    Array(6).fill('mempool.conflict'),
  )
  const before = setup.asked
  expect(codeOf(await bad.submit(new Uint8Array()))).toBe('mempool.rate')
  expect((await bad.submitMany(new Uint8Array(), new Uint32Array(4))).map(codeOf)).toEqual(
    Array(2).fill('mempool.rate'),
  )
  expect(setup.asked).toBe(before)
  expect(codeOf(await good.submit(new Uint8Array()))).toBe('mempool.conflict')
  setup.pass(0.5)
  expect(codeOf(await bad.submit(new Uint8Array()))).toBe('mempool.conflict')
  expect(codeOf(await bad.submit(new Uint8Array()))).toBe('mempool.rate')
})

test('what is taken, known already, or not looked at costs nothing', async () => {
  const setup = setUp()
  const peer = setup.of('1.2.3.4')
  for (const answer of [
    ok(new Uint8Array() as never),
    fail(nodeError('mempool.duplicate', '')),
    fail(nodeError('node.stopped', '')),
  ]) {
    setup.answers(answer)
    for (let i = 0; i < 50; i++) expect(await peer.submit(new Uint8Array())).toBe(answer)
  }
})
