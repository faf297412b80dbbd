import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { createNodes, type Nodes, sleep } from '@omg/follower'
import { createMapPool, fastKeccak256, Ledger, seasoningOf } from '@omg/ledger'
import { type Hash, installKeccak256, type OmgError, type Result } from '@omg/protocol'
import { type Logger, pino } from 'pino'
import { createApi } from './api/server.ts'
import type { IndexerView, Status } from './api/view.ts'
import { noteCommitments } from './chain/commitments.ts'
import { createEthereumSource } from './chain/ethereum.ts'
import { Follower } from './chain/follower.ts'
import { askParameters, type ChainParameters } from './chain/parameters.ts'
import { Replica } from './chain/replica.ts'
import { type Configuration, redact } from './configuration/configuration.ts'
import { indexerError } from './errors.ts'
import { createMetrics } from './metrics.ts'
import { openStore, type Store } from './store/database.ts'
import { loadLedger, loadMarkets, readState } from './store/state.ts'
import type { MarketRow } from './store/tables.ts'
import { Hub } from './stream/hub.ts'
import { type StreamLimits, serveStream } from './stream/socket.ts'
import { type Submit, submitTo } from './stream/submission.ts'

/** Most bytes of one answer of the node as JSON: a page of listings, a block's header or its status. Blocks come as bundles. */
const MAX_JSON_BYTES = 16 * 1024 * 1024

export interface StartIndexerOptions extends Configuration {
  readonly streamLimits?: Partial<StreamLimits>
  /** Wall clock in milliseconds. */
  readonly now?: () => number
}

export interface RunningIndexer {
  /** Address of REST; the same with ws:// and /stream is the WebSocket. */
  readonly url: string
  readonly view: IndexerView
  /** Finishes the block in hand and closes. */
  stop(): Promise<void>
}

/**
 * Starts an indexer: opens its database, goes on where it was, and follows the chain until it is stopped.
 * Errors (thrown): `indexer.store`, `indexer.chain`, `indexer.damaged`.
 */
export async function startIndexer(options: StartIndexerOptions): Promise<RunningIndexer> {
  installKeccak256(fastKeccak256)
  const log = pino({ level: options.logLevel, name: 'indexer' })
  log.info({ configuration: redact(options) }, 'starting')
  const stopping = new AbortController()
  const store = await openStore(options.database)
  try {
    const nodes = createNodes(options.node, { head: 'first', maxJsonBytes: MAX_JSON_BYTES })
    const { parameters, ledger } = await openLedger(
      store,
      nodes,
      log,
      options.pollMilliseconds,
      stopping.signal,
    )
    const markets = await loadMarkets(store.reader)
    const hub = await Hub.open(store, ledger)
    const parts = assemble(options, {
      store,
      nodes,
      parameters,
      ledger,
      markets,
      hub,
      log,
      signal: stopping.signal,
    })
    const server = await listen(options, { view: parts.view, hub, submit: submitTo(nodes), log })
    log.info({ url: server.url, height: String(ledger.tip.height) }, 'listening')
    return {
      url: server.url,
      view: parts.view,
      async stop() {
        stopping.abort()
        await server.close()
        await parts.finish()
        await store.close()
        log.info('stopped')
      },
    }
  } catch (error) {
    stopping.abort()
    await store.close()
    throw error
  }
}

interface Parts {
  readonly store: Store
  readonly nodes: Nodes
  readonly parameters: ChainParameters
  readonly ledger: Ledger
  readonly markets: Map<Hash, MarketRow>
  readonly hub: Hub
  readonly log: Logger
  readonly signal: AbortSignal
}

function assemble(
  options: StartIndexerOptions,
  { store, nodes, parameters, ledger, markets, hub, log, signal }: Parts,
) {
  const now = options.now ?? Date.now
  const pool = createMapPool({ domain: ledger.parameters.domain, workers: options.workers })
  const replica = new Replica(ledger, pool)
  const ethereum = createEthereumSource(nodes, seasoningOf(parameters.seasoning))
  const { height, time, appHash } = ledger.tip
  let written = { height, time, appHash }
  let progressAt = now()
  const follower = new Follower({
    ...{ nodes, replica, store, markets, parameters, ethereum },
    onExecuted(block) {
      try {
        hub.tell([block])
      } catch (error) {
        log.error({ err: error }, 'news were not told')
      }
    },
    async onWritten(blocks) {
      const { block } = blocks.at(-1)!.execution
      written = { height: block.height, time: block.time, appHash: block.appHash }
      progressAt = now()
      metrics.blocksWritten(
        blocks.length,
        blocks.reduce((sum, { execution }) => sum + execution.records.length, 0),
      )
      // What is written is written: trouble in telling it must not stop the next block.
      await hub.publish(blocks).catch((error: unknown) => log.error({ err: error }, 'news were not told'))
    },
  })
  const status = (): Status => ({ ...written, headHeight: follower.head, problem: follower.problem ?? null })
  const alive = () => {
    const { height, headHeight, problem } = status()
    const isBehind = headHeight > height || problem !== null
    return !isBehind || now() - progressAt < options.stallGraceSeconds * 1000
  }
  const metrics = createMetrics(status, alive, () => hub.channels)
  const { reader, snapshot } = store
  const view: IndexerView = { reader, snapshot, status, alive, metrics: () => metrics.text() }
  const rounds = follow(follower, nodes, log, options.pollMilliseconds, signal)
  const commitments = followCommitments(store, nodes, log, options.pollMilliseconds, signal)
  const finish = async () => {
    await Promise.all([rounds, commitments])
    await pool.close()
  }
  return { view, finish }
}

