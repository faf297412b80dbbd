import type { OmgError } from '@omg/protocol'
import type { Address, Hash, Log, PublicClient } from 'viem'
import { type RootChainErrorCode, rootChainError } from '../error.ts'
import {
  askable,
  createSource,
  healthOf,
  markFailed,
  markHealthy,
  type Source,
  SourceFailure,
  type SourceHealth,
} from './source.ts'

/** An Ethereum block, as far as a reader needs to know it. `timestamp` in seconds. */
export interface BlockRef {
  readonly number: bigint
  readonly hash: Hash
  readonly parentHash: Hash
  readonly timestamp: bigint
}

/** A block that was read, with the feed's own counters after it. */
export interface Checkpointed<Counters> {
  readonly block: BlockRef
  readonly counters: Counters
}

/** Where a reader stands. Store it together with what its events did, and hand it back to resume. */
export interface Cursor<Counters> {
  /** The last blocks that were read, oldest first; never empty. The last one is where the reader stands. */
  readonly recent: readonly Checkpointed<Counters>[]
}

export type Step<Event, Counters> =
  /** New final blocks and all their events, in order. */
  | { kind: 'advanced'; blocks: BlockRef[]; events: Event[]; cursor: Cursor<Counters>; head: bigint }
  /** A19: blocks that had been read are gone. Undo everything after `ancestor`. */
  | { kind: 'reorganised'; ancestor: BlockRef; dropped: BlockRef[]; cursor: Cursor<Counters>; head: bigint }
  | { kind: 'idle'; cursor: Cursor<Counters>; head: bigint }
  /** No endpoint could be used. Nothing was lost; poll again after `retryInMs`. */
  | { kind: 'failed'; error: OmgError; sources: SourceHealth[]; cursor: Cursor<Counters>; retryInMs: number }

/** What a follower follows: which logs, what they mean, and how to tell that none is missing. */
export interface Feed<Event, Counters> {
  readonly addresses: readonly Address[]
  /** @throws SourceFailure when the log cannot be what the contract emitted. */
  decode(log: Log<bigint, number, false>, block: BlockRef): Event | undefined
  /** Counters after these events. @throws SourceFailure when the events do not follow upon `before`. */
  count(before: Counters, events: readonly Event[]): Counters
  /** The contract's own counters at a block. */
  readCounters(client: PublicClient, block: BlockRef): Promise<Counters>
  /** Undefined when they agree, else what differs. */
  compareCounters(counted: Counters, onChain: Counters): string | undefined
}

export interface ChainFollowerParameters<Event, Counters> {
  readonly urls: readonly string[]
  readonly feed: Feed<Event, Counters>
  readonly cursor: Cursor<Counters>
  /** Only blocks this deep under the head are read. 0 reads the head itself and will see reorganisations. */
  readonly confirmations: number
  /** Most blocks in one step, default 200. */
  readonly blocksPerStep?: number
  /** Blocks remembered for finding the ancestor of a fork, default 256. */
  readonly memory?: number
  /** Blocks an endpoint may be behind the best one before it counts as lagging, default 4. */
  readonly lagTolerance?: number
  /** Seconds after which a head counts as stale although no other endpoint is ahead. Default: never. */
  readonly maximumHeadAge?: number
  /** Milliseconds until a request to an endpoint counts as failed. */
  readonly timeout?: number
}

export interface ChainFollower<Event, Counters> {
  /** Makes one step. Never throws for what an endpoint does. */
  poll(): Promise<Step<Event, Counters>>
  sources(): SourceHealth[]
}

const BLOCKS_PER_STEP = 200
const MEMORY_BLOCKS = 256
const LAG_TOLERANCE_BLOCKS = 4
/** A full node keeps the state of this many blocks; older counters cannot be asked for. */
const STATE_BLOCKS = 120n

