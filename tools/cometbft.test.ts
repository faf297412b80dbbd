// The Go tests of CometBFT's client, on the build cache of the set-up.
import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { findGo, goTool } from './gotools.mjs'

const PATIENCE_MILLISECONDS = 300_000
const isBuilt = findGo().missing === undefined && goTool('cometbft') !== undefined

test.skipIf(!isBuilt)(
  'the client of CometBFT (needs Go, once: node tools/setup.mjs --go)',
  { timeout: PATIENCE_MILLISECONDS },
  () => {
    const { status, stdout, stderr } = spawnSync('go', ['test', './cometbft/client'], {
      cwd: import.meta.dirname,
      encoding: 'utf8',
    })
    expect(`${stdout}${stderr}`).toContain('ok  \tomg.network/tools/cometbft/client')
    expect(status).toBe(0)
  },
)
