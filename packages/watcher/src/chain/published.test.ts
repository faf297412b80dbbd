import { createHash } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { followerError, type Nodes } from '@omg/follower'
import { type Block, createMapPool, decodeBlock, encodeBlob, encodeBlobs } from '@omg/ledger'
import { alice, bob, coin, PARAMETERS, payment } from '@omg/ledger/testing'
import {
  encodeHeader,
  fail,
  type Hash,
  type Header,
  type Hex,
  headerHash,
  unwrap,
  ZERO_HASH,
} from '@omg/protocol'
import { versionedHash } from '@omg/rootchain'
import type { BlobSource } from '@omg/rootchain/blobs'
import { afterAll, afterEach, expect, it } from 'vitest'
import { AlarmBook } from '../alarm/book.ts'
import type { StoredCheckpoint } from '../store/facts.ts'
import { Store } from '../store/store.ts'
import { FEE, TestChain } from './chain.fixture.ts'
import { Follower } from './follower.ts'
import { PublishedBlocks } from './published.ts'
import { CustomerOutputs, Recorder } from './recorder.ts'
import { Replica } from './replica.ts'
import { Snapshots } from './snapshot.ts'

const pool = createMapPool({ domain: PARAMETERS.domain, workers: 0 })
const stores: Store[] = []
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close()
})
afterAll(() => pool.close())

/** As good as KZG for telling blobs apart. */
const commitmentOf = (blob: Uint8Array): Hex => `0x${createHash('sha384').update(blob).digest('hex')}`
const kzg = { commitments: async (blobs: readonly Uint8Array[]) => blobs.map(commitmentOf) }
const hashOf = (blob: Uint8Array) => versionedHash({ commitment: commitmentOf(blob) })

/** Two checkpoints with their blobs, of three blocks each; the first brings a deposit, all but it a payment. */
function publishedChain() {
  const chain = new TestChain()
  let [last] = chain.deposit([coin(alice.address, 100n * FEE)])
  const checkpoints: Block[][] = [[], []]
  for (let i = 0; i < 6; i++) {
    const outputs = [coin(alice.address, BigInt(100 - 2 * i) * FEE), coin(bob.address, FEE)]
    const pay = payment([alice], [last!], outputs)
    const bytes = chain.make(i === 0 ? [] : [pay], { daMode: 'blob', closes: i % 3 === 2 })
    if (i > 0) last = pay.ids[0]!
    checkpoints[Math.floor(i / 3)]!.push(unwrap(decodeBlock(bytes)))
  }
  return { chain, checkpoints }
}

function headerOf(blocks: readonly Block[], blobs: readonly Uint8Array[]): Header {
  const [first, last] = [blocks[0]!, blocks.at(-1)!]
  const { checkpoint, origin, originHash, inboxCursor } = last
  return {
    ...{ version: 3, chainId: 1n, contract: PARAMETERS.domain.verifyingContract, checkpoint },
    ...{ parentHash: ZERO_HASH, txRoot: ZERO_HASH, feeLanes: 0n, txCount: 0 },
    ...{ bookRoot: ZERO_HASH, batchRoot: ZERO_HASH, origin, originHash, inboxCursor, validatorSetId: 1n },
    ...{ daMode: 'blob', daCommitments: blobs.map(hashOf) },
    ...{ firstHeight: first.height, lastHeight: last.height },
  }
}

