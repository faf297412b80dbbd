import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { Worker } from 'node:worker_threads'
import { serve } from '@hono/node-server'
import { createNodes, sleep } from '@omg/follower'
import { createMapPool, createMapper, fastKeccak256, readEntry, seasoningOf } from '@omg/ledger'
import { type Address, addressOfKey, type Hex, installKeccak256, type TxHash } from '@omg/protocol'
import {
  createRootChain,
  type Deployment,
  decodeDeployment,
  domainOf,
  getInFlight,
  getShownCreators,
  getSubmission,
  noteVoid,
  type RootChain,
} from '@omg/rootchain'
import { blobSource } from '@omg/rootchain/blobs'
import { createKzg } from '@omg/rootchain/kzg'
import { type Logger, pino } from 'pino'
import { privateKeyToAccount } from 'viem/accounts'
import { AlarmBook, type AlarmChange, RESOLVED_ALARMS_KEPT } from './alarm/book.ts'
import { createApi } from './api/server.ts'
import type { WatcherView } from './api/view.ts'
import { Checkpoints } from './chain/checkpoints.ts'
import { Follower } from './chain/follower.ts'
import { chainParameters } from './chain/parameters.ts'
import { PublishedBlocks } from './chain/published.ts'
import { CustomerOutputs, Recorder } from './chain/recorder.ts'
import { Replica } from './chain/replica.ts'
import { Snapshots } from './chain/snapshot.ts'
import { judgeChain } from './conditions.ts'
import { type Configuration, redact } from './configuration/configuration.ts'
import { Customers } from './customer/customers.ts'
import { createExitCalls } from './customer/exits.ts'
import { Protection } from './customer/protection.ts'
import { watcherError } from './error.ts'
import { EthereumFollower } from './ethereum/follower.ts'
import { Patience } from './ethereum/patience.ts'
import { Records } from './ethereum/records.ts'
import { createChallenger } from './guard/challenger.ts'
import { Evidence } from './guard/evidence.ts'
import { Guard } from './guard/guard.ts'
import { Makers } from './guard/makers.ts'
import { VoidNotes } from './guard/note-void.ts'
import { Heartbeat } from './heartbeat.ts'
import { createMetrics } from './metrics.ts'
import { Rounds } from './rounds.ts'
import { Store } from './store/store.ts'
import { createView } from './view.ts'

/** How often the heartbeat is checked and the funds are looked at, in milliseconds. */
const CHECK_MILLISECONDS = 1000
const FUNDS_MILLISECONDS = 30_000
const WEBHOOK_TIMEOUT_MILLISECONDS = 5000

export interface StartWatcherOptions extends Configuration {
  /** The deployment itself, instead of the file that `deployment` names. */
  readonly deploymentRecord?: Deployment
  /** Wall clock in milliseconds. */
  readonly now?: () => number
}

export interface RunningWatcher {
  /** Address of the API. */
  readonly url: string
  readonly view: WatcherView
  /** Finishes what is in hand, writes everything down and closes. */
  stop(): Promise<void>
}

/**
 * Starts a watcher: opens its store, goes on where it was, and follows both chains until it is stopped.
 * Errors (thrown): `watcher.store`, `watcher.version`, `watcher.chain`, `configuration.invalid`, and while it starts for the very first
 * time `ethereum.unavailable`, `ethereum.wrong_chain`.
 */
