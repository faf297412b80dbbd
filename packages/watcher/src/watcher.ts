import { readFileSync } from 'node:fs'
import { createNodes } from '@omg/follower'
import { fastKeccak256, seasoningOf } from '@omg/ledger'
import { type Address, addressOfKey, type Hex, installKeccak256 } from '@omg/protocol'
import {
  createRootChain,
  type Deployment,
  decodeDeployment,
  domainOf,
  getSubmission,
  type RootChain,
} from '@omg/rootchain'
import { blobSource } from '@omg/rootchain/blobs'
import { type Logger, pino } from 'pino'
import { privateKeyToAccount } from 'viem/accounts'
import { openAlarms } from './alarm/open.ts'
import { listen } from './api/listen.ts'
import type { WatcherView } from './api/view.ts'
import { Follower } from './chain/follower.ts'
import { type Chain, openChain } from './chain/open.ts'
import { PublishedBlocks } from './chain/published.ts'
import { type Configuration, redact } from './configuration/configuration.ts'
import { startDuty } from './duty.ts'
import { watcherError } from './error.ts'
import { EthereumFollower } from './ethereum/follower.ts'
import { Records } from './ethereum/records.ts'
import { openSentries } from './guard/open.ts'
import { Heartbeat } from './heartbeat.ts'
import { createMetrics } from './metrics.ts'
import { watchOverWatcher } from './oversight.ts'
import { Store } from './store/store.ts'
import { createView } from './view.ts'

export interface StartWatcherOptions extends Configuration {
  /** Checks signatures in batches (tools/signatures); without it all are recovered. */
  readonly signatureProgram?: string | undefined
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
    const parts = await assemble(options, { deployment, store, log, signal: stopping.signal })
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

interface Parts {
  readonly deployment: Deployment
  readonly store: Store
  readonly log: Logger
  readonly signal: AbortSignal
}

async function assemble(
  options: StartWatcherOptions,
  { deployment, store, log, signal }: Parts,
): Promise<{ view: WatcherView; finish: () => Promise<void> }> {
  const { ethereum: urls, key, pollMilliseconds } = options
  const now = options.now ?? Date.now
  const domain = domainOf(deployment)
  const watcher: Address | null = key === undefined ? null : addressOfKey(key)
  const account = key === undefined ? {} : { account: privateKeyToAccount(key) }
  const rootChain = createRootChain({ deployment, urls, ...account })
  const alarms = openAlarms(options, store, log, now)
  const senderOf = async (hash: Hex) => (await rootChain.ethereum.getTransaction({ hash })).from
  const records = new Records(store, senderOf, seasoningOf(deployment.parameters))
  const opened = { ...options, deployment, urls, store, records, alarms, log, now }
  const ethereum = await EthereumFollower.open(opened)
  const nodes = createNodes(options.node)
  const chain = await openChain(options, {
    ...{ store, records, nodes, domain, parameters: deployment.parameters, log, signal },
    signatureProgram: options.signatureProgram,
  })
  const sentries = openSentries(options, {
    ...{ store, records, alarms, chain, domain, rootChain, watcher, log, signal },
    onDisputeWon: () => metrics.disputeWon(),
    onEarned: amount => metrics.bondEarned(amount),
  })
  const heartbeat = new Heartbeat(['node', 'ethereum', 'guard'], {
    ...{ now, alarms },
    limitMilliseconds: options.stallGraceSeconds * 1000,
  })
  const executed = { blocks: 0, transactions: 0 }
  const follower = new Follower({
    ...{ nodes, replica: chain.replica, recorder: chain.recorder, alarms },
    ...(options.blobs.length > 0
      ? { published: publishedBlocks(options, rootChain, chain, records, log) }
      : {}),
    onBlock(_, transactions) {
      executed.blocks++
      executed.transactions += transactions
      metrics.blockExecuted(transactions)
    },
  })
  const view = createView({
    ...{ alarms, rootChain, records, follower, ethereum, store, heartbeat, executed, watcher },
    ...{ ...chain, ...sentries },
    metrics: () => metrics.text(),
  })
  const metrics = createMetrics(() => view)
  const duty = startDuty({
    ...{ store, records, alarms, chain, follower, ethereum, sentries, heartbeat, log, signal },
    pauseMilliseconds: pollMilliseconds,
  })
  nodes.listen(() => duty.node.wake(), signal)
  const checks = watchOverWatcher(options, { heartbeat, alarms, rootChain, watcher, signal })
  return {
    view,
    async finish() {
      await Promise.all([duty.done, checks])
      await sentries.guard.settled()
      await chain.recorder.flush(chain.ledger)
      await Promise.all([chain.pool.close(), chain.kzg.close()])
    },
  }
}

function publishedBlocks(
  { blobs }: StartWatcherOptions,
  rootChain: RootChain,
  { kzg }: Chain,
  records: Records,
  log: Logger,
): PublishedBlocks {
  return new PublishedBlocks({
    ...{ kzg, records, sources: blobs.map(blobSource) },
    submitted: async ({ transactionHash }) => (await getSubmission(rootChain, { transactionHash }))?.header,
    onFailure: (source, err) => log.warn({ source, err }, 'blobs could not be read'),
  })
}

function readDeployment(path: string): Deployment {
  try {
    return decodeDeployment(readFileSync(path, 'utf8'))
  } catch (error) {
    throw watcherError('configuration.invalid', `deployment: ${path} is not a deployment record`, error)
  }
}