/** Round after round until the signal aborts; waits where there is nothing to do, or something is wrong. */
async function follow(
  follower: Follower,
  nodes: Nodes,
  log: Logger,
  pauseMilliseconds: number,
  signal: AbortSignal,
): Promise<void> {
  let wake = new AbortController()
  let told: string | undefined
  nodes.listen(() => wake.abort(), signal)
  signal.addEventListener('abort', () => wake.abort(), { once: true })
  while (!signal.aborted) {
    wake = new AbortController()
    try {
      if ((await follower.round()) === 'progress') continue
    } catch (error) {
      if (follower.problem === undefined) log.error({ err: error }, 'unexpected error while following')
    }
    const { problem } = follower
    if (problem !== undefined && problem.message !== told)
      log.warn({ problem: problem.toJSON() }, 'no progress')
    told = problem?.message
    if (!signal.aborted) await sleep(pauseMilliseconds, wake.signal)
  }
  await follower
    .flush()
    .catch((error: unknown) => log.error({ err: error }, 'the last blocks were not written'))
}

async function followCommitments(
  store: Store,
  nodes: Nodes,
  log: Logger,
  pauseMilliseconds: number,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const noted = await noteCommitments(store, nodes)
      if (!noted.ok) log.debug({ problem: noted.error.toJSON() }, 'checkpoints were not asked for')
    } catch (error) {
      log.warn({ err: error }, 'accepted checkpoints were not noted')
    }
    await sleep(pauseMilliseconds, signal)
  }
}

/** The ledger of the database, or a new one with the parameters of the node. */
async function openLedger(
  store: Store,
  nodes: Nodes,
  log: Logger,
  pauseMilliseconds: number,
  signal: AbortSignal,
): Promise<{ parameters: ChainParameters; ledger: Ledger }> {
  const saved = await readState(store.reader)
  if (saved !== undefined) {
    const asked = await askParameters(nodes)
    if (asked.ok) sameChain(saved.parameters, asked.value)
    return { parameters: saved.parameters, ledger: await loadLedger(store.reader, saved) }
  }
  const parameters = await untilKnown(() => askParameters(nodes), log, pauseMilliseconds, signal)
  return { parameters, ledger: new Ledger(parameters.ledger) }
}

function sameChain(
  { ledger: { domain: a } }: ChainParameters,
  { ledger: { domain: b } }: ChainParameters,
): void {
  if (a.chainId === b.chainId && a.verifyingContract === b.verifyingContract) return
  throw indexerError('indexer.chain', 'the database belongs to another chain than the node')
}

async function untilKnown<T>(
  ask: () => Promise<Result<T, OmgError>>,
  log: Logger,
  pauseMilliseconds: number,
  signal: AbortSignal,
): Promise<T> {
  for (;;) {
    const asked = await ask()
    if (asked.ok) return asked.value
    log.warn({ problem: asked.error.toJSON() }, 'waiting for the node')
    await sleep(pauseMilliseconds, signal)
    if (signal.aborted) throw asked.error
  }
}

async function listen(
  { host, port, requestsPerSecond, streamLimits = {}, now = Date.now }: StartIndexerOptions,
  { view, hub, submit, log }: { view: IndexerView; hub: Hub; submit: Submit; log: Logger },
): Promise<{ url: string; close: () => Promise<void> }> {
  const onError = (error: unknown) => log.error({ err: error }, 'a request failed')
  const api = createApi({ view, requestsPerSecond, now, onError })
  const server = serve({ fetch: api.fetch, hostname: host, port })
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve)
    server.once('error', reject)
  })
  const { port: bound } = server.address() as AddressInfo
  const stream = serveStream(server as Server, hub, { limits: streamLimits, submit, onError })
  const close = () =>
    new Promise<void>(resolve => {
      stream.close()
      server.close(() => resolve())
      if ('closeAllConnections' in server) server.closeAllConnections()
    })
  return { url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`, close }
}