export async function startWatcher(options: StartWatcherOptions): Promise<RunningWatcher> {
  installKeccak256(fastKeccak256)
  const log = pino({ level: options.logLevel, name: 'watcher' })
  log.info({ configuration: redact(options) }, 'starting')
  const deployment = options.deploymentRecord ?? readDeployment(options.deployment)
  const stopping = new AbortController()
  const store = new Store(options.dataDirectory)
  try {
    const parts = await assemble(options, deployment, store, log, stopping.signal)
    const server = await listen(options, parts.view)
    log.info({ url: server.url }, 'listening')
    return {
      url: server.url,
      view: parts.view,
      async stop() {
        stopping.abort()
        await parts.finish()
        await server.close()
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

async function assemble(
  options: StartWatcherOptions,
  deployment: Deployment,
  store: Store,
  log: Logger,
  signal: AbortSignal,
): Promise<{ view: WatcherView; finish: () => Promise<void> }> {
  const { ethereum: urls, key } = options
  const now = options.now ?? Date.now
  const domain = domainOf(deployment)
  const watcher: Address | null = key === undefined ? null : addressOfKey(key)
  const account = key === undefined ? {} : { account: privateKeyToAccount(key) }
  const rootChain = createRootChain({ deployment, urls, ...account })
  const alarms = openAlarms(options, store, log, now)

  const senderOf = async (hash: Hex) => (await rootChain.ethereum.getTransaction({ hash })).from
  const records = new Records(store, senderOf, seasoningOf(deployment.parameters))
  const ethereum = await EthereumFollower.open({
    ...options,
    deployment,
    urls,
    store,
    records,
    alarms,
    log,
    now,
  })
  const nodes = createNodes(options.node)
  const parameters = await untilKnown(
    () => chainParameters(store, nodes, domain),
    log,
    options.pollMilliseconds,
    signal,
  )

  const snapshots = new Snapshots(options.dataDirectory, store)
  const outputs = new CustomerOutputs(options.customers as Address[], store.customerOutputs())
  const recorder = new Recorder(store, snapshots, outputs)
  const pool = createMapPool({ domain, workers: options.workers })
  const ledger = await snapshots.restore(parameters)
  const replica = new Replica(ledger, pool, records)
  const kzg = createKzg()
  const checkpoints = new Checkpoints(store, domain, kzg)
  const chainTime = () => records.time()
  const live = (id: Uint8Array) => {
    const entry = ledger.unspent.get(id)
    return entry && readEntry(entry).position
  }
  const isVoid = (txHash: TxHash) => records.docket.isVoid(txHash)
  const evidence = new Evidence({
    store,
    checkpoints,
    domain,
    map: createMapper(domain),
    now: chainTime,
    live,
    isVoid,
  })
  const makers = new Makers({
    ...{ domain, blocks: checkpoints },
    shownIn: transactionHash => getShownCreators(rootChain, { transactionHash }),
  })
  const challenger = key === undefined ? undefined : createChallenger(rootChain, evidence, signal)
  const guard = new Guard({
    ...{ store, records, sightings: evidence, makers, alarms, challenger, watcher },
    turnSeconds: BigInt(options.turnSeconds),
    verdictOf: txHash => verdictNow(rootChain, txHash),
    onDispute: dispute => {
      metrics.disputeWon()
      log.warn({ dispute: dispute.key, transactions: dispute.transactions }, 'answered a wrong claim')
    },
    onEarned: amount => metrics.bondEarned(amount),
  })
  const customers = new Customers({
    store,
    outputs,
    checkpoints,
    ledger,
    domain,
    watcher,
    open: options.open,
    now: chainTime,
  })
  const protector = key === undefined ? undefined : rootChain
  const calls = protector && createExitCalls(protector, evidence, signal)
  const protection = new Protection({ customers, records, alarms, calls, log, signal })
  const notes =
    protector &&
    watcher &&
    openNotes(options, { records, outputs, rootChain: protector, watcher, log, signal })
  const heartbeat = new Heartbeat(['node', 'ethereum', 'guard'], {
    ...{ now, alarms },
    limitMilliseconds: options.stallGraceSeconds * 1000,
  })

  const published = new PublishedBlocks({
    ...{ kzg, records, sources: options.blobs.map(blobSource) },
    submitted: async ({ transactionHash }) => (await getSubmission(rootChain, { transactionHash }))?.header,
    onFailure: (source, err) => log.warn({ source, err }, 'blobs could not be read'),
  })
  const executed = { blocks: 0, transactions: 0 }
  const follower = new Follower({
    ...{ nodes, replica, recorder, alarms },
    ...(options.blobs.length > 0 ? { published } : {}),
    onBlock(_, transactions) {
      executed.blocks++
      executed.transactions += transactions
      metrics.blockExecuted(transactions)
    },
  })
  const view = createView({
    ...{
      alarms,
      rootChain,
      records,
      checkpoints,
      ledger,
      follower,
      ethereum,
      guard,
      customers,
      evidence,
      store,
    },
    ...{ heartbeat, executed, watcher },
    metrics: () => metrics.text(),
  })
  const metrics = createMetrics(() => view)

  const common = { heartbeat, log, signal, pauseMilliseconds: options.pollMilliseconds }
  const patience = new Patience()
  const nodeRounds = new Rounds({
    ...common,
    part: 'node',
    async round() {
      const round = await follower.round()
      if (round === 'waiting') {
        const lasts = patience.lasts({ caughtUp: ethereum.caughtUp, head: records.head() })
        return lasts ? 'pause' : 'silent'
      }
      return round === 'progress' ? 'again' : 'pause'
    },
  })
  const ethereumRounds = new Rounds({
    ...common,
    part: 'ethereum',
    async round() {
      const round = await ethereum.round()
      if (round === 'progress') guardRounds.wake()
      return round === 'progress' ? 'again' : 'pause'
    },
  })
  let prepared = -1n
  let shown: Uint8Array[] = []
  const guardRounds: Rounds = new Rounds({
    ...common,
    part: 'guard',
    async round() {
      shown = await keepShown([...shown, ...records.docket.takeShownPayments()], evidence)
      // As it was before the comparison: blocks that come meanwhile are not in it.
      const { state } = follower
      const comparison = await checkpoints.compare()
      judgeChain({
        ...{ alarms, comparison, follower: { state }, tip: ledger.tip },
        ...{ lastCheckpoint: store.lastCheckpoint(), caughtUp: ethereum.caughtUp },
      })
      await guard.round()
      if (comparison.agreed !== prepared) await customers.prepare()
      prepared = comparison.agreed
      await protection.round()
      await notes?.round()
      return 'pause'
    },
  })
  nodes.listen(() => nodeRounds.wake(), signal)
  const checks = watchOverWatcher(options, { heartbeat, alarms, rootChain, watcher, log, signal })

  return {
    view,
    async finish() {
      await Promise.all([nodeRounds.done, ethereumRounds.done, guardRounds.done, checks])
      await guard.settled()
      await recorder.flush(ledger)
      await Promise.all([pool.close(), kzg.close()])
    },
  }
}

function openNotes(
  options: StartWatcherOptions,
  parts: {
    readonly records: Records
    readonly outputs: CustomerOutputs
    readonly rootChain: RootChain
    readonly watcher: Address
    readonly log: Logger
    readonly signal: AbortSignal
  },
): VoidNotes {
  const { outputs, rootChain, signal } = parts
  return new VoidNotes({
    ...parts,
    isCustomers: outputId => outputs.get(outputId) !== undefined,
    note: async txHash => (await noteVoid(rootChain, { txHash, signal })).transactionHash,
    turnSeconds: BigInt(options.turnSeconds),
  })
}

function openAlarms(options: StartWatcherOptions, store: Store, log: Logger, now: () => number): AlarmBook {
  const alarms = new AlarmBook({
    now,
    graces: {
      none: 0n,
      data: BigInt(options.dataGraceSeconds),
      node: BigInt(options.nodeGraceSeconds),
      provider: BigInt(options.providerGraceSeconds),
      submission: BigInt(options.submissionGraceSeconds),
      // The heartbeat has waited for the grace already.
      stall: 0n,
    },
    known: store.alarms(RESOLVED_ALARMS_KEPT),
    keep: alarm => store.keepAlarm(alarm),
  })
  // Providers and nodes may have been replaced; whatever is still wrong is seen again at once.
  for (const code of ['provider.wrong', 'node.wrong'] as const) alarms.clearOthers(code, new Set())
  alarms.subscribe(({ kind, alarm }) => {
    const { code, subject, severity, meaning, action, details } = alarm
    if (kind === 'resolved') log.info({ code, subject }, 'alarm resolved')
    else log[severity === 'critical' ? 'error' : 'warn']({ code, subject, details, action }, meaning)
  })
  const { webhook } = options
  if (webhook !== undefined) alarms.subscribe(change => void post(webhook, change, log))
  return alarms
}

async function post(webhook: string, change: AlarmChange, log: Logger): Promise<void> {
  try {
    const response = await fetch(webhook, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(change),
      signal: AbortSignal.timeout(WEBHOOK_TIMEOUT_MILLISECONDS),
    })
    if (!response.ok) log.error({ webhook, status: response.status }, 'the webhook refused an alarm')
  } catch (error) {
    log.error({ webhook, err: error }, 'the webhook could not be told of an alarm')
  }
}

interface Overseen {
  readonly heartbeat: Heartbeat
  readonly alarms: AlarmBook
  readonly rootChain: ReturnType<typeof createRootChain>
  readonly watcher: Address | null
  readonly log: Logger
  readonly signal: AbortSignal
}

/** Checks the heartbeat, feeds the watchdog thread, and looks at the funds, until the signal. */
async function watchOverWatcher(options: StartWatcherOptions, overseen: Overseen): Promise<void> {
  const { heartbeat, signal } = overseen
  const beats = new SharedArrayBuffer(4)
  const counter = new Int32Array(beats)
  const workerData = { beats, limitMilliseconds: options.stallGraceSeconds * 1000 }
  const watchdog = new Worker(new URL('./watchdog.worker.ts', import.meta.url), { workerData })
  watchdog.unref()
  let fundsAt = 0
  while (!signal.aborted) {
    Atomics.add(counter, 0, 1)
    heartbeat.check()
    if (performance.now() >= fundsAt) {
      fundsAt = performance.now() + FUNDS_MILLISECONDS
      await lookAtFunds(options.reserve, overseen)
    }
    await sleep(CHECK_MILLISECONDS, signal)
  }
  await watchdog.terminate()
}

async function lookAtFunds(reserve: bigint, { alarms, rootChain, watcher }: Overseen): Promise<void> {
  if (watcher === null) return
  // Silence of the provider is the business of another alarm.
  const balance = await rootChain.ethereum.getBalance({ address: watcher }).catch(() => undefined)
  if (balance === undefined) return
  const details = { address: watcher, balance: balance.toString(), reserve: reserve.toString() }
  if (balance < reserve) alarms.see('funds.low', watcher, details)
  else alarms.clear('funds.low', watcher)
}

/** Keeps payments that exits brought to light. Those whose inputs were not seen yet come again with the next round. */
async function keepShown(shown: readonly Uint8Array[], evidence: Evidence): Promise<Uint8Array[]> {
  const early: Uint8Array[] = []
  for (const signed of shown) {
    const kept = await evidence.add(signed)
    if (!kept.ok && kept.error.code === 'evidence.useless') early.push(signed)
  }
  return early
}

/** What Ethereum would decide if the time of the transaction were over now. */
async function verdictNow(
  rootChain: RootChain,
  txHash: TxHash,
): Promise<{ verdict: 'canonical' | 'void'; decided: boolean }> {
  const inFlight = await getInFlight(rootChain, { txHash })
  const verdict = inFlight?.verdict ?? 'none'
  if (verdict !== 'none') return { verdict, decided: true }
  return { verdict: inFlight?.lost === 0 ? 'canonical' : 'void', decided: false }
}

/** Asks until there is an answer: a node that is not up yet is no reason to give up. */
async function untilKnown<T>(
  ask: () => Promise<{ ok: true; value: T } | { ok: false; error: { code: string; message: string } }>,
  log: Logger,
  pauseMilliseconds: number,
  signal: AbortSignal,
): Promise<T> {
  for (;;) {
    const answer = await ask()
    if (answer.ok) return answer.value
    if (answer.error.code === 'watcher.chain') throw answer.error
    log.warn({ code: answer.error.code, reason: answer.error.message }, 'waiting for a node')
    await sleep(pauseMilliseconds, signal)
    if (signal.aborted) throw answer.error
  }
}

function readDeployment(path: string): Deployment {
  try {
    return decodeDeployment(readFileSync(path, 'utf8'))
  } catch (error) {
    throw watcherError('configuration.invalid', `deployment: ${path} is not a deployment record`, error)
  }
}

async function listen(
  { host, port }: Configuration,
  view: WatcherView,
): Promise<{ url: string; close: () => Promise<void> }> {
  const api = createApi(view)
  return new Promise((resolve, reject) => {
    const server = serve(
      { fetch: api.fetch, hostname: host, port },
      ({ address, port: bound }: AddressInfo) => {
        const close = () =>
          new Promise<void>(closed => {
            server.close(() => closed())
            if ('closeAllConnections' in server) server.closeAllConnections()
          })
        resolve({ url: `http://${address.includes(':') ? `[${address}]` : address}:${bound}`, close })
      },
    )
    server.on('error', (error: Error) =>
      reject(watcherError('configuration.invalid', `port: ${host}:${port} cannot be listened on`, error)),
    )
  })
}
