import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { expect, test } from 'vitest'
import { ERRORS_PAGE, errorRows, errorsPage, sources } from './errors-page.ts'

const root = join(import.meta.dirname, '..')

test('docs/errors.md says what the code says (write it with: node tools/errors-page.ts)', async () => {
  expect(readFileSync(join(root, ERRORS_PAGE), 'utf8')).toBe(await errorsPage())
})

test('codes have the form domain.reason and tell what to do', async () => {
  for (const { code, action } of await errorRows()) {
    expect(code).toMatch(/^[a-z]+(_[a-z]+)*\.[a-z0-9]+(_[a-z0-9]+)*$/)
    expect(action.length).toBeGreaterThan(10)
  }
})

test('no error is made with a code that is in no table', async () => {
  const known = new Set((await errorRows()).map(({ code }) => code))
  const stray = sources().flatMap(file =>
    [...readFileSync(file, 'utf8').matchAll(/(?:new OmgError|(?:page|explorer)Error)\(\s*'([^']+)'/g)]
      .map(match => match[1] as string)
      .filter(code => !known.has(code))
      .map(code => `${relative(root, file)}: ${code}`),
  )
  expect(stray).toEqual([])
})
