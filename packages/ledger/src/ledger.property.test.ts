import { type OutputId, toHex } from '@omg/protocol'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { decodeBlock, encodeBlock } from './block.ts'
import {
  type Account,
  account,
  coin,
  ETH,
  fund,
  GWEI,
  item,
  nextInputs,
  PARAMETERS,
  type Payment,
  PLAIN,
  payment,
  recordOf,
  USD,
} from './chain.fixture.ts'
import { readEntry } from './entry.ts'
import { ReferenceLedger } from './ledger.reference.ts'
import { Ledger } from './ledger.ts'
import { NO_LOCKED_OUTPUTS } from './locks.ts'
import { createMapPool } from './map.pool.ts'
import { loadUnspent, saveUnspent } from './snapshot.ts'
import { ENTRY_BYTES, type MappedRecord, type StateTransition, type UnspentOutputs } from './types.ts'
import { contents } from './unspent.conformance.ts'
import { UnspentSet } from './unspent.ts'

const accounts = Array.from({ length: 4 }, (_, i) => account(i + 1))
const pools = [0, 1, 2].map(workers => createMapPool({ domain: PARAMETERS.domain, workers }))
afterAll(() => Promise.all(pools.map(pool => pool.close())))

interface Owned {
  readonly id: OutputId
  readonly owner: Account
  readonly value: bigint
  readonly token: typeof ETH
}

/** A walk of payments, each from whatever exists by then: valid ones, and ones with a fault. */
const walks = fc.array(
  fc.record({
    picks: fc.array(fc.nat(), { minLength: 1, maxLength: 3 }),
    to: fc.nat(3),
    split: fc.integer({ min: 1, max: 5 }),
    fault: fc.option(fc.constantFrom('mint', 'thief', 'respend', 'dust', 'late', 'cheap'), {
      freq: 4,
      nil: undefined,
    }),
  }),
  { minLength: 1, maxLength: 14 },
)
type Walk = (typeof walks extends fc.Arbitrary<infer T> ? T : never)[number]

const START: [Account, bigint, typeof ETH][] = accounts.flatMap(owner => [
  [owner, 10n ** 18n, ETH] as [Account, bigint, typeof ETH],
  [owner, 1000n, USD] as [Account, bigint, typeof ETH],
  [owner, 77n, PLAIN] as [Account, bigint, typeof ETH],
])

/** Makes a payment from coins of `pool`, which then holds its outputs instead. */
function step(pool: Owned[], { picks, to, split, fault }: Walk): Payment | undefined {
  const chosen = [...new Set(picks.map(pick => pool[pick % pool.length]!))]
  const totals = new Map<typeof ETH, bigint>()
  for (const { token, value } of chosen) totals.set(token, (totals.get(token) ?? 0n) + value)
  const owners = [...new Set(chosen.map(({ owner }) => owner))]
  const paying = BigInt(fault === 'cheap' ? owners.length - 1 : owners.length)
  const fee = totals.has(ETH) ? ([ETH, 10n * GWEI * paying] as const) : ([USD, 5n * paying] as const)
  const left = (totals.get(fee[0]) ?? 0n) - fee[1]
  if (left <= 0n) return undefined
  totals.set(fee[0], left)
  const made: Omit<Owned, 'id'>[] = []
  for (const [token, total] of totals) {
    const owner = accounts[to]!
    const first = (total * BigInt(split)) / 6n
    const parts = first > 10n ** 4n ? [first, total - first] : [total]
    for (const [i, value] of parts.entries()) {
      made.push({ owner: i === 0 ? owner : chosen[0]!.owner, value, token })
    }
  }
  const outputs = made.map(({ owner, value, token }) => coin(owner, value, token))
  if (fault === 'mint') outputs[0] = coin(made[0]!.owner, made[0]!.value + 1n, made[0]!.token)
  if (fault === 'dust') outputs.push(coin(accounts[0]!, 1n, fee[0]))
  const signers = fault === 'thief' ? [account(99)] : owners
  const validUntil = fault === 'late' ? 1n : undefined
  const paid = payment(
    signers,
    chosen.map(({ id }) => id),
    outputs,
    validUntil === undefined ? {} : { validUntil },
  )
  if (fault === 'respend' || fault === undefined) {
    if (fault === undefined) for (const used of chosen) pool.splice(pool.indexOf(used), 1)
    made.forEach((output, i) => void pool.push({ ...output, id: paid.ids[i]! }))
  }
  return paid
}

function begin(ledger: StateTransition): Owned[] {
  const ids = fund(ledger, [
    ...START.map(([owner, value, token]) => coin(owner, value, token)),
    item(accounts[0]!, 7n),
  ])
  return START.map(([owner, value, token], i) => ({ id: ids[i]!, owner, value, token }))
}

/** Sum of all live COIN of a token, and the fees of it that wait in lanes. */
function supply(ledger: StateTransition, token: string): bigint {
  let sum = 0n
  for (const chunk of ledger.unspent.entries()) {
    for (let at = 0; at < chunk.length; at += ENTRY_BYTES) {
      const { output } = readEntry(chunk, at)
      if (output.type === 'coin' && output.token === token) sum += output.amount
    }
  }
  const feeToken = PARAMETERS.feeTokens.find(fee => fee.token === token)
  if (!feeToken) return sum
  const { feeLanes, feesToDistribute } = ledger.tip
  for (const lanes of [feeLanes, feesToDistribute]) {
    sum += ((lanes >> BigInt(64 * (3 - feeToken.lane))) & (2n ** 64n - 1n)) * feeToken.unit
  }
  return sum
}

