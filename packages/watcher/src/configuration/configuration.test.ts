import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadConfiguration, redact, variableOf } from './configuration.ts'

const NEEDED = { deployment: 'd.json', ethereum: 'http://localhost:8545', node: 'http://localhost:8600' }
/** First account of the public test mnemonic. */
const KEY = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80'

function fileWith(text: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'watcher-configuration-')), 'watcher.json')
  writeFileSync(path, text)
  return path
}

describe('loadConfiguration', () => {
  it('fills in defaults', () => {
    const configuration = loadConfiguration({ flags: NEEDED })
    expect(configuration).toMatchObject({
      port: 8700,
      ethereum: ['http://localhost:8545'],
      customers: [],
      workers: 2,
    })
  })

  it('prefers flags to environment to file', () => {
    const file = fileWith(JSON.stringify({ ...NEEDED, port: 1, host: 'file', workers: 7 }))
    const environment = { OMG_WATCHER_PORT: '2', OMG_WATCHER_HOST: 'environment' }
    const configuration = loadConfiguration({ file, environment, flags: { port: '3' } })
    expect(configuration).toMatchObject({ port: 3, host: 'environment', workers: 7 })
  })

  it('reads lists from text and from JSON', () => {
    const address = `0x${'Ab'.repeat(20)}`
    const text = loadConfiguration({ flags: { ...NEEDED, customers: `${address}, ${address}` } })
    const file = fileWith(JSON.stringify({ ...NEEDED, customers: [address] }))
    expect(text.customers).toEqual([address.toLowerCase(), address.toLowerCase()])
    expect(loadConfiguration({ file }).customers).toEqual([address.toLowerCase()])
  })

  it('reads the key from its own file and never shows it', () => {
    const configuration = loadConfiguration({ flags: { ...NEEDED, keyFile: fileWith(`${KEY}\n`) } })
    expect(configuration.key).toBe(KEY)
    expect(JSON.stringify(redact(configuration))).not.toContain(KEY.slice(2))
  })

  it.each([
    ['a missing deployment', { ...NEEDED, deployment: undefined }, 'deployment'],
    ['a port out of range', { ...NEEDED, port: '65536' }, 'port'],
    ['a port that is a word', { ...NEEDED, port: 'eight' }, 'port'],
    ['another protocol', { ...NEEDED, node: 'file:///etc/passwd' }, 'node.0'],
    ['no provider', { ...NEEDED, ethereum: '' }, 'ethereum'],
    ['a short key', { ...NEEDED, key: '0x01' }, 'key'],
    ['a customer that is no address', { ...NEEDED, customers: '0x12' }, 'customers.0'],
    ['a negative reserve', { ...NEEDED, reserve: '-1' }, 'reserve'],
  ])('refuses %s', (_, flags, path) => {
    expect(() => loadConfiguration({ flags })).toThrow(
      expect.objectContaining({ code: 'configuration.invalid' }),
    )
    expect(() => loadConfiguration({ flags })).toThrow(new RegExp(`^${path}: `))
  })

  it('refuses settings it does not know, files that are not JSON objects, and files that are not there', () => {
    for (const text of [JSON.stringify({ ...NEEDED, portt: 1 }), '[]', '{', 'null']) {
      expect(() => loadConfiguration({ file: fileWith(text) })).toThrow(
        expect.objectContaining({ code: 'configuration.invalid' }),
      )
    }
    expect(() => loadConfiguration({ file: '/nonexistent' })).toThrow(/cannot be read/)
    expect(() => loadConfiguration({ flags: { ...NEEDED, keyFile: fileWith('hello') } })).toThrow(/keyFile/)
  })

  it('names environment variables after settings', () => {
    expect(variableOf('dataGraceSeconds')).toBe('OMG_WATCHER_DATA_GRACE_SECONDS')
  })
})
