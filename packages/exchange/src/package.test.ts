import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const here = fileURLToPath(new URL('.', import.meta.url))
const sources = readdirSync(here).filter(name => /^[^.]+(\.reference)?\.ts$/.test(name))

test('the sources run in a browser: nothing of Node, and only the protocol beside ourselves', () => {
  expect(sources.length).toBeGreaterThan(20)
  for (const name of sources) {
    const source = readFileSync(join(here, name), 'utf8')
    const imports = [...source.matchAll(/from '([^'.][^']*)'/g)].map(match => match[1])
    expect(imports.filter(module => module !== '@omg/protocol')).toEqual([])
    expect(source, name).not.toMatch(/\b(Buffer|process|require|globalThis)\b\s*[.(]/)
    expect(source, name).not.toMatch(/Date\.|Math\.random|performance\.|getRandomValues/)
  }
})

test('the example of the README runs, and trades what it says', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const example = readme.match(/```ts\n([\s\S]*?)```/)![1]!
  const directory = mkdtempSync(join(here, '..', '.example-'))
  try {
    writeFileSync(join(directory, 'example.ts'), example)
    const output = execFileSync(process.execPath, [join(directory, 'example.ts')], { encoding: 'utf8' })
    expect(output).toMatch(/price: 102,\s+volume: 15,/)
  } finally {
    rmSync(directory, { recursive: true })
  }
})
