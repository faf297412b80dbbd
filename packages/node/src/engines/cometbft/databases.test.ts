import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { removeUnfinishedDatabases } from './databases.ts'

describe('databases of CometBFT', () => {
  let data: string
  beforeEach(() => {
    data = mkdtempSync(join(tmpdir(), 'omg-databases-'))
  })
  afterEach(() => rmSync(data, { recursive: true }))

  const folder = (name: string, files: readonly string[]) => {
    mkdirSync(join(data, name))
    for (const file of files) writeFileSync(join(data, name, file), '')
  }

  test('what was cut short while it was made is made again', () => {
    folder('blockstore.db', ['LOCK', 'LOG', 'MANIFEST-000000'])
    folder('state.db', ['LOCK', 'LOG', 'MANIFEST-000000', 'CURRENT.0'])
    folder('evidence.db', [])
    expect(removeUnfinishedDatabases(data).sort()).toEqual(['blockstore.db', 'evidence.db', 'state.db'])
    expect(readdirSync(data)).toEqual([])
  })

  test('what may hold anything stays', () => {
    folder('blockstore.db', ['LOCK', 'LOG', 'MANIFEST-000000', 'CURRENT', '000001.log'])
    folder('state.db', ['MANIFEST-000004', 'CURRENT.bak'])
    folder('evidence.db', ['MANIFEST-000004', '000003.ldb'])
    folder('tx_index.db', ['000001.log'])
    folder('cs.wal', ['wal'])
    writeFileSync(join(data, 'priv_validator_state.json'), '{}')
    expect(removeUnfinishedDatabases(data)).toEqual([])
    expect(readdirSync(data)).toHaveLength(6)
  })

  test('no folder yet is no error', () => {
    expect(removeUnfinishedDatabases(join(data, 'none'))).toEqual([])
  })
})
