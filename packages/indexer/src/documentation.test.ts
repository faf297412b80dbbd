import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { fillDocumentation } from './documentation.ts'

test('the tables of docs/indexer.md are those of the code: run node packages/indexer/bin/draw-documentation.ts', () => {
  const text = readFileSync(new URL('../../../docs/indexer.md', import.meta.url), 'utf8')
  expect(fillDocumentation(text)).toBe(text)
})
