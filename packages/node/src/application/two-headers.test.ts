import { checkpointDigest, type Header, type Hex, headerHash, signDigest } from '@omg/protocol'
import type { SignedHeader } from '@omg/rootchain'
import { expect, test } from 'vitest'
import { DOMAIN, keyOf, ownerOf } from '../../test/harness.ts'
import { headerOf, MAX_ORIGIN_AGE, renewalOf } from '../../test/headers.ts'
import type { ValidatorSets } from '../rootchain/validator-sets.ts'
import type { StoredCheckpoint } from '../store/checkpoints.ts'
import { type Checkpoints, KEPT_CHECKPOINTS } from './checkpoints.ts'
import { decodeHeaderMessage, encodeHeaderMessage, isHeaderMessage } from './header-message.ts'
import { MAX_HEADERS_PER_KEY, MAX_KEYS, TwoHeadersWatch } from './two-headers.ts'

const NEWEST = 100n
const keyHex = (i: number) => ownerOf(i).toLowerCase() as Hex
const sign = (header: Header, i: number): SignedHeader => {
  return { header, signature: signDigest(checkpointDigest(headerHash(header), DOMAIN), keyOf(i)) }
}
/** What the chain has of a number, and what it has not. */
const own = (number: bigint) => headerOf('aa', number)
const other = (number: bigint, text = 'bb') => headerOf(text, number)

/** A node that has closed 100 checkpoints in sets of these validators, and has these signatures of its own headers. */
function nodeOf({
  members = [1, 2],
  signed = [1],
}: {
  members?: readonly number[]
  signed?: readonly number[]
} = {}) {
  const state = { signed, headers: new Map<bigint, Header>() }
  const checkpoints = {
    get: (number: bigint) =>
      number >= 1n && number <= NEWEST ? ({ number } as StoredCheckpoint) : undefined,
    header: ({ number }: { number: bigint }) => state.headers.get(number) ?? own(number),
    signatures: ({ number }: { number: bigint }) =>
      state.signed.map(i => {
        const { signature } = sign(state.headers.get(number) ?? own(number), i)
        return { validator: keyHex(i), signature }
      }),
  } as unknown as Checkpoints
  const validators = members.map(i => ({ address: keyHex(i), power: 1n }))
  const sets = {
    get: (id: bigint) => (id <= 3n ? { id, validators } : undefined),
  } as unknown as ValidatorSets
  const table = new Map<string, Buffer>()
  const facts = {
    get: (name: string) => table.get(name),
    put: (name: string, bytes: Buffer) => table.set(name, bytes),
  }
  const start = () =>
    new TwoHeadersWatch({
      ...{ checkpoints, domain: DOMAIN, sets: () => sets, facts },
      ...{ newestClosed: () => NEWEST, maxOriginAgeBlocks: MAX_ORIGIN_AGE },
    })
  return { state, start, watch: start() }
}

const told = (watch: TwoHeadersWatch) =>
  watch.take().map(message => {
    const signed = decodeHeaderMessage(message)
    return signed.ok ? headerHash(signed.value.header) : signed.error.code
  })

test('F1: a second header under the key of a validator is kept beside that of the chain, told once, and is there after a restart', () => {
  const { watch, start } = nodeOf()
  const seen = sign(other(7n), 1)
  expect(watch.insert(encodeHeaderMessage(seen))).toEqual({ code: 0 })
  expect(told(watch)).toEqual([headerHash(seen.header)])
  expect(watch.insert(encodeHeaderMessage(seen))).toEqual({ code: 0 })
  expect(told(watch)).toEqual([])
  for (const each of [watch, start()]) {
    const [proof, ...more] = each.proven
    expect(more).toEqual([])
    expect(proof).toMatchObject({ signer: keyHex(1), checkpoint: 7n })
    expect(proof!.headers.map(headerHash).toSorted()).toEqual([own(7n), other(7n)].map(headerHash).toSorted())
    for (const [i, header] of proof!.headers.entries())
      expect(proof!.signatures[i]).toBe(sign(header, 1).signature)
  }
})

test('one whose other half is missing is kept until it comes, also as a second one that the chain does not have', () => {
  const { watch, state } = nodeOf({ signed: [] })
  expect(watch.add(sign(other(90n), 1))).toBe(true)
  expect(watch.proven).toEqual([])
  state.signed = [1]
  expect(watch.proven).toMatchObject([{ signer: keyHex(1), checkpoint: 90n }])
  const foreign = nodeOf({ signed: [] })
  for (const text of ['bb', 'cc']) foreign.watch.add(sign(other(90n, text), 2))
  expect(foreign.watch.proven).toMatchObject([{ signer: keyHex(2), checkpoint: 90n }])
})

