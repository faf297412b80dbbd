import { appendFileSync, copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { addressOfKey, type Hash, recoverSigner } from '@omg/protocol'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { keyOf, temporaryDirectory } from '../../test/harness.ts'
import { headerOf, MAX_ORIGIN_AGE, renewalOf } from '../../test/headers.ts'
import { signedOf } from './signed-checkpoint.ts'
import { localSigner, REMEMBERED_SIGNATURES, SIGNING_FILE, SigningRecord } from './signing.ts'

const header = (text: string, number = 1n) => ({ number, headerHash: `0x${text.repeat(32)}` as Hash })
const open = () => new SigningRecord(directory.path, MAX_ORIGIN_AGE)
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
  const record = open()
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
  const record = open()
  const signer = localSigner(addressOfKey(keyOf(7)), keyOf(7), record)
  const digest = `0x${'11'.repeat(32)}` as Hash
  const signature = signer.sign(headerOf('aa'), digest) as `0x${string}`
  // What the file begins with, the floor, and the entry.
  expect(statSync(file).size).toBe(8 + 2 * 84)
  expect(recoverSigner(digest, signature)).toEqual({ ok: true, value: addressOfKey(keyOf(7)) })
  record.close()
  expect(code(() => signer.sign(headerOf('bb', 2n), digest))).not.toBe('allowed')
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
  bytes[100]! ^= 1
  writeFileSync(file, bytes)
  expect(code(() => open())).toBe('signer.record')
})

test('F1: what renews a header is signed after it, also after a restart; nothing else of its number is', () => {
  const [first, second] = [headerOf('aa'), renewalOf(headerOf('aa'))]
  const third = renewalOf(second, 10n * MAX_ORIGIN_AGE)
  opened(record => record.allow(signedOf(first)))
  opened(record => {
    const refused = [renewalOf(first, MAX_ORIGIN_AGE), renewalOf(first, 0n), { ...second, txCount: 2 }]
    for (const other of refused) {
      expect(code(() => record.allow(signedOf(other)))).toBe('signer.equivocation')
    }
    record.allow(signedOf(second))
    record.allow(signedOf(second))
  })
  opened(record => {
    expect(code(() => record.allow(signedOf(first)))).toBe('signer.equivocation')
    // Late enough for the first one, too near to the second.
    expect(code(() => record.allow(signedOf(renewalOf(second, 1n))))).toBe('signer.equivocation')
    record.allow(signedOf(third))
  })
})

test('F1: what Ethereum has accepted is not renewed, and a note makes this key sign no header that it would not have', () => {
  const first = headerOf('aa')
  opened(record => {
    record.allow(signedOf(first))
    record.note([signedOf(headerOf('bb'))])
    expect(code(() => record.allow(signedOf(headerOf('bb'))))).toBe('signer.equivocation')
    const { number, headerHash } = signedOf(first)
    record.note([{ number, headerHash }])
    expect(code(() => record.allow(signedOf(renewalOf(first))))).toBe('signer.equivocation')
    record.allow(signedOf(first))
  })
  // A restored backup hears of a renewal that it has forgotten.
  const other = headerOf('cc', 2n)
  opened(record => {
    record.allow(signedOf(other))
    record.note([signedOf(renewalOf(other))])
  })
  opened(record => {
    expect(code(() => record.allow(signedOf(other)))).toBe('signer.equivocation')
    record.allow(signedOf(renewalOf(other)))
  })
})

test('a file of the version before is read and written anew; nothing renews what stands in it', () => {
  const { number, headerHash } = signedOf(headerOf('aa', 7n))
  const entry = Buffer.alloc(44)
  entry.writeBigUInt64BE(number)
  entry.write(headerHash.slice(2), 8, 'hex')
  entry.writeUInt32BE(crc32(entry.subarray(0, 40)), 40)
  writeFileSync(file, Buffer.concat([entry, entry.subarray(0, 11)]))
  for (let life = 0; life < 2; life++) {
    opened(record => {
      expect(record.newest).toBe(7n)
      record.allow({ number, headerHash })
      expect(code(() => record.allow(signedOf(renewalOf(headerOf('aa', 7n)))))).toBe('signer.equivocation')
    })
  }
  expect(statSync(file).size).toBe(8 + 2 * 84)
})
