import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { toHex, ZERO_HASH } from '@omg/protocol'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { versionedHash } from '../send/blobs.ts'
import { openArchive } from './archive.ts'
import { blobSource } from './source.ts'

const BLOB = Uint8Array.from({ length: 131_072 }, (_, i) => (i % 32 === 0 ? 0 : i * 7))
const sidecar = { blob: toHex(BLOB), commitment: `0x${'ab'.repeat(48)}` as const }
const HASH = versionedHash(sidecar)
const PLACE = { number: 77n, timestamp: 1_000n + 12n * 50n }

/** What the beacon node answers, by path; 404 where there is nothing. */
const answers = new Map<string, string>()
const asked: string[] = []
const server = createServer((request, response) => {
  asked.push(request.url!)
  const answer = answers.get(request.url!.split('?')[0]!)
  if (answer === 'down') response.statusCode = 503
  else if (answer === undefined) response.statusCode = 404
  response.end(answer ?? '{"code":404}')
})
let url: string
beforeAll(async () => {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
})
afterAll(() => server.close())

const reply = (path: string, data: unknown) => answers.set(path, JSON.stringify({ data }))

test('a beacon node is asked for the slot of the block, and for the blobs that are wanted', async () => {
  reply('/eth/v1/config/spec', { SECONDS_PER_SLOT: '12' })
  reply('/eth/v1/beacon/genesis', { genesis_time: '1000' })
  reply('/eth/v1/beacon/blobs/50', [sidecar.blob])
  expect(await blobSource(url).blobs([HASH], PLACE)).toEqual([BLOB])
  expect(asked.at(-1)).toBe(`/eth/v1/beacon/blobs/50?versioned_hashes=${HASH}`)
})

test('without a specification of slots they are blocks, as on anvil; a slot without blobs has none', async () => {
  answers.clear()
  reply('/eth/v1/beacon/blobs/77', [sidecar.blob])
  expect(await blobSource(url).blobs([HASH], PLACE)).toEqual([BLOB])
  answers.clear()
  expect(await blobSource(url).blobs([HASH], PLACE)).toEqual([])
})

test.each([
  ['no list', JSON.stringify({ data: { blob: 1 } })],
  ['no hexadecimal digits', JSON.stringify({ data: ['0xzz'] })],
  ['a blob that is too short', JSON.stringify({ data: ['0x00'] })],
  ['no JSON', '<html>'],
  ['no answer', 'down'],
])('a beacon node that answers with %s is an error with its code', async (_, answer) => {
  answers.clear()
  answers.set('/eth/v1/beacon/blobs/77', answer)
  await expect(blobSource(url).blobs([HASH], PLACE)).rejects.toMatchObject({ code: 'ethereum.unavailable' })
})

test('an archive has what was kept in it, whole, and nothing else', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'omg-archive-'))
  const archive = openArchive(join(folder, 'new'))
  expect(await archive.blobs([HASH], PLACE)).toEqual([])
  await archive.keep([sidecar])
  await archive.keep([sidecar])
  expect((await blobSource(join(folder, 'new')).blobs([ZERO_HASH, HASH], PLACE)).map(toHex)).toEqual([
    sidecar.blob,
  ])
  // What a full disk left is not a blob, and is written again.
  writeFileSync(join(folder, 'new', `${HASH}.blob`), BLOB.subarray(1))
  expect(await archive.blobs([HASH], PLACE)).toEqual([])
  await archive.keep([sidecar])
  expect(await archive.blobs([HASH], PLACE)).toHaveLength(1)
  rmSync(folder, { recursive: true })
})
