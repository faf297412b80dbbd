import { appendFileSync, copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { addressOfKey, type Hash, recoverSigner } from '@omg/protocol'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { keyOf, temporaryDirectory } from '../../test/harness.ts'
import { localSigner, REMEMBERED_SIGNATURES, SIGNING_FILE, SigningRecord } from './signing.ts'

const header = (text: string, number = 1n) => ({ number, headerHash: `0x${text.repeat(32)}` as Hash })
const code = (run: () => unknown) => {
  try {
    run()
  } catch (error) {
    return (error as { code: string }).code
  }
  return 'allowed'
}

let directory: ReturnType<typeof temporaryDirectory>
let file: string
beforeEach(() => {
  directory = temporaryDirectory()
  file = join(directory.path, SIGNING_FILE)
})
afterEach(() => directory.remove())

function opened<T>(use: (record: SigningRecord) => T): T {
  const record = new SigningRecord(directory.path)
  try {
    return use(record)
  } finally {
    record.close()
  }
}

test('F1: one header of a number is signed again and again, another one never, over a restart too', () => {
  opened(record => {
    record.allow(header('aa'))
    record.allow(header('aa'))
    expect(code(() => record.allow(header('bb')))).toBe('signer.equivocation')
    record.allow(header('bb', 2n))
  })
  opened(record => {
    expect(record.newest).toBe(2n)
    expect(code(() => record.allow(header('bb')))).toBe('signer.equivocation')
    record.allow(header('aa'))
  })
})

test('the entry is on disk before the signature is there, and what cannot be written is not signed', () => {
  const record = new SigningRecord(directory.path)
  const signer = localSigner(addressOfKey(keyOf(7)), keyOf(7), record)
  const digest = `0x${'11'.repeat(32)}` as Hash
  const signature = signer.sign(header('aa'), digest) as `0x${string}`
  expect(statSync(file).size).toBe(44)
  expect(recoverSigner(digest, signature)).toEqual({ ok: true, value: addressOfKey(keyOf(7)) })
  record.close()
  expect(code(() => signer.sign(header('bb', 2n), digest))).not.toBe('allowed')
})

test('a backup that has forgotten: what Ethereum accepted or the chain carries is not signed otherwise', () => {
  opened(record => record.allow(header('aa', 1n)))
  copyFileSync(file, `${file}.backup`)
  opened(record => record.allow(header('aa', 2n)))
  copyFileSync(`${file}.backup`, file)
  opened(record => {
    record.note([header('aa', 2n), header('cc', 3n)])
    expect(code(() => record.allow(header('bb', 2n)))).toBe('signer.equivocation')
    expect(code(() => record.allow(header('bb', 3n)))).toBe('signer.equivocation')
    record.allow(header('aa', 2n))
    record.allow(header('dd', 4n))
  })
})

test('nothing below what is remembered is signed, after the file was written anew too', () => {
  const entries = 17 * REMEMBERED_SIGNATURES
  opened(record => {
    for (let first = 1; first < entries; first += REMEMBERED_SIGNATURES) {
      record.note(Array.from({ length: REMEMBERED_SIGNATURES }, (_, i) => header('aa', BigInt(first + i))))
    }
    expect(code(() => record.allow(header('bb', 5n)))).toBe('signer.regression')
  })
  const size = statSync(file).size
  for (let life = 0; life < 2; life++) {
    opened(record => {
      const lowest = BigInt(entries - REMEMBERED_SIGNATURES)
      expect(code(() => record.allow(header('bb', lowest)))).toBe('signer.regression')
      record.allow(header('aa', BigInt(entries)))
      expect(code(() => record.allow(header('bb', BigInt(entries))))).toBe('signer.equivocation')
    })
  }
  expect(statSync(file).size).toBeLessThan(size)
})

test('an entry that was never finished is cut off; damage before the end stops the signer', () => {
  opened(record => {
    record.allow(header('aa', 1n))
    record.allow(header('aa', 2n))
  })
  appendFileSync(file, Buffer.alloc(20, 1))
  opened(record => {
    expect(record.newest).toBe(2n)
    record.allow(header('aa', 3n))
  })
  const bytes = readFileSync(file)
  bytes[10]! ^= 1
  writeFileSync(file, bytes)
  expect(code(() => new SigningRecord(directory.path))).toBe('signer.record')
})
