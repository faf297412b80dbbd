import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { SETTINGS } from '../src/index.ts'

const run = (...flags: string[]) =>
  spawnSync(process.execPath, [join(import.meta.dirname, '..', 'src', 'main.ts'), ...flags], {
    encoding: 'utf8',
  })

test('--help names every setting', () => {
  const { status, stdout } = run('--help')
  expect(status).toBe(0)
  expect(stdout.match(/^ {2}--/gm)).toHaveLength(SETTINGS.length)
})

test('a wrong setting is named on stderr, with a code and an action', () => {
  const { status, stderr } = run('--node', 'http://127.0.0.1:1', '--port', '70000')
  expect(status).toBe(2)
  expect(JSON.parse(stderr)).toMatchObject({
    code: 'configuration.invalid',
    message: expect.stringContaining('port'),
  })
})

test('a database that cannot be opened is an error, not a wait', () => {
  const { status, stderr } = run(
    '--node',
    'http://127.0.0.1:1',
    '--database',
    'postgres://nobody@127.0.0.1:1/none',
  )
  expect(status).toBe(1)
  expect(JSON.parse(stderr.trim().split('\n').at(-1)!)).toMatchObject({ code: 'indexer.store' })
})
