import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { flagOf, loadConfiguration, redact, SETTINGS, variableOf } from './configuration.ts'

const NODE = 'http://127.0.0.1:9000'

describe('configuration', () => {
  test('flags win over environment, environment over file, file over defaults', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'omg-indexer-')), 'indexer.json')
    writeFileSync(file, JSON.stringify({ node: [NODE], port: 1, host: 'a', workers: 3 }))
    const environment = { OMG_INDEXER_PORT: '2', OMG_INDEXER_HOST: 'b' }
    const loaded = loadConfiguration({ flags: { port: '4' }, environment, file })
    expect(loaded).toMatchObject({ node: [NODE], port: 4, host: 'b', workers: 3, database: 'data/indexer' })
  })

  test('a wrong setting is named', () => {
    const load = (flags: Record<string, string>) => () =>
      loadConfiguration({ flags: { node: NODE, ...flags } })
    expect(load({ port: '65536' })).toThrow(/^port:/)
    expect(load({ port: '65535' })).not.toThrow()
    expect(load({ node: 'ftp://a' })).toThrow(/^node/)
    expect(load({ requestsPerSecond: '0' })).toThrow(/^requestsPerSecond:/)
    expect(() => loadConfiguration({})).toThrow(/^node/)
  })

  test('an unknown setting of a file is refused, and a broken file is named', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'omg-indexer-')), 'indexer.json')
    writeFileSync(file, JSON.stringify({ node: [NODE], prot: 1 }))
    expect(() => loadConfiguration({ file })).toThrow(/prot/)
    writeFileSync(file, '{')
    expect(() => loadConfiguration({ file })).toThrow(/indexer.json/)
  })

  test('the password of a database is not shown', () => {
    const flags = { node: NODE, database: 'postgres://user:secret@host/name' }
    expect(redact(loadConfiguration({ flags })).database).toBe('postgres://user:(hidden)@host/name')
  })

  test('every setting has a flag, a variable and words', () => {
    expect(SETTINGS.map(flagOf)).toContain('poll-milliseconds')
    expect(variableOf('pollMilliseconds')).toBe('OMG_INDEXER_POLL_MILLISECONDS')
  })
})
