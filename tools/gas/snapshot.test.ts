import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '..', '..')
/** Long enough to compile everything on a slow machine. */
const TIMEOUT_MS = 600_000

it('the gas of single calls is that of .gas-snapshot', { timeout: TIMEOUT_MS }, async () => {
  const forge = join(ROOT, 'node_modules', '.bin', 'forge')
  const args = ['snapshot', '--check', '--match-path', 'contracts/test/gas/*']
  const { failed, output } = await promisify(execFile)(forge, args, { cwd: ROOT }).then(
    ({ stdout }) => ({ failed: false, output: stdout }),
    (error: { stdout: string; stderr: string }) => ({ failed: true, output: error.stdout + error.stderr }),
  )
  expect(
    failed,
    `${output}\nIf the change is meant: npx forge ${args.join(' ').replace('--check ', '')}`,
  ).toBe(false)
})
