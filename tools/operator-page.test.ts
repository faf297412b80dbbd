import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { metricNames, OPERATOR_PAGE, operatorPage } from './operator-page.ts'

const page = readFileSync(join(import.meta.dirname, '..', OPERATOR_PAGE), 'utf8')

test('docs/operator.md has the settings that the code has (write them with: node tools/operator-page.ts)', () => {
  expect(operatorPage()).toBe(page)
})

test.each(['node', 'watcher'] as const)('every metric of the %s is explained to the operator', owner => {
  expect(metricNames(owner).filter(name => !page.includes(`\`${name}\``))).toEqual([])
})
