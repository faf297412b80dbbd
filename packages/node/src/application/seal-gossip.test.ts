import { expect, test } from 'vitest'
import type { StoredCheckpoint } from '../store/checkpoints.ts'
import { type Checkpoints, SEALED_CHECKPOINTS } from './checkpoints.ts'
import { MAX_SEALS, SEAL_BYTES, type Seal } from './record.ts'
import { RESEND_MILLISECONDS, SealGossip } from './seal-gossip.ts'
import { decodeSealMessage, encodeSealMessage, isSealMessage } from './seal-message.ts'

const address = (i: number) => `0x${i.toString(16).padStart(40, '0')}` as const
const sealOf = (checkpoint: bigint, validator: number, byte = 'ab'): Seal => {
  return { checkpoint, validator: address(validator), signature: `0x${byte.repeat(65)}` }
}

/** A node of `validator` among four, whose newest closed checkpoint is `newest`. A signature is valid unless it is all zeros. */
function nodeOf(validator: number) {
  const state = { newest: 0n, now: 0, sealed: 0, accepted: false, renewals: 0 }
  const known = new Map<string, Seal>()
  const keyOf = ({ checkpoint, validator: by }: Seal) => `${checkpoint}/${by}`
  const of = (number: bigint) => [...known.values()].filter(({ checkpoint }) => checkpoint === number)
  const stored = (number: bigint) => {
    return { number, ...(state.accepted ? { accepted: {} } : {}) } as unknown as StoredCheckpoint
  }
  const checkpoints = {
    get: (number: bigint) => (number <= state.newest ? stored(number) : undefined),
    get renewals() {
      return state.renewals
    },
    isRecent: (number: bigint, newest: bigint) => number <= newest && number + SEALED_CHECKPOINTS > newest,
    recent: (newest: bigint) => (newest > 0n ? [stored(newest)] : []),
    isValid: ({ signature }: Seal) => !/^0x0+$/.test(signature),
    signatures: ({ number }: StoredCheckpoint) =>
      of(number).map(({ validator: by, signature }) => ({ validator: by, signature })),
    hasQuorum: ({ number }: StoredCheckpoint) => of(number).length >= 3,
    isComplete: ({ number }: StoredCheckpoint) => of(number).length === 4,
    gather(seal: Seal) {
      if (known.has(keyOf(seal)) || !checkpoints.isValid(seal)) return false
      known.set(keyOf(seal), seal)
      return true
    },
    async sign(newest: bigint) {
      const own = sealOf(newest, validator)
      return newest > 0n && checkpoints.gather(own) ? [own] : []
    },
  }
  const gossip = new SealGossip({
    checkpoints: checkpoints as unknown as Checkpoints,
    newestClosed: () => state.newest,
    onSealed: () => state.sealed++,
    onWrong: () => {},
    onRefused: () => undefined,
    now: () => state.now,
  })
  const renew = () => {
    known.clear()
    state.renewals++
  }
  return { state, gossip, renew, count: () => of(state.newest).length }
}

test('what one signs reaches the others, each says once that a quorum is there and once that all have signed, and then it is quiet', async () => {
  const nodes = [1, 2, 3, 4].map(nodeOf)
  for (const { state } of nodes) state.newest = 1n
  for (let round = 0; round < 3; round++) {
    for (const from of nodes) {
      for (const message of await from.gossip.take()) {
        for (const to of nodes) if (to !== from) expect(to.gossip.insert(message)).toEqual({ code: 0 })
      }
    }
  }
  expect(nodes.map(({ count, state }) => [count(), state.sealed])).toEqual(nodes.map(() => [4, 2]))
  for (const { gossip } of nodes) expect(await gossip.take()).toEqual([])
})

test('all that is known is told again, at growing intervals, until Ethereum has the checkpoint; never the same bytes', async () => {
  const { state, gossip } = nodeOf(1)
  state.newest = 1n
  const [first] = await gossip.take()
  gossip.insert(encodeSealMessage([sealOf(1n, 2)]))
  expect(decodeSealMessage((await gossip.take())[0]!)).toMatchObject({ value: [sealOf(1n, 2)] })
  const pauses: number[] = []
  for (let last = 0; pauses.length < 9; state.now += 500) {
    const [message] = await gossip.take()
    if (!message) continue
    expect(decodeSealMessage(message)).toMatchObject({ value: [sealOf(1n, 1), sealOf(1n, 2)] })
    expect(Buffer.compare(message, first!)).not.toBe(0)
    pauses.push((state.now - last) / RESEND_MILLISECONDS.first)
    last = state.now
  }
  expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60])
  state.accepted = true
  state.now += RESEND_MILLISECONDS.longest
  expect(await gossip.take()).toEqual([])
})

test('what comes before the block that closes its checkpoint waits for it, within bounds', async () => {
  const { state, gossip, count } = nodeOf(1)
  for (let i = 0; i < 100; i++) {
    expect(gossip.insert(encodeSealMessage([sealOf(1n, 9, '00')]))).toEqual({ code: 0 })
  }
  expect(gossip.insert(encodeSealMessage([sealOf(1n, 2), sealOf(1n, 3)]))).toEqual({ code: 0 })
  expect(gossip.insert(encodeSealMessage([sealOf(7n, 2)]))).toEqual({ code: 0 })
  state.newest = 1n
  await gossip.take()
  expect(count()).toBe(3)
  expect(state.sealed).toBe(1)
})

test('garbage is refused with its reason, and what is old is not looked at', () => {
  const { state, gossip } = nodeOf(1)
  state.newest = 20n
  const message = encodeSealMessage([sealOf(20n, 2)])
  expect(gossip.insert(encodeSealMessage([sealOf(20n, 2, '00')]))).toEqual({
    code: 1,
    reason: 'proposal.seal',
  })
  expect(gossip.insert(encodeSealMessage([sealOf(12n, 2, '00')]))).toEqual({ code: 0 })
  for (const bytes of [
    message.subarray(0, 50),
    message.subarray(0, 11),
    Buffer.concat([message, Buffer.alloc(1)]),
  ]) {
    expect(gossip.insert(bytes)).toEqual({ code: 1, reason: 'encoding.truncated' })
  }
  const many = (count: number) => Array.from({ length: count }, (_, i) => sealOf(20n, i))
  expect(decodeSealMessage(encodeSealMessage([]))).toMatchObject({ error: { code: 'encoding.range' } })
  expect(decodeSealMessage(encodeSealMessage(many(MAX_SEALS + 1)))).toMatchObject({
    error: { code: 'encoding.range' },
  })
  expect(decodeSealMessage(encodeSealMessage(many(MAX_SEALS)))).toEqual({ ok: true, value: many(MAX_SEALS) })
  expect([
    isSealMessage(message),
    isSealMessage(message.subarray(1)),
    isSealMessage(new Uint8Array(0)),
  ]).toEqual([...[true, false, false]])
  expect(message.length).toBe(12 + SEAL_BYTES)
})

test('F1: a checkpoint that is renewed is signed and told of as soon as one that closes', async () => {
  const { state, gossip, renew, count } = nodeOf(1)
  state.newest = 1n
  await gossip.take()
  state.now += RESEND_MILLISECONDS.first
  await gossip.take()
  expect([count(), (await gossip.take()).length]).toEqual([1, 0])
  renew()
  expect(count()).toBe(0)
  expect([(await gossip.take()).length, count()]).toEqual([1, 1])
})
