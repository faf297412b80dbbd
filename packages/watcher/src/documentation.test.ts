import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { fillDocumentation } from './documentation.ts'

it('docs/watcher.md agrees with the code (else run: node packages/watcher/bin/draw-documentation.ts)', () => {
  const text = readFileSync(new URL('../../../docs/watcher.md', import.meta.url), 'utf8')
  expect(text).toBe(fillDocumentation(text))
})
