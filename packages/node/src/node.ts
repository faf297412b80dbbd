import { readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { createMapPool, fastKeccak256, genesisTip } from '@omg/ledger'
import { addressOfKey, type Domain, installKeccak256 } from '@omg/protocol'
import { type Deployment, decodeDeployment } from '@omg/rootchain'
import { createKzg } from '@omg/rootchain/kzg'
import { type Logger, pino } from 'pino'
import type { ChainApplication } from './application/application.ts'
import { localSigner, SigningRecord } from './application/signing.ts'
import { checkNewest } from './application/upgrade-rules.ts'
import { assemble } from './assembly.ts'
import type { Configuration } from './configuration/schema.ts'
import type { EngineFactory } from './engines/configured.ts'
import { nodeError } from './errors.ts'
import { createMetrics } from './metrics.ts'
import { ledgerParameters } from './parameters.ts'
import { findSignatureProgram } from './process/programs.ts'
import { type RootChainOverride, validatorSetOf } from './rootchain/connection.ts'
import { createApp, listen } from './rpc/http.ts'
import { METHODS } from './rpc/methods/table.ts'
import { discover } from './rpc/openrpc.ts'
import { subscriptionMethods } from './rpc/subscriptions.ts'
import { type SocketLimits, type SocketServer, serveSockets } from './rpc/websocket.ts'
import type { NodeServices } from './services.ts'
import { RemoteSigner } from './signer/remote.ts'
import type { FileSystem } from './store/files.ts'
import type { Recovery } from './store/log.ts'
import { ChainStore } from './store/store.ts'
import { Upgrades } from './upgrades.ts'

/** How often the node looks whether a checkpoint is due, in milliseconds. */
const TICK_MILLISECONDS = 100

export interface StartNodeOptions {
  configuration: Configuration
  /** Instead of reading the file that the configuration names. */
  deployment?: Deployment
  /** Instead of Ethereum over the configured endpoints. */
  rootChain?: RootChainOverride
  /** Under the block log; tests put failing disks here. */
  files?: FileSystem
  /** Seconds since 1970. */
  clock?: () => bigint
  logger?: Logger
  /** Checkpoints from one snapshot to the next; the same for all nodes of a chain. */
  snapshotCheckpoints?: bigint
  /** Instead of the one that the set-up has built; false: signers are recovered one by one. */
  signatureProgram?: string | false
  /** Instead of the configured engine. */
  engine?: EngineFactory
  sockets?: Partial<SocketLimits>
  /** Net operations between flushes of the tables. */
  flushOperations?: number
  /** Bytes after which a segment of the block log is closed. */
  segmentBytes?: number
  /** Runs before each flush of the tables; tests let it fail. */
  beforeFlush?: () => void
}

export interface RunningNode {
  /** http://host:port of RPC, bundles, health and metrics. */
  readonly url: string
  readonly services: NodeServices
  readonly application: ChainApplication
  readonly sockets: SocketServer
  /** What the start found in the log beyond the tables. */
  readonly recovery: Recovery
  /** Finishes the block in hand, flushes, releases the data directory. Safe to call twice. */
  close(): Promise<void>
}

/**
 * Starts a node with the solo engine: recovers its state, reads Ethereum, makes blocks, submits checkpoints, serves RPC.
 * Errors (thrown): config.invalid, store.*, node.port_taken, ethereum.unavailable (only at the very first start).
 */
export async function startNode(options: StartNodeOptions): Promise<RunningNode> {
  installKeccak256(fastKeccak256)
  const { configuration } = options
  const logger = options.logger ?? pino({ level: configuration.logLevel, base: { program: 'omg-node' } })
  const clock = options.clock ?? (() => BigInt(Math.floor(Date.now() / 1000)))
  const deployment = options.deployment ?? readDeployment(configuration.deployment)
  const parameters = ledgerParameters(deployment, configuration)
  const upgrades = new Upgrades(configuration.consensus.upgrades)
  const closers: (() => Promise<void> | void)[] = []
  const close = closeOnce(closers, logger)

  try {
    const store = await ChainStore.open({
      directory: configuration.dataDirectory,
      genesis: genesisTip(parameters).appHash,
      ...(options.files ? { files: options.files } : {}),
      ...(options.flushOperations ? { flushOperations: options.flushOperations } : {}),
      ...(options.segmentBytes ? { segmentBytes: options.segmentBytes } : {}),
      ...(options.beforeFlush ? { beforeFlush: options.beforeFlush } : {}),
    })
    closers.push(() => store.close())
    const pool = await openPool(options, parameters.domain, logger)
    closers.push(() => pool.close())
    const kzg = createKzg()
    closers.push(() => kzg.close())
    const connection = { deployment, configuration, override: options.rootChain }
    const validatorSet = await validatorSetOf(connection, store)
    const { signer, signingRecord } = openSigner(configuration, deployment, closers)
    const node = assemble({
      ...{ configuration, logger, clock, deployment, connection, parameters },
      ...{ store, pool, kzg, validatorSet, signer, signingRecord, engine: options.engine },
      snapshotCheckpoints: options.snapshotCheckpoints,
      upgrades,
    })
    await node.resume()
    const recovery = await store.recover(entry => node.application.replay(entry))
    logger.info({ ...recovery, height: Number(node.services.ledger.tip.height) }, 'state recovered')
    await checkNewest(upgrades, store, node.services.ledger.tip.height)
    node.setLive()

    const { url, server, sockets } = await serve(node.services, options, logger)
    closers.push(() => closeServer(server, sockets))
    node.follower.start()
    closers.push(() => node.follower.stop())
    node.offences?.start()
    closers.push(() => node.offences?.stop())
    node.submitter?.start()
    closers.push(() => node.submitter?.stop())
    await node.engine.start(node.application)
    closers.push(() => node.settle())
    closers.push(() => node.engine.stop())
    closers.push(() => node.abandon())
    const tick = setInterval(() => node.tick(), TICK_MILLISECONDS)
    closers.push(() => clearInterval(tick))
    closers.push(() => node.drain())
    logger.info({ url, height: Number(node.services.ledger.tip.height) }, 'node is up')
    return { url, services: node.services, application: node.application, sockets, recovery, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** The map workers, and the way they find signers. */
async function openPool(
  { configuration, signatureProgram }: StartNodeOptions,
  domain: Domain,
  logger: Logger,
) {
  const program = signatureProgram ?? (await findSignatureProgram())
  const pool = createMapPool({
    ...{ domain, workers: configuration.workers, signatureProgram: program || undefined },
    onTrouble: reason =>
      logger.warn({ reason }, 'signatures: the program for batches failed, so they are recovered'),
  })
  const way = pool.checksBatches ? 'in batches where the signer is known' : 'by recovery, one by one'
  logger.info({ workers: pool.workers }, `signatures are checked ${way}`)
  return pool
}

/** Who signs, and the record that learns from Ethereum: here, or in a process of its own. */
function openSigner(
  { dataDirectory, validator }: Configuration,
  { parameters }: Deployment,
  closers: (() => Promise<void> | void)[],
): Pick<Parameters<typeof assemble>[0], 'signer' | 'signingRecord'> {
  const { key, signer: socket, address } = validator
  if (socket && address) {
    const remote = new RemoteSigner({ address, socket })
    closers.push(() => remote.close())
    return { signer: remote, signingRecord: remote }
  }
  if (!key) return { signer: undefined, signingRecord: undefined }
  const signingRecord = new SigningRecord(dataDirectory, BigInt(parameters.maxOriginAgeBlocks))
  closers.push(() => signingRecord.close())
  return { signer: localSigner(addressOfKey(key), key, signingRecord), signingRecord }
}

async function serve(services: NodeServices, options: StartNodeOptions, logger: Logger) {
  const metrics = createMetrics(services)
  const socketMethods = subscriptionMethods(undefined)
  const methods = [...METHODS, discover(METHODS, socketMethods), ...socketMethods]
  const dispatch = { methods, logger, onCall: metrics.onCall }
  const { host, port } = options.configuration
  const { server, url } = await listen(createApp(services, dispatch, metrics), host, port)
  const limits = options.sockets ? { limits: options.sockets } : {}
  return { server, url, sockets: serveSockets(server, services, { ...dispatch, ...limits }) }
}

async function closeServer(server: Server, sockets: SocketServer): Promise<void> {
  const closed = new Promise<void>(resolve => server.close(() => resolve()))
  await sockets.close()
  server.closeIdleConnections()
  setTimeout(() => server.closeAllConnections(), 2_000).unref()
  await closed
}

function readDeployment(path: string): Deployment {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw nodeError('config.invalid', `The deployment record ${path} cannot be read.`, cause)
  }
  return decodeDeployment(text)
}

function closeOnce(closers: (() => Promise<void> | void)[], logger: Logger): () => Promise<void> {
  let closing: Promise<void> | undefined
  const run = async () => {
    for (const closer of closers.reverse()) {
      try {
        await closer()
      } catch (error) {
        logger.error({ err: error }, 'closing')
      }
    }
  }
  return () => {
    closing ??= run()
    return closing
  }
}