/** A watcher whose nodes are silent from the beginning, and what Ethereum has accepted. */
async function alone(
  change: { blobs?: Uint8Array[]; header?: Partial<Header>; lastNonDA?: bigint; sources?: BlobSource[] } = {},
) {
  const { chain, checkpoints } = publishedChain()
  const kept = new Map<Hash, Uint8Array>()
  const accepted = checkpoints.map((blocks, i) => {
    const blobs = (i === 0 && change.blobs) || encodeBlobs(blocks)
    for (const blob of blobs) kept.set(hashOf(blob), blob)
    const header = headerOf(blocks, blobs)
    return { header, shown: i === 0 ? { ...header, ...change.header } : header }
  })
  const asked: Hash[][] = []
  const honest: BlobSource = {
    name: 'honest',
    async blobs(hashes) {
      asked.push([...hashes])
      return hashes.flatMap(hash => kept.get(hash) ?? [])
    },
  }
  const failures: string[] = []
  const published = new PublishedBlocks({
    ...{ kzg, sources: change.sources ?? [honest] },
    records: {
      ...chain.view,
      checkpoint(number): StoredCheckpoint | undefined {
        const found = accepted[Number(number) - 1]
        const { origin, inboxCursor } = found?.header ?? { origin: 0n, inboxCursor: 0n }
        const place = { block: 20n, acceptedAt: 2_000n, transactionHash: ZERO_HASH, validatorSetId: 1n }
        if (found === undefined) return undefined
        const lastNonDA = change.lastNonDA ?? 0n
        return { number, headerHash: headerHash(found.header), origin, inboxCursor, lastNonDA, ...place }
      },
    },
    submitted: async ({ number }) => encodeHeader(accepted[Number(number) - 1]!.shown),
    onFailure: source => failures.push(source),
  })
  const directory = mkdtempSync(join(tmpdir(), 'watcher-published-'))
  const store = new Store(directory)
  stores.push(store)
  const snapshots = new Snapshots(directory, store)
  const recorder = new Recorder(store, snapshots, new CustomerOutputs([], []))
  const replica = new Replica(await snapshots.restore(PARAMETERS), pool, chain.view)
  const graces = { none: 0n, data: 0n, node: 0n, provider: 0n, submission: 0n, stall: 0n }
  const alarms = new AlarmBook({ now: () => 0, graces })
  const follower = new Follower({ nodes: silent, replica, recorder, alarms, published })
  while ((await follower.round()) === 'progress');
  const standing = alarms.standing().map(({ code, details }) => `${code} ${details.code ?? ''}`.trim())
  return { chain, replica, store, asked, failures, standing, honest }
}

const down = async () => fail(followerError('node.unreachable', 'it is down'))
const silent: Nodes = {
  ...{ head: down, block: down, call: down, ask: down, alternatives: async () => [] },
  listen() {},
}

it('rebuilds blocks, app hashes included, and keeps them like any other; of the nodes nothing is forgotten', async () => {
  const { chain, replica, store, asked, standing } = await alone()
  expect(replica.ledger.tip).toEqual(chain.ledger.tip)
  expect(replica.ledger.unspent.setHash()).toEqual(chain.ledger.unspent.setHash())
  const bytes = chain.blocks.map((_, i) => store.block(BigInt(i) + 1n))
  expect(bytes.map(block => block && Buffer.from(block))).toEqual(
    chain.blocks.map(block => Buffer.from(block)),
  )
  // Each checkpoint is fetched once.
  expect(asked.map(hashes => hashes.length)).toEqual([1, 1])
  expect(standing).toEqual(['node.unreachable node.unreachable'])
})

it('believes no source: what it says is a blob must be the one that the header names', async () => {
  const lying: BlobSource = { name: 'lying', blobs: async () => [new Uint8Array(131_072)] }
  const failing: BlobSource = { name: 'failing', blobs: () => Promise.reject(new Error('it is down')) }
  const { replica, failures } = await alone({ sources: [lying, failing] })
  expect(replica.ledger.tip.height).toBe(0n)
  expect(failures).toContain('failing')
  const { honest } = await alone()
  const { replica: second, chain } = await alone({ sources: [lying, failing, honest] })
  expect(second.ledger.tip).toEqual(chain.ledger.tip)
})

it('believes no header but the one that Ethereum accepted, and looks for no blobs of what came without', async () => {
  expect((await alone({ header: { lastHeight: 2n } })).replica.ledger.tip.height).toBe(0n)
  const { replica, asked } = await alone({ lastNonDA: 1n })
  expect([replica.ledger.tip.height, asked.length]).toEqual([0n, 0])
})

it('calls a published checkpoint invalid that is none: no shard, deposits that nobody made, another block', async () => {
  const { checkpoints } = publishedChain()
  const blocks = checkpoints[0]!
  const noShard = await alone({ blobs: [encodeBlob(Uint8Array.of(0, 0, 1, 99))] })
  expect(noShard.standing).toContain('block.invalid encoding.kind')
  const invented = [blocks[0]!, { ...blocks[1]!, deposits: blocks[0]!.deposits }, blocks[2]!]
  const { standing, replica } = await alone({ blobs: encodeBlobs(invented) })
  expect(standing).toContain('block.invalid block.deposits')
  expect(replica.ledger.tip.height).toBe(1n)
  const back = [
    { ...blocks[0]!, time: blocks[0]!.time + 100n },
    ...blocks.slice(1).map(block => ({ ...block, time: block.time + 100n })),
  ]
  const late = await alone({ blobs: encodeBlobs(back) })
  // Its times are part of what Ethereum holds: the second checkpoint would go back in time.
  expect(late.standing).toContain('block.invalid block.header')
})