/** Follows the blocks of Ethereum over several endpoints, none of which it trusts alone if there are others. */
export function createChainFollower<Event, Counters>(
  parameters: ChainFollowerParameters<Event, Counters>,
): ChainFollower<Event, Counters> {
  const { feed, confirmations } = parameters
  const blocksPerStep = BigInt(parameters.blocksPerStep ?? BLOCKS_PER_STEP)
  const memory = parameters.memory ?? MEMORY_BLOCKS
  const lagTolerance = BigInt(parameters.lagTolerance ?? LAG_TOLERANCE_BLOCKS)
  const { timeout } = parameters
  const sources = parameters.urls.map(url => createSource(timeout === undefined ? { url } : { url, timeout }))
  let cursor = parameters.cursor

  /** Asks everybody how far they are, so that one that lags is noticed although it answers. */
  async function findHeads(candidates: readonly Source[]): Promise<void> {
    await Promise.all(
      candidates.map(async source => {
        try {
          const { number, timestamp } = await source.client.getBlock()
          source.head = number
          source.headTimestamp = timestamp
        } catch (error) {
          markFailed(source, new SourceFailure('dead', briefly(error), { cause: error }), Date.now())
        }
      }),
    )
  }

  function headOf({ head, headTimestamp }: Source): bigint {
    if (head === undefined || headTimestamp === undefined) throw new SourceFailure('dead', 'has no block')
    const trusted = sources.filter(other => other.state === 'healthy')
    const best = trusted.reduce(
      (highest, other) => ((other.head ?? 0n) > highest ? other.head! : highest),
      0n,
    )
    if (head + lagTolerance < best) {
      throw new SourceFailure('lagging', `is at block ${head}, another endpoint is at ${best}`)
    }
    const age = Math.floor(Date.now() / 1000) - Number(headTimestamp)
    if (parameters.maximumHeadAge !== undefined && age > parameters.maximumHeadAge) {
      throw new SourceFailure('lagging', `its newest block is ${age} s old`)
    }
    return head
  }

  /** Undefined while the block we stand on is still part of the chain. */
  async function findFork(source: Source, head: bigint): Promise<Step<Event, Counters> | undefined> {
    const newest = lastOf(cursor)
    const onChain = await hashAt(source, newest.block.number)
    if (onChain === newest.block.hash) return undefined
    const others = await hashesElsewhere(source, newest.block.number)
    if (others.includes(newest.block.hash) && !others.includes(onChain)) {
      throw new SourceFailure('lying', `serves another block ${newest.block.number} than the other endpoints`)
    }
    let kept = cursor.recent.length - 1
    while (--kept >= 0) {
      const { block } = cursor.recent[kept]!
      if ((await hashAt(source, block.number)) === block.hash) break
    }
    if (kept < 0)
      throw rootChainError('ethereum.deep_reorg', `no common block in the last ${cursor.recent.length}`)
    const dropped = cursor.recent.slice(kept + 1).map(({ block }) => block)
    cursor = { recent: cursor.recent.slice(0, kept + 1) }
    return { kind: 'reorganised', ancestor: lastOf(cursor).block, dropped, cursor, head }
  }

  /** What the other reachable endpoints have at a height; those that have nothing there are left out. */
  async function hashesElsewhere(source: Source, number: bigint): Promise<Hash[]> {
    const others = sources.filter(other => other !== source && other.state === 'healthy')
    const hashes = await Promise.all(others.map(other => hashAt(other, number).catch(() => undefined)))
    return hashes.filter(hash => hash !== undefined)
  }

  async function readBlocks(source: Source, from: bigint, to: bigint): Promise<BlockRef[]> {
    const numbers = Array.from({ length: Number(to - from) + 1 }, (_, index) => from + BigInt(index))
    const blocks = await Promise.all(numbers.map(blockNumber => source.client.getBlock({ blockNumber })))
    let parent = lastOf(cursor).block
    return blocks.map(({ number, hash, parentHash, timestamp }) => {
      if (number !== parent.number + 1n || parentHash !== parent.hash) {
        throw new SourceFailure('lying', `block ${number} does not follow upon block ${parent.number}`)
      }
      parent = { number, hash, parentHash, timestamp }
      return parent
    })
  }

  async function readEvents(
    source: Source,
    blocks: readonly BlockRef[],
  ): Promise<{ block: bigint; event: Event }[]> {
    const byNumber = new Map(blocks.map(block => [block.number, block]))
    const logs = await source.client.getLogs({
      address: [...feed.addresses],
      fromBlock: blocks[0]!.number,
      toBlock: blocks.at(-1)!.number,
    })
    const ordered = logs.sort((a, b) => Number(a.blockNumber - b.blockNumber) || a.logIndex - b.logIndex)
    const events: { block: bigint; event: Event }[] = []
    for (const log of ordered) {
      const block = byNumber.get(log.blockNumber)
      if (block?.hash !== log.blockHash || log.removed) {
        throw new SourceFailure('lying', `serves a log of another block ${log.blockNumber}`)
      }
      const event = feed.decode(log, block)
      if (event !== undefined) events.push({ block: block.number, event })
    }
    return events
  }

  /** Omission: a log that an endpoint leaves out shows in the contract's own counters. */
  async function checkCounters(source: Source, { block, counters }: Checkpointed<Counters>, head: bigint) {
    if (block.number + STATE_BLOCKS < head) return
    const difference = feed.compareCounters(counters, await feed.readCounters(source.client, block))
    if (difference)
      throw new SourceFailure('lying', `leaves out events up to block ${block.number}: ${difference}`)
  }

  async function checkMajority(source: Source, block: BlockRef): Promise<void> {
    const hashes = await hashesElsewhere(source, block.number)
    const against = hashes.filter(hash => hash !== block.hash).length
    const inFavour = hashes.length - against + 1
    if (against > inFavour)
      throw new SourceFailure('lying', `serves another block ${block.number} than the majority`)
    if (against > 0 && against === inFavour) {
      throw rootChainError('ethereum.disagreement', `the endpoints disagree about block ${block.number}`)
    }
  }

  async function advance(source: Source): Promise<Step<Event, Counters>> {
    const head = headOf(source)
    const newest = lastOf(cursor)
    const target = head - BigInt(confirmations)
    if (head < newest.block.number) {
      throw new SourceFailure(
        'lagging',
        `is at block ${head}, but block ${newest.block.number} was read before`,
      )
    }
    const fork = await findFork(source, head)
    if (fork) return fork
    const from = newest.block.number + 1n
    if (target < from) return { kind: 'idle', cursor, head }
    const to = target < from + blocksPerStep ? target : from + blocksPerStep - 1n
    const blocks = await readBlocks(source, from, to)
    const found = await readEvents(source, blocks)

    let counters = newest.counters
    const read = blocks.map(block => {
      counters = feed.count(
        counters,
        found.filter(item => item.block === block.number).map(item => item.event),
      )
      return { block, counters }
    })
    await checkCounters(source, read.at(-1)!, head)
    await checkMajority(source, blocks.at(-1)!)
    cursor = { recent: [...cursor.recent, ...read].slice(-memory) }
    return { kind: 'advanced', blocks, events: found.map(({ event }) => event), cursor, head }
  }

  /** A chain that reorganises while it is read contradicts itself once; a liar does it again. */
  async function advanceFairly(source: Source): Promise<Step<Event, Counters>> {
    try {
      return await advance(source)
    } catch (error) {
      if (error instanceof SourceFailure && error.state === 'lying') return advance(source)
      throw error
    }
  }

  function failed(error: OmgError): Step<Event, Counters> {
    const retryInMs = Math.max(0, Math.min(...sources.map(({ retryAt }) => retryAt)) - Date.now())
    return { kind: 'failed', error, sources: sources.map(healthOf), cursor, retryInMs }
  }

  return {
    sources: () => sources.map(healthOf),

    async poll() {
      await findHeads(askable(sources, Date.now()))
      for (const source of askable(sources, Date.now())) {
        try {
          const step = await advanceFairly(source)
          markHealthy(source)
          return step
        } catch (error) {
          if (isFinding(error)) return failed(error)
          const failure =
            error instanceof SourceFailure
              ? error
              : new SourceFailure('dead', briefly(error), { cause: error })
          markFailed(source, failure, Date.now())
        }
      }
      return failed(summary(sources))
    },
  }
}

