import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const here = fileURLToPath(new URL('.', import.meta.url))
const sources = readdirSync(here, { recursive: true, encoding: 'utf8' }).filter(
  name => name.endsWith('.ts') && !name.endsWith('.test.ts'),
)

test('the sources run in a browser: nothing of Node, and only noble beside ourselves', () => {
  expect(sources.length).toBeGreaterThan(20)
  for (const name of sources) {
    const source = readFileSync(join(here, name), 'utf8')
    const imports = [...source.matchAll(/from '([^'.][^']*)'/g)].map(match => match[1])
    expect(imports.filter(module => !module!.startsWith('@noble/'))).toEqual([])
    expect(source, name).not.toMatch(/\b(Buffer|process|require|globalThis)\b\s*[.(]/)
  }
})

test('the sources are pure: no clock, no randomness', () => {
  for (const name of sources) {
    expect(readFileSync(join(here, name), 'utf8'), name).not.toMatch(
      /Date\.|Math\.random|performance\.|getRandomValues/,
    )
  }
})

test('the example of the README runs', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const example = readme.match(/```ts\n([\s\S]*?)```/)![1]!
  const directory = mkdtempSync(join(here, '..', '.example-'))
  try {
    writeFileSync(join(directory, 'example.ts'), example)
    const printed = execFileSync(process.execPath, [join(directory, 'example.ts')], { encoding: 'utf8' })
    expect(printed).toContain("ok: true, value: '0x19e7e376e7c213b7e7e7e46cc70a5dd086daff2a'")
  } finally {
    rmSync(directory, { recursive: true })
  }
})

test('the EIP-712 types are those that docs/encoding.md writes down', async () => {
  const docs = readFileSync(new URL('../../../docs/encoding.md', import.meta.url), 'utf8')
  const protocol = await import('./index.ts')
  const domain = { chainId: 1n, verifyingContract: protocol.ZERO_ADDRESS }
  const pay = { kind: 'pay', inputs: [], outputs: [], validUntil: 0n, memo: protocol.ZERO_HASH } as const
  const types = {
    ...protocol.payTypedData(pay, domain).types,
    ...protocol.moveTypedData({ steps: [], validUntil: 0n, nonce: 0n }, domain).types,
    ...protocol.checkpointTypedData(protocol.ZERO_HASH, domain).types,
    ...protocol.exitDelegateTypedData(
      { owner: protocol.ZERO_ADDRESS, delegate: protocol.ZERO_ADDRESS, validUntil: 0n },
      domain,
    ).types,
    ...protocol.signingKeyTypedData(
      { validator: protocol.ZERO_ADDRESS, signer: protocol.ZERO_ADDRESS },
      domain,
    ).types,
  }
  const { EIP712Domain: _, ...structs } = types
  for (const [name, fields] of Object.entries(structs)) {
    expect(docs).toContain(`${name}(${fields.map(field => `${field.type} ${field.name}`).join(',')})`)
  }
})