const shuffled = <T>(list: readonly T[], seed: number): T[] =>
  list
    .map((value, i) => ({ value, key: Math.imul(i + 1, 0x9e3779b1 ^ seed) >>> 0 }))
    .sort((a, b) => a.key - b.key)
    .map(({ value }) => value)

describe('any walk of payments, valid and not', () => {
  test('goes the same way in the plain ledger, conserves every token, and survives a restart', () => {
    const blocks = fc.array(fc.tuple(walks, fc.boolean(), fc.nat()), { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(blocks, script => {
        let fast = new Ledger(PARAMETERS)
        const plain = new ReferenceLedger(PARAMETERS)
        const pool = begin(fast)
        begin(plain)
        const before = [ETH, USD, PLAIN].map(token => supply(fast, token))
        for (const [walk, closes, seed] of script) {
          const payments = walk.map(one => step(pool, one)).filter(one => one !== undefined)
          const records = shuffled(payments, seed).map(({ signed }) => recordOf(signed))
          const one = fast.assembleBlock(records, nextInputs(fast, { closes }))
          const two = plain.assembleBlock(records, nextInputs(plain, { closes }))
          expect(one.dropped.map(({ index, error }) => [index, error.code])).toEqual(
            two.dropped.map(({ index, error }) => [index, error.code]),
          )
          expect(Buffer.compare(encodeBlock(one.execution.block), encodeBlock(two.execution.block))).toBe(0)
          expect(toHex(one.execution.spent)).toBe(toHex(two.execution.spent))
          expect(toHex(one.execution.created)).toBe(toHex(two.execution.created))
          expect(fast.applyBlock(one.execution)).toEqual(plain.applyBlock(two.execution))
          expect(fast.tip).toEqual(plain.tip)
          expect([ETH, USD, PLAIN].map(token => supply(fast, token))).toEqual(before)
          const unspent = loadUnspent(saveUnspent(fast.unspent), new UnspentSet())
          if (!unspent.ok) throw unspent.error
          fast = new Ledger(PARAMETERS, { unspent: unspent.value, state: fast.save() })
        }
        expect(contents(fast.unspent)).toEqual(contents(plain.unspent))
      }),
      { numRuns: 12 },
    )
  })

  test('gives one block whatever the order of the candidates and the number of workers', async () => {
    await fc.assert(
      fc.asyncProperty(walks, fc.array(fc.nat(), { minLength: 2, maxLength: 4 }), async (walk, seeds) => {
        const ledger = new Ledger(PARAMETERS)
        const pool = begin(ledger)
        const payments = walk
          .map(one => step(pool, { ...one, fault: undefined }))
          .filter(one => one !== undefined)
        const records = payments.map(({ signed }) => recordOf(signed))
        const inputs = nextInputs(ledger, { closes: true })
        const blocks = seeds.map(
          seed => ledger.assembleBlock(shuffled(records, seed), inputs).execution.block,
        )
        expect(new Set(blocks.map(({ appHash }) => appHash)).size).toBe(1)
        const decoded = decodeBlock(encodeBlock(blocks[0]!))
        if (!decoded.ok) throw decoded.error
        const { value: block } = decoded
        for (const mapPool of pools) {
          const follower = new Ledger(PARAMETERS)
          begin(follower)
          const result = follower.executeBlock(
            block,
            await mapPool.map(block.body, block.bounds),
            NO_LOCKED_OUTPUTS,
          )
          if (!result.ok) throw result.error
          const closed = follower.applyBlock(result.value)
          expect(await mapPool.reduce(result.value.leaves)).toEqual({
            root: closed!.txRoot,
            lanes: closed!.feeLanes,
          })
        }
      }),
      { numRuns: 15 },
    )
  })

  test('never spends an output twice, and a mutated block changes nothing', async () => {
    await fc.assert(
      fc.asyncProperty(walks, fc.nat(), fc.integer({ min: 1, max: 255 }), async (walk, place, by) => {
        const ledger = new Ledger(PARAMETERS)
        const pool = begin(ledger)
        const payments = walk.map(one => step(pool, one)).filter(one => one !== undefined)
        const records = payments.map(({ signed }) => recordOf(signed)) as MappedRecord[]
        const { block } = ledger.assembleBlock([...records, ...records], nextInputs(ledger)).execution
        const bytes = encodeBlock(block)
        bytes[place % bytes.length]! ^= by
        const before = stateOf(ledger)
        const decoded = decodeBlock(bytes)
        if (decoded.ok) {
          const { value: wrong } = decoded
          const result = ledger.executeBlock(
            wrong,
            await pools[0]!.map(wrong.body, wrong.bounds),
            NO_LOCKED_OUTPUTS,
          )
          expect(result.ok).toBe(false)
        }
        expect(stateOf(ledger)).toEqual(before)
      }),
      { numRuns: 60 },
    )
  })
})

function stateOf(ledger: { tip: unknown; unspent: UnspentOutputs }) {
  return [ledger.tip, ledger.unspent.size, toHex(ledger.unspent.setHash())]
}
