import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { possibleValidators } from './cometBft.ts'

/** A machine on which nothing was ever built, with nothing in its PATH but what a test puts there. */
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'omg-machine-'))
  vi.stubEnv('PATH', folder)
  vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'))
  vi.stubEnv('OMG_TOOLS', undefined)
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

const program = (name: string, text: string) =>
  writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 })

async function possible(wanted: number) {
  const told: string[] = []
  return { count: await possibleValidators(wanted, line => told.push(line)), told }
}

test('without Go one validator runs, and what is missing is said', async () => {
  expect(await possible(4)).toEqual({
    count: 1,
    told: [
      'Go is not installed: several validators need it. Install Go from https://go.dev/dl. One validator runs now, without CometBFT.',
    ],
  })
})

test('the same with a Go that is too old', async () => {
  program('go', 'echo go1.20.3')
  const { count, told } = await possible(4)
  expect(count).toBe(1)
  expect(told).toEqual([expect.stringMatching(/^Go 1\.20\.3 is older than 1\.\d+: .*One validator runs now/)])
})

test('where CometBFT is there, nobody asks for Go', async () => {
  program('cometbft', 'exit 0')
  expect(await possible(4)).toEqual({ count: 4, told: [] })
})
