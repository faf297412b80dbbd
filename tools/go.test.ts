// The Go tests of our own programs, on the build cache of the set-up.
import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { findGo, goTool } from './gotools.mjs'

const PATIENCE_MILLISECONDS = 300_000
const PROGRAMS = [
  { program: 'cometbft', packages: ['cometbft/client', 'cometbft/guard'] },
  { program: 'signatures', packages: ['signatures', 'signatures/batch'] },
]

for (const { program, packages } of PROGRAMS) {
  const isBuilt = findGo().missing === undefined && goTool(program) !== undefined
  test.skipIf(!isBuilt)(
    `${program} (needs Go, once: node tools/setup.mjs --go)`,
    { timeout: PATIENCE_MILLISECONDS },
    () => {
      const { status, stdout, stderr } = spawnSync('go', ['test', ...packages.map(name => `./${name}`)], {
        cwd: import.meta.dirname,
        encoding: 'utf8',
      })
      for (const name of packages) expect(`${stdout}${stderr}`).toContain(`ok  \tomg.network/tools/${name}`)
      expect(status).toBe(0)
    },
  )
}
