import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ZERO_HASH } from '@omg/protocol'
import { type Database, open } from 'lmdb'
import { describe, expect, it } from 'vitest'
import type { Alarm } from '../alarm/book.ts'
import type { StoredBlock, StoredCheckpoint, StoredDeposit } from './facts.ts'
import { decodeRecord, encodeRecord } from './record.ts'
import { MAP_BYTES, Store } from './store.ts'
import { STORE_VERSION } from './version.ts'

const directory = () => mkdtempSync(join(tmpdir(), 'watcher-store-'))
const bytes = (byte: number, length = 32) => new Uint8Array(length).fill(byte)

/** Changes what no `Store` would change. */
async function rewriteMeta(
  path: string,
  change: (meta: Database<Buffer, string>) => Promise<unknown>,
): Promise<void> {
  const root = open({ path: join(path, 'watcher.lmdb'), mapSize: MAP_BYTES, maxDbs: 32, noSubdir: true })
  await change(root.openDB('meta', { encoding: 'binary' }))
  await root.close()
}

const block = (height: bigint, spends: readonly number[]): StoredBlock => ({
  height,
  block: bytes(Number(height), 100),
  change: bytes(Number(height), 10),
  leaves: bytes(Number(height), 64),
  inputs: Uint8Array.from(spends.flatMap(byte => [...bytes(byte)])),
  inputIndices: Uint32Array.from(spends.map((_, index) => index + 10)),
  orders: [],
  gained: [],
  lost: [],
})

