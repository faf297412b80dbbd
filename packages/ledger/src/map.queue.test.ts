import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fromHex, type OutputId, toHex } from '@omg/protocol'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { goTool } from '../../../tools/gotools.mjs'
import { type Account, account, batchOf, bob, coin, PARAMETERS, payment } from './chain.fixture.ts'
import { fastKeccak256 } from './keccak.ts'
import { createMapPool, type MapPoolOptions } from './map.pool.ts'
import { SignatureProgram } from './map.program.ts'
import { createMapper } from './map.ts'
import type { MapPool, MappedBatch } from './types.ts'

const PATIENCE_MILLISECONDS = 120_000
/** For all that is waited for in a test. */
const TEST_MILLISECONDS = 5 * PATIENCE_MILLISECONDS
const SIGNERS = 40
const program = goTool('signatures')
const { domain } = PARAMETERS
const map = createMapper(domain)

/** What a transaction was made of, or made to look like. */
const KINDS = [
  'good',
  'good',
  'good',
  'two signers',
  'high s',
  'other v',
  'v of no signature',
  'r beyond the order',
  'r zero',
  's zero',
  'other digest',
  'cut',
] as const
type Kind = (typeof KINDS)[number]
const GUESSES = ['right', 'right', 'right', 'wrong', 'none'] as const

const signers = Array.from({ length: SIGNERS }, (_, i) => account(100 + i))
let made = 0

function transaction(kind: Kind, signer: Account): Uint8Array {
  const ids = [0, 1].map(i => {
    return toHex(fastKeccak256(Uint8Array.of(made >> 8, made & 255, made++ >> 16, i))) as OutputId
  })
  if (kind === 'two signers') return payment([signer, bob], ids, [coin(bob, 5n)]).signed
  const { signed } = payment([signer], ids.slice(1), [coin(bob, 5n)])
  const end = signed.length - 3
  const [r, s, v] = [end - 65, end - 33, end - 1]
  if (kind === 'high s') signed.set(negative(signed.subarray(s, v)), s)
  if (kind === 'other v') signed[v]! ^= 27 ^ 28
  if (kind === 'v of no signature') signed[v] = 29
  if (kind === 'r beyond the order') signed.fill(0xff, r, s)
  if (kind === 'r zero') signed.fill(0, r, s)
  if (kind === 's zero') signed.fill(0, s, v)
  if (kind === 'other digest') signed[10]! ^= 1
  return kind === 'cut' ? signed.subarray(0, -1) : signed
}

function negative(s: Uint8Array): Uint8Array {
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
  return fromHex(`0x${(order - BigInt(toHex(s))).toString(16).padStart(64, '0')}`)
}

interface Case {
  readonly kind: Kind
  readonly signer: number
  readonly guess: (typeof GUESSES)[number]
}

function batchFrom(cases: readonly Case[]) {
  const guesses = Buffer.concat(
    cases.map(({ signer, guess }) => {
      if (guess === 'none') return new Uint8Array(20)
      return fromHex(signers[guess === 'right' ? signer : (signer + 1) % SIGNERS]!.address)
    }),
  )
  const { bytes, bounds } = batchOf(cases.map(({ kind, signer }) => transaction(kind, signers[signer]!)))
  return { bytes, bounds, guesses }
}

const good = (count: number, guess: Case['guess'] = 'right'): Case[] =>
  Array.from({ length: count }, (_, i) => ({ kind: 'good', signer: i % SIGNERS, guess }))

const warm = batchFrom(good(SIGNERS, 'none'))

/** A pool that has seen all signers. */
async function warmPool(options: Partial<MapPoolOptions>): Promise<MapPool> {
  const pool = createMapPool({ domain, workers: 1, signatureProgram: program, ...options })
  await pool.map(warm.bytes, warm.bounds)
  return pool
}

function expectSame(batch: MappedBatch, expected: MappedBatch): void {
  expect([batch.count, batch.codes, batch.offsets]).toEqual([
    expected.count,
    expected.codes,
    expected.offsets,
  ])
  expect(Buffer.compare(batch.records, expected.records)).toBe(0)
}

