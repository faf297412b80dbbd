import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { readProof } from './proof.ts'

describe('the proof of a key in a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'omg-proof-'))
  const file = join(folder, 'key.json')
  const signer = `0x${'Ab'.repeat(20)}`
  const signature = `0x${'cd'.repeat(65)}`
  afterAll(() => rmSync(folder, { recursive: true }))

  test('is read, whatever else stands beside it', () => {
    writeFileSync(file, JSON.stringify({ validator: signer, signer, signature }))
    expect(readProof(file)).toEqual({ signer: signer.toLowerCase(), signature })
  })

  test.each([
    ['nothing', ''],
    ['no JSON', '{"signer":'],
    ['no object', '"0x12"'],
    ['null', 'null'],
    ['a list', '[]'],
    ['a short key', JSON.stringify({ signer: '0x12', signature })],
    ['no signature', JSON.stringify({ signer })],
    ['a signature with more behind it', JSON.stringify({ signer, signature: `${signature}00` })],
    ['a number', JSON.stringify({ signer: 12, signature })],
    ['more than a proof has', JSON.stringify({ signer, signature, note: 'x'.repeat(1_000) })],
  ])('is refused where it is %s', (_, text) => {
    writeFileSync(file, text)
    expect(() => readProof(file)).toThrow(expect.objectContaining({ code: 'request.argument' }))
  })

  test('is refused where there is no file', () => {
    expect(() => readProof(join(folder, 'nowhere.json'))).toThrow(
      expect.objectContaining({ code: 'request.argument' }),
    )
  })
})