describe('Store', () => {
  it('keeps blocks, leaves, spends and the tip, and finds them after reopening', async () => {
    const path = directory()
    const first = new Store(path)
    await first.addBlocks([block(1n, [9, 3]), block(2n, [5])], bytes(2, 5))
    await first.close()
    const second = new Store(path)
    expect(second.tip()).toEqual(Buffer.from(bytes(2, 5)))
    expect(second.block(1n)).toEqual(Buffer.from(bytes(1, 100)))
    expect(second.leaves(2n)).toEqual(Buffer.from(bytes(2, 64)))
    expect(second.spendOf(bytes(3))).toEqual({ height: 1n, index: 11 })
    expect(second.spendOf(bytes(5))).toEqual({ height: 2n, index: 10 })
    expect(second.spendOf(bytes(4))).toBeUndefined()
    await second.close()
  })

  it('gives the changes after a height in order, and forgets those of a snapshot', async () => {
    const store = new Store(directory())
    await store.addBlocks([block(1n, []), block(2n, []), block(3n, [])], bytes(3, 5))
    expect([...store.changesAfter(1n)].map(({ height }) => height)).toEqual([2n, 3n])
    await store.pruneChanges(2n)
    expect([...store.changesAfter(0n)].map(({ height }) => height)).toEqual([3n])
    expect(store.block(1n)).toBeDefined()
    await store.close()
  })

  it('keeps evidence by output, once', async () => {
    const store = new Store(directory())
    await store.addEvidence('0x01', [bytes(1), bytes(2)], bytes(50, 8))
    await store.addEvidence('0x01', [bytes(1), bytes(2)], bytes(50, 8))
    await store.addEvidence('0x02', [bytes(2)], bytes(51, 8))
    expect(store.evidenceFor(bytes(1))).toHaveLength(1)
    expect(store.evidenceFor(bytes(2))).toHaveLength(2)
    expect(store.evidenceFor(bytes(3))).toHaveLength(0)
    expect(store.evidenceCount).toBe(3)
    await store.close()
  })

  it('drops what a reorganisation dropped', async () => {
    const store = new Store(directory())
    const origins = [1n, 2n, 3n].map(number => ({ number, hash: ZERO_HASH, timestamp: 10n * number }))
    const deposits = [1n, 3n].map((block, i) => ({ index: BigInt(i), block }) as StoredDeposit)
    const checkpoints = [2n, 3n].map((block, i) => ({ number: BigInt(i + 1), block }) as StoredCheckpoint)
    const events = new Map([
      [1n, [{ a: 1n }]],
      [3n, [{ a: 2n }, { a: 3n }]],
    ])
    const listings = events
    await store.addEthereum({ cursor: 'three', origins, deposits, checkpoints, events, listings })
    expect([...store.exitEvents()]).toEqual([{ a: 1n }, { a: 2n }, { a: 3n }])
    expect([store.lastOrigin()?.number, store.lastCheckpoint()?.number]).toEqual([3n, 2n])
    expect(store.depositCount()).toBe(2n)
    await store.dropEthereumAfter(2n, 'two')
    expect(store.depositCount()).toBe(1n)
    expect([...store.exitEvents()]).toEqual([{ a: 1n }])
    expect([...store.listings()]).toEqual([{ a: 1n }])
    expect([...store.checkpoints()].map(({ number }) => number)).toEqual([1n])
    expect([store.lastOrigin()?.number, store.lastCheckpoint()?.number]).toEqual([2n, 1n])
    expect([store.deposit(0n)?.block, store.deposit(1n)]).toEqual([1n, undefined])
    expect(store.ethereumCursor()).toBe('two')
    await store.dropEthereumAfter(0n, 'none')
    expect([store.depositCount(), store.lastOrigin()]).toEqual([0n, undefined])
    await store.close()
  })

  it('keeps every standing alarm and the latest resolved ones', async () => {
    const store = new Store(directory())
    const alarm = (subject: string, resolvedAt: string | null) =>
      ({ code: 'exit.invalid', subject, since: `2026-01-0${subject}T00:00:00Z`, resolvedAt }) as Alarm
    for (const subject of ['1', '2', '3']) store.keepAlarm(alarm(subject, null))
    store.keepAlarm(alarm('2', '2026-02-01T00:00:00Z'))
    store.keepAlarm(alarm('3', '2026-02-01T00:00:00Z'))
    await store.flushed()
    expect(store.alarms(1).map(({ subject }) => subject)).toEqual(['3', '1'])
    await store.close()
  })

  it('opens an empty directory and its own format, and refuses every other one by name, unchanged', async () => {
    const path = directory()
    const first = new Store(path)
    expect(first.read('version')).toBe(STORE_VERSION)
    await first.write('ethereum cursor', 'kept')
    await first.close()
    for (const version of [STORE_VERSION - 1, STORE_VERSION + 1, 'other']) {
      const store = new Store(path)
      await store.write('version', version)
      await store.close()
      const refusal = expect.objectContaining({
        code: 'watcher.version',
        action: expect.stringMatching(/Delete/),
      })
      for (let times = 0; times < 2; times++) expect(() => new Store(path)).toThrow(refusal)
      await rewriteMeta(path, meta => meta.put('version', encodeRecord(STORE_VERSION)))
    }
    const again = new Store(path)
    expect(again.ethereumCursor()).toBe('kept')
    await again.close()
  })

  it('refuses a directory from before versions were written down', async () => {
    const path = directory()
    const store = new Store(path)
    await store.write('ethereum cursor', 'old')
    await store.close()
    await rewriteMeta(path, meta => meta.remove('version'))
    expect(() => new Store(path)).toThrow(/has format 1, and this watcher reads format 3$/)
  })

  it('says what to do when it cannot be opened', () => {
    const path = join(directory(), 'file')
    writeFileSync(path, '')
    expect(() => new Store(join(path, 'inside'))).toThrow(expect.objectContaining({ code: 'watcher.store' }))
  })
})

describe('records', () => {
  it('keep bigints of any size and everything JSON keeps', () => {
    const value = { a: 1n << 96n, b: [-5n, null, 'text', 'n', '12', 7], c: { d: true } }
    expect(decodeRecord(encodeRecord(value))).toEqual(value)
  })
})
