import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

it('the example of the README runs', async () => {
  const path = join(import.meta.dirname, 'example.ts')
  const readme = readFileSync(join(import.meta.dirname, '..', 'README.md'), 'utf8')
  expect(readme).toContain(`\`\`\`ts\n${readFileSync(path, 'utf8')}\`\`\``)
  const { stdout } = await promisify(execFile)(process.execPath, [path])
  expect(stdout).toBe('true 1000000000000000000n\n')
})
