import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EXIT } from '../src/index.ts'
import { omgUp, processOf, type Up } from './network.ts'
import { omg } from './omg.ts'

const SLOW = 240_000
let data: string
let up: Up

beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), 'omg-crowd-'))
  up = await omgUp(data, ['--no-web'], { crowd: true })
}, SLOW)
afterAll(async () => {
  await up?.stop()
  rmSync(data, { recursive: true, force: true, maxRetries: 3 })
}, SLOW)

/** An answer of the indexer; waits while it does not answer. */
async function ask<T>(path: string): Promise<T> {
  for (;;) {
    const response = await fetch(`${up.facts.indexerUrl}${path}`).catch(() => undefined)
    if (response?.ok) return (await response.json()) as T
    await new Promise(resolve => setTimeout(resolve, 500))
  }
}

/** Waits until every market has traded at or after a block, and returns the tickers. */
async function allTraded(height: bigint): Promise<void> {
  const { items } = await ask<{ items: { id: string }[] }>('/markets')
  expect(items).toHaveLength(3)
  for (const { id } of items) {
    for (;;) {
      const { items: trades } = await ask<{ items: { height: string }[] }>(`/markets/${id}/trades?limit=1`)
      if (trades[0] && BigInt(trades[0].height) >= height) break
      await new Promise(resolve => setTimeout(resolve, 500))
    }
  }
}

describe('the crowd', () => {
  test(
    'trades on every market, and money neither comes into being nor gets lost',
    async () => {
      await allTraded(1n)
      interface Token {
        token: string
        supply: string
        deposited: string
        fees: string
      }
      const { items: tokens } = await ask<{ items: Token[] }>('/tokens')
      const traded = tokens.filter(({ deposited }) => deposited !== '0')
      expect(traded).toHaveLength(4)
      for (const { token, supply, deposited, fees } of traded) {
        // Fees that a checkpoint has not distributed yet are in no output; test assets pay none.
        expect(BigInt(supply) <= BigInt(deposited), token).toBe(true)
        expect(BigInt(supply) >= BigInt(deposited) - BigInt(fees), token).toBe(true)
      }
      const free = traded.filter(({ fees }) => fees === '0')
      expect(free.length).toBeGreaterThanOrEqual(2)
    },
    SLOW,
  )

  test(
    'goes on when the node was killed',
    async () => {
      const { height } = await ask<{ height: string }>('/status')
      process.kill(processOf(data, 'node'), 'SIGKILL')
      await allTraded(BigInt(height) + 1n)
    },
    SLOW,
  )

  test('runs only where a devnet does', async () => {
    const ran = await omg(['--data', join(data, 'nowhere'), 'crowd'])
    expect(ran.code).toBe(EXIT.unreachable)
    expect((await omg(['crowd', '--seed', 'x'])).code).toBe(EXIT.usage)
  })
})
