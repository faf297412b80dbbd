import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findCometBft } from '@omg/node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EXIT } from '../src/index.ts'
import { omgUp, processOf, type Up } from './network.ts'
import { omg } from './omg.ts'

const SLOW = 240_000
const COUNT = 4

interface Status {
  height: string
  appHash: string
  engine: { name: string; stalled?: { code: string } }
  checkpoints: { accepted: string | null }
}

let data: string
let up: Up
let validators: string[]
const at = (...args: string[]) => ['--data', data, '--json', ...args]

async function ask<T>(url: string, method: string, params: unknown): Promise<T | undefined> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(url, { method: 'POST', headers, body }).catch(() => undefined)
  return ((await response?.json()) as { result?: T } | undefined)?.result
}

const statuses = () => Promise.all(validators.map(url => ask<Status>(url, 'omg_status', {})))

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise(resolve => setTimeout(resolve, 100))
}

/** Alice pays bob; returns when the payment is in a block of each of these validators. */
async function pay(finalOn: readonly string[]): Promise<void> {
  const { code, stdout } = await omg(at('--account', 'alice', 'pay', 'bob', '0.01', 'ETH', '--fast'))
  expect(code).toBe(EXIT.done)
  const { hash } = JSON.parse(stdout)
  for (const url of finalOn) {
    await until(async () => {
      const known = await ask<{ status: string }>(url, 'omg_getTransaction', [hash])
      return known !== undefined && known.status !== 'pending'
    })
  }
}

/** Waits until all stand at one block. */
async function together(): Promise<Status> {
  for (;;) {
    const all = await statuses()
    const [first] = all
    if (first && all.every(status => status?.height === first.height)) {
      expect(all.map(status => status!.appHash)).toEqual(all.map(() => first.appHash))
      return first
    }
    await new Promise(resolve => setTimeout(resolve, 100))
  }
}

describe.skipIf(!(await findCometBft()))('four validators (need Go, once: node tools/setup.mjs --go)', () => {
  beforeAll(async () => {
    data = mkdtempSync(join(tmpdir(), 'omg-validators-'))
    up = await omgUp(data, ['--validators', String(COUNT), '--no-web'])
    validators = up.facts.validatorUrls ?? []
  }, SLOW)
  afterAll(async () => {
    await up?.stop()
    rmSync(data, { recursive: true, force: true, maxRetries: 3 })
  }, SLOW)

  test(
    'a payment is final on all of them, and its checkpoint is accepted by Ethereum',
    async () => {
      expect(validators).toHaveLength(COUNT)
      await pay(validators)
      const { engine } = await together()
      expect(engine.name).toBe('cometbft')
      await until(async () => BigInt((await statuses())[0]?.checkpoints.accepted ?? 0) > 0n)
    },
    SLOW,
  )

  test(
    'one is killed, the others go on, and it catches up',
    async () => {
      process.kill(processOf(data, 'validator3'), 'SIGKILL')
      await pay(validators.filter((_, i) => i !== 2))
      await until(async () => (await statuses())[2] !== undefined)
      await pay(validators)
      await together()
    },
    SLOW,
  )

  test(
    'all stop together, leave no process behind, and go on where they were',
    async () => {
      const { height } = await together()
      await up.stop()
      const { stdout } = spawnSync('ps', ['-eo', 'args='], { encoding: 'utf8' })
      expect(stdout.split('\n').filter(line => line.includes(data))).toEqual([])
      up = await omgUp(data, ['--no-web'])
      validators = up.facts.validatorUrls ?? []
      expect(validators).toHaveLength(COUNT)
      await pay(validators)
      expect(BigInt((await together()).height)).toBeGreaterThan(BigInt(height))
    },
    SLOW,
  )
})