const CODES: Record<SourceFailure['state'], RootChainErrorCode> = {
  lagging: 'ethereum.lagging',
  lying: 'ethereum.lying',
  dead: 'ethereum.unavailable',
}

/** One error for all endpoints; a lie is worth more attention than a lag, and a lag more than silence. */
function summary(sources: readonly Source[]): OmgError {
  const reasons = sources.map(({ url, reason }) => `${url} ${reason ?? 'was not asked'}`).join('; ')
  const worst = (['lying', 'lagging', 'dead'] as const).find(state =>
    sources.some(source => source.state === state),
  )
  return rootChainError(CODES[worst ?? 'dead'], `no Ethereum endpoint can be used: ${reasons}`)
}

function isFinding(error: unknown): error is OmgError {
  return error instanceof Error && error.name === 'OmgError'
}

function briefly(error: unknown): string {
  const text =
    error instanceof Error
      ? 'shortMessage' in error
        ? String(error.shortMessage)
        : error.message
      : String(error)
  return `does not answer: ${text.split('\n')[0]}`
}

async function hashAt(source: Source, blockNumber: bigint): Promise<Hash> {
  return (await source.client.getBlock({ blockNumber })).hash
}

function lastOf<Counters>(cursor: Cursor<Counters>): Checkpointed<Counters> {
  const last = cursor.recent.at(-1)
  if (!last) throw new Error('a cursor has at least one block')
  return last
}
