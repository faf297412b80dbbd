import { verifyFill } from '@omg/exchange'
import {
  encodeHeader,
  type Guard,
  type Hash,
  type Header,
  headerHash,
  OmgError,
  toHex,
  ZERO_HASH,
} from '@omg/protocol'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Replay, type ReplayOptions, replayBatch, verifyFillProof } from '../src/index.ts'
import { headerOf } from './headers.ts'
import { fastExchange, MARKET, serveListings, tellTradingStory } from './market.ts'
import { type ChainServer, serveChain } from './server.ts'

describe('an auction worked out again', () => {
  const chain = fastExchange()
  tellTradingStory(chain, 40)
  const auctions = chain.executions.flatMap(({ batches }) => batches).filter(({ volume }) => volume > 0)
  const last = Number(chain.checkpoints.at(-1)!.lastHeight)
  const committed = auctions.filter(({ height }) => height <= BigInt(last))
  let node: ChainServer
  let forge: (header: Header) => Header = header => header

  beforeEach(async () => {
    node = await serveChain(chain)
    serveListings(node)
    forge = header => header
    node.methods.set('omg_getCheckpoint', ({ number }) => {
      const closed = chain.checkpoints.find(({ checkpoint }) => String(checkpoint) === number)
      if (!closed) throw new OmgError('request.not_found', 'not closed', 'wait')
      return { header: toHex(encodeHeader(forge(headerOf(closed)))) }
    })
  })
  afterEach(() => node.close())

  const replay = (height: bigint, options: Partial<ReplayOptions> = {}) =>
    replayBatch({ node: [node.url], market: MARKET.id, height, workers: 0, ...options })
  const done = async (height: bigint, options: Partial<ReplayOptions> = {}): Promise<Replay> => {
    const result = await replay(height, options)
    if (!result.ok) throw result.error
    return result.value
  }

  test('it is that of the chain, and the checkpoint commits to it', async () => {
    const seen: bigint[] = []
    const batch = committed.at(-1)!
    const found = await done(batch.height, { onProgress: height => seen.push(height) })
    expect(found.batch).toEqual(batch)
    expect([found.isConfirmed, found.referenceAgrees]).toEqual([true, true])
    const closed = chain.checkpoints.find(({ lastHeight }) => lastHeight >= batch.height)!
    expect(found.checkpoint).toEqual({
      ...{ number: closed.checkpoint, batchRoot: closed.batchRoot },
      header: { hash: headerHash(headerOf(closed)), batchRoot: closed.batchRoot },
    })
    // No further than the end of the checkpoint.
    expect(seen).toEqual(Array.from({ length: Number(closed.lastHeight) }, (_, i) => BigInt(i + 1)))
    const ticks = found.levels.map(({ tick }) => tick)
    expect(ticks).toEqual([...ticks].sort((a, b) => b - a))
    expect(Math.max(...found.levels.map(({ volume }) => volume))).toBeGreaterThanOrEqual(batch.volume)
  })

  test('what each order got is explained, and the proof needs nobody', async () => {
    const batch = committed.find(({ rationing }) => rationing !== undefined)!
    const traded = [...batch.buys, ...batch.sells]
    const fills = new Map(traded.map(({ order, lots }) => [order, lots]))
    const causes = new Set<string>()
    for (const order of [...fills.keys(), ...batch.leftOut.map(({ order: guard }) => guard)]) {
      const { explanation, proof, checkpoint } = await done(batch.height, { order })
      expect(explanation).toMatchObject({ order, filled: fills.get(order) ?? 0 })
      const { claim, filled, cause } = explanation!
      causes.add(cause.kind)
      if (claim) expect(verifyFill(batch, claim, filled)).toBe(true)
      expect(verifyFillProof(checkpoint!.batchRoot, proof!)).toBe(true)
      expect(verifyFillProof(ZERO_HASH, proof!)).toBe(false)
      const other = { ...proof!, order: `0x${'ab'.repeat(32)}` as Guard }
      expect(verifyFillProof(checkpoint!.batchRoot, other)).toBe(false)
      const dearer = { ...proof!, leaf: { ...proof!.leaf, price: proof!.leaf.price + 1 } }
      expect(verifyFillProof(checkpoint!.batchRoot, dearer)).toBe(false)
    }
    expect(causes).toContain('whole')
  })

  test('a header that commits to something else is found out', async () => {
    forge = header => ({ ...header, batchRoot: `0x${'77'.repeat(32)}` as Hash })
    const found = await done(committed[0]!.height)
    expect(found.isConfirmed).toBe(false)
    expect(found.checkpoint!.header.batchRoot).toBe(`0x${'77'.repeat(32)}`)
  })

  test('a block with another outcome than the rules give is found out, by its height', async () => {
    const { height } = committed[0]!
    const forged = new Uint8Array(chain.blocks[Number(height) - 1]!)
    forged[forged.length - 1]! ^= 1
    node.instead.set(Number(height), forged)
    const result = await replay(height)
    expect(result).toMatchObject({ ok: false, error: { code: 'replay.mismatch' } })
    expect(result.ok || result.error.message).toContain(`block ${height} `)
  })

  test('while its checkpoint is open nothing confirms it but the block', async () => {
    const open = auctions.filter(({ height }) => height > BigInt(last)).at(-1)!
    const order = open.buys[0]!.order
    const found = await done(open.height, { order })
    expect(found).toMatchObject({ checkpoint: undefined, isConfirmed: false, referenceAgrees: true })
    expect(found).toMatchObject({ proof: undefined, explanation: { filled: open.buys[0]!.lots } })
  })

  test('what was never there is said to be unknown', async () => {
    const { height } = committed[0]!
    const nowhere = { market: `0x${'12'.repeat(32)}` as Hash }
    for (const asked of [replay(height, nowhere), replay(1n), replay(0n), replay(999n)]) {
      expect(await asked).toMatchObject({ ok: false, error: { code: 'replay.unknown' } })
    }
    const order = `0x${'34'.repeat(32)}` as Guard
    expect(await replay(height, { order })).toMatchObject({ ok: false, error: { code: 'replay.order' } })
    node.methods.delete('omg_getCheckpoint')
    expect(await replay(height)).toMatchObject({ ok: false, error: { code: 'node.malformed' } })
    await node.close()
    expect(await replay(height)).toMatchObject({ ok: false, error: { code: 'node.unreachable' } })
  })
})