test('what is proven stays when the chain renews its own header', () => {
  const { watch, state } = nodeOf()
  watch.add(sign(other(7n), 1))
  state.headers.set(7n, renewalOf(own(7n)))
  state.signed = []
  expect(watch.proven).toHaveLength(1)
})

test('nothing is kept or told of what proves nothing: strangers, other chains, open numbers, the same header, renewals, wrong bytes', () => {
  const { watch } = nodeOf()
  const changed = (change: Partial<Header>) => sign({ ...other(7n), ...change }, 1)
  const torn = { ...sign(other(7n), 1), signature: `0x${'00'.repeat(65)}` as Hex }
  const contract = `0x${'77'.repeat(20)}` as Hex
  const wrong: SignedHeader[] = [
    ...[sign(other(7n), 9), torn, sign(own(7n), 1), sign(other(NEWEST + 1n), 1), sign(renewalOf(own(7n)), 1)],
    ...[changed({ chainId: 1n }), changed({ contract: contract as never }), changed({ validatorSetId: 9n })],
  ]
  for (const signed of wrong) expect(watch.insert(encodeHeaderMessage(signed)).code).toBe(1)
  const message = encodeHeaderMessage(sign(other(7n), 1))
  for (let length = 0; length < message.length; length++) {
    expect(watch.insert(message.subarray(0, length)).code).toBe(1)
  }
  expect(watch.insert(Buffer.concat([message, Buffer.of(0)])).code).toBe(1)
  expect([isHeaderMessage(message), isHeaderMessage(message.subarray(1))]).toEqual([true, false])
  expect([watch.proven, told(watch)]).toEqual([[], []])
})

test('A30: a validator fills her own place and no more, tells the peers no more, and what proves something is never driven out', () => {
  const { watch, state } = nodeOf({ signed: [] })
  const before = NEWEST - KEPT_CHECKPOINTS
  // Halves: only newer ones, and none that is too old to find its other half.
  for (const number of [before, 50n, 49n, 50n, 60n, 55n, 61n]) watch.add(sign(other(number), 1))
  expect(told(watch)).toEqual([50n, 60n, 61n].map(number => headerHash(other(number))))
  state.signed = [1]
  expect(watch.proven).toMatchObject([{ checkpoint: 61n }])
  for (let i = 0; i < 20; i++) watch.add(sign(other(BigInt(62 + i)), 1))
  expect(told(watch)).toEqual([])
  // In another set she can be punished again.
  for (const validatorSetId of [2n, 3n, 2n]) {
    watch.add(sign({ ...other(95n), validatorSetId }, 1))
  }
  expect(watch.proven.length * 2).toBeLessThanOrEqual(MAX_HEADERS_PER_KEY)
  expect(watch.proven).toMatchObject([{ checkpoint: 61n }, { checkpoint: 95n }])
})

test('A30: no more keys than twice a whole set', () => {
  const members = Array.from({ length: MAX_KEYS + 2 }, (_, i) => i + 1)
  const { watch } = nodeOf({ members, signed: [] })
  for (const i of members) watch.add(sign(other(90n), i))
  expect(told(watch)).toHaveLength(MAX_KEYS)
})

test('a signature that is none for our header is answered with it, once for a key and a number, if the key has signed ours', () => {
  const { watch } = nodeOf()
  for (const checkpoint of [7n, 7n, 6n, 8n]) watch.answer({ checkpoint, validator: keyHex(1) })
  watch.answer({ checkpoint: 9n, validator: keyHex(2) })
  watch.answer({ checkpoint: NEWEST + 1n, validator: keyHex(1) })
  const [first, second, ...more] = watch.take().map(decodeHeaderMessage)
  expect([first, second]).toEqual([7n, 8n].map(number => ({ ok: true, value: sign(own(number), 1) })))
  expect(more).toEqual([])
  // The other side of a fork proves it with that.
  const fork = nodeOf()
  fork.state.headers.set(7n, other(7n))
  expect(first!.ok && fork.watch.add(first!.value)).toBe(true)
  expect(fork.watch.proven).toMatchObject([{ signer: keyHex(1), checkpoint: 7n }])
})