describe.skipIf(!program)('signatures in batches (needs Go, once: node tools/setup.mjs --go)', () => {
  let pools: MapPool[] = []
  beforeAll(async () => {
    pools = await Promise.all([1, 2].map(workers => warmPool({ workers })))
  })
  afterAll(() => Promise.all(pools.map(pool => pool.close())))

  test(
    'records and codes are those of recovery, whatever the guesses and the signatures',
    async () => {
      const some = fc.record({
        kind: fc.constantFrom(...KINDS),
        signer: fc.nat(SIGNERS - 1),
        guess: fc.constantFrom(...GUESSES),
      })
      const cases = fc.tuple(fc.array(some, { maxLength: 60 }), fc.nat(200))
      for (const pool of pools) {
        await fc.assert(
          fc.asyncProperty(cases, async ([mixed, more]) => {
            const { bytes, bounds, guesses } = batchFrom([...good(more), ...mixed])
            expectSame(await pool.map(bytes, bounds, guesses), map(bytes, bounds))
          }),
          { numRuns: 6 },
        )
      }
    },
    TEST_MILLISECONDS,
  )

  test('signers that are known are not recovered', async () => {
    const pool = await warmPool({})
    onTestFinished(() => pool.close())
    const { bytes, bounds, guesses } = batchFrom(good(300))
    const expected = map(bytes, bounds)
    expectSame(await pool.map(bytes, bounds, guesses), expected)
    expect(pool.signatures).toEqual({ verified: 300, recovered: SIGNERS, vain: 0 })
    expectSame(await pool.map(bytes, bounds), expected)
    expect(pool.signatures).toEqual({ verified: 300, recovered: SIGNERS + 300, vain: 0 })
  })

  test(
    'a program that is killed costs no answer, and is started again',
    async () => {
      const reasons: string[] = []
      const pool = await warmPool({ onTrouble: reason => reasons.push(reason) })
      onTestFinished(() => pool.close())
      const { bytes, bounds, guesses } = batchFrom(good(128))
      const expected = map(bytes, bounds)
      const killer = setInterval(() => {
        for (const pid of programs()) process.kill(pid, 'SIGKILL')
      }, 20)
      onTestFinished(() => clearInterval(killer))
      const deadline = Date.now() + PATIENCE_MILLISECONDS
      while (reasons.length < 1 && Date.now() < deadline) {
        const batches = await Promise.all(Array.from({ length: 4 }, () => pool.map(bytes, bounds, guesses)))
        for (const batch of batches) expectSame(batch, expected)
      }
      expect(reasons.length).toBeGreaterThan(0)
      clearInterval(killer)
      const { verified } = pool.signatures
      while (pool.signatures.verified === verified && Date.now() < deadline) {
        expectSame(await pool.map(bytes, bounds, guesses), expected)
      }
      expect(pool.signatures.verified).toBeGreaterThan(verified)
    },
    TEST_MILLISECONDS,
  )

  test(
    'it ends with its pool, while it works',
    async () => {
      const before = new Set(programs())
      const pool = await warmPool({})
      const { bytes, bounds, guesses } = batchFrom(good(300))
      const running = pool.map(bytes, bounds, guesses).catch(() => {})
      await vi.waitFor(
        () => expect(programs().some(pid => !before.has(pid))).toBe(true),
        PATIENCE_MILLISECONDS,
      )
      await pool.close()
      await running
      await vi.waitFor(
        () => expect(programs().filter(pid => !before.has(pid))).toEqual([]),
        PATIENCE_MILLISECONDS,
      )
    },
    TEST_MILLISECONDS,
  )
})

/** Programs of this process that run. */
function programs(): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter(pid => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
        const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
        return stat.includes('(signatures)') && state !== 'Z' && Number(parent) === process.pid
      } catch {
        return false
      }
    })
}

describe('a program that is none', () => {
  const folder = mkdtempSync(join(tmpdir(), 'omg-signatures-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const scripts: Record<string, string> = {
    'ends at once': 'exit 3',
    'echoes what it is asked': 'exec /bin/cat',
    'stays silent': 'exec /bin/sleep 600',
    'answers another number': "head -c 165 > /dev/null; printf '\\0\\0\\0\\2\\1'; exec /bin/sleep 600",
    'gives other verdicts': "head -c 165 > /dev/null; printf '\\0\\0\\0\\1\\2'; exec /bin/sleep 600",
    'ends half-way': "head -c 165 > /dev/null; printf '\\0\\0'",
  }
  for (const [name, script] of Object.entries(scripts)) {
    test(
      `and ${name}, gives no answer, and is reported`,
      async () => {
        const path = join(folder, name.replaceAll(' ', '-'))
        writeFileSync(path, `#!/bin/sh\nPATH=/bin:/usr/bin\n${script}\n`)
        chmodSync(path, 0o700)
        const reasons: string[] = []
        const child = new SignatureProgram({
          ...{ path, patience: 1_000, firstPause: 60_000 },
          onTrouble: reason => reasons.push(reason),
        })
        onTestFinished(() => child.close())
        expect(await child.check(new Uint8Array(161), 1)).toBeUndefined()
        expect(reasons).toHaveLength(1)
        expect(child.isReady).toBe(false)
      },
      PATIENCE_MILLISECONDS,
    )
  }

  test('because it is not there, gives no answer, and is reported', async () => {
    const reasons: string[] = []
    const child = new SignatureProgram({
      ...{ path: join(folder, 'none'), firstPause: 60_000 },
      onTrouble: reason => reasons.push(reason),
    })
    onTestFinished(() => child.close())
    expect(await child.check(new Uint8Array(161), 1)).toBeUndefined()
    expect(reasons).toHaveLength(1)
  })
})
