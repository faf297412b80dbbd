import { readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import {
  createMapPool,
  fastKeccak256,
  genesisTip,
  Ledger,
  type LedgerParameters,
  UnspentSet,
} from '@omg/ledger'
import { type Address, addressOfKey, fromHex, type Hex, installKeccak256, type OmgError } from '@omg/protocol'
import { type Deployment, decodeDeployment } from '@omg/rootchain'
import { type Logger, pino } from 'pino'
import { ChainApplication, type CommittedBlock } from './application/application.ts'
import { type CheckpointSigner, Checkpoints, localSigner } from './application/checkpoints.ts'
import { Schedule } from './application/schedule.ts'
import type { Configuration } from './configuration/schema.ts'
import { drain } from './drain.ts'
import { SoloEngine } from './engines/solo.ts'
import { nodeError } from './errors.ts'
import { NodeEvents } from './events.ts'
import { Admission } from './mempool/admission.ts'
import { Mempool } from './mempool/mempool.ts'
import { createMetrics } from './metrics.ts'
import { ledgerParameters } from './parameters.ts'
import { Pruner } from './pruner.ts'
import { ActivityReader } from './reader/activity.ts'
import { BlockReader } from './reader/blocks.ts'
import { OutputReader } from './reader/outputs.ts'
import { ProofReader } from './reader/proofs.ts'
import {
  type RootChainConnection,
  type RootChainOverride,
  sinkOf,
  sourceOf,
  validatorSetOf,
} from './rootchain/connection.ts'
import type { ValidatorSetOnEthereum } from './rootchain/ethereum.ts'
import { EthereumFollower } from './rootchain/follower.ts'
import type { SeenCheckpoint } from './rootchain/seam.ts'
import { CheckpointSubmitter } from './rootchain/submitter.ts'
import { EthereumView } from './rootchain/view.ts'
import { createApp, listen } from './rpc/http.ts'
import { METHODS } from './rpc/methods/table.ts'
import { discover } from './rpc/openrpc.ts'
import { subscriptionMethods } from './rpc/subscriptions.ts'
import { type SocketLimits, type SocketServer, serveSockets } from './rpc/websocket.ts'
import type { NodeServices } from './services.ts'
import type { FileSystem } from './store/files.ts'
import type { Recovery } from './store/log.ts'
import { ChainStore } from './store/store.ts'

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
  const key = configuration.validator.key as Hex | undefined
  const owner = key && (addressOfKey(key) as Address)
  const parameters = ledgerParameters(deployment, configuration, owner)
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
    const pool = createMapPool({ domain: parameters.domain, workers: configuration.workers })
    closers.push(() => pool.close())
    const connection = { deployment, configuration, override: options.rootChain }
    const validatorSet = await validatorSetOf(connection, store)
    const signer = key && owner ? localSigner(owner, key) : undefined
    const node = assemble({
      options,
      logger,
      clock,
      deployment,
      connection,
      parameters,
      store,
      pool,
      validatorSet,
      signer,
    })
    const recovery = await store.recover(entry => node.application.replay(entry))
    logger.info({ ...recovery, height: Number(node.services.ledger.tip.height) }, 'state recovered')
    node.setLive()

    const { url, server, sockets } = await serve(node.services, options, logger)
    closers.push(() => closeServer(server, sockets))
    node.follower.start()
    closers.push(() => node.follower.stop())
    node.submitter?.start()
    closers.push(() => node.submitter?.stop())
    await node.engine.start(node.application)
    closers.push(() => node.engine.stop())
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

interface Parts {
  options: StartNodeOptions
  logger: Logger
  clock: () => bigint
  deployment: Deployment
  connection: RootChainConnection
  parameters: LedgerParameters
  store: ChainStore
  pool: ReturnType<typeof createMapPool>
  validatorSet: ValidatorSetOnEthereum
  signer: CheckpointSigner | undefined
}

/** Puts the parts together. Nothing runs yet. */
function assemble(parts: Parts) {
  const { options, logger, clock, deployment, connection, parameters, store, pool, validatorSet, signer } =
    parts
  const { configuration } = options
  const { domain } = parameters
  const ledger = restoreLedger(parameters, store)
  store.attach(ledger.unspent, ledger.tip.height)
  const view = new EthereumView(store.tables)
  const events = new NodeEvents()
  const state: NodeState = { halted: undefined, stopping: undefined, live: false }
  const checkpoints = new Checkpoints({ store, domain, signer, validatorSetId: validatorSet.id })
  const engineValidators = validatorSet.validators.map(({ address, power }) => ({
    address: fromHex(address),
    power,
  }))
  checkpoints.setValidators(engineValidators)
  const mempool = new Mempool({
    check: (record, pending) => ledger.checkTransaction(record, view.locked(ledger.tip.origin), pending),
    feeTokens: parameters.feeTokens,
    limits: configuration.mempool,
  })
  const admission = new Admission({
    pool,
    mempool,
    onAdmitted: () => engine.wake(),
    refuse: () => state.halted ?? state.stopping ?? diskProblem(engine),
  })
  const policy = {
    intervalSeconds: BigInt(configuration.checkpoint.intervalSeconds),
    minimumSeconds: BigInt(configuration.checkpoint.minimumSeconds),
    transactions: configuration.checkpoint.transactions,
    originAgeBlocks: BigInt(Math.max(1, Math.floor(deployment.parameters.maxOriginAgeBlocks / 3))),
  }
  const schedule = new Schedule(policy, view, ledger.tip)
  const application = new ChainApplication({
    ...{ ledger, pool, store, mempool, admission, view, checkpoints, schedule, clock },
    limits: { transactions: configuration.block.transactions, bytes: configuration.block.bytes },
    onCommit: committed => {
      if (state.live) onCommit(committed)
    },
  })
  const engine = new SoloEngine({
    chainId: `omg-${domain.chainId}-${domain.verifyingContract}`,
    validator: engineValidators.find(({ address }) => signer && sameBytes(address, signer.address)) ?? {
      address: fromHex(signer?.address ?? '0x'),
      power: 1n,
    },
    intervalMilliseconds: configuration.block.intervalMilliseconds,
    ...(configuration.block.emptyMilliseconds > 0
      ? { emptyBlockMilliseconds: configuration.block.emptyMilliseconds }
      : {}),
    hasWork: () => state.halted === undefined && application.hasWork(),
    clock,
    onError: error => logger.error({ code: error.code, cause: error.cause }, error.message),
  })
  const follower = new EthereumFollower({
    source: sourceOf(connection, view.cursor),
    view,
    pollMilliseconds: configuration.ethereum.pollMilliseconds,
    usedOrigin: () => ledger.tip.origin,
    onAdvance: accepted => {
      acceptAll(accepted, services, logger)
      engine.wake()
    },
    onRollBack: () => undefined,
    onHalt: error => {
      state.halted = error
      logger.fatal({ code: error.code }, error.message)
    },
  })
  const sink = sinkOf(connection)
  const submitter = sink
    ? new CheckpointSubmitter({
        sink,
        checkpoints,
        newestClosed: () => ledger.tip.checkpoint - 1n,
        onSubmitted: checkpoint => logger.info({ checkpoint: String(checkpoint) }, 'checkpoint accepted'),
        onError: error => logger.warn({ code: error.code }, error.message),
      })
    : undefined
  const blocks = new BlockReader(store, domain)
  const proofs = new ProofReader({ store, blocks, view, domain, live: id => ledger.unspent.get(id) })
  const services: NodeServices = {
    ...{
      configuration,
      deployment,
      parameters,
      domain,
      ledger,
      pool,
      store,
      mempool,
      admission,
      view,
      checkpoints,
    },
    ...{ schedule, blocks, proofs, events },
    activity: new ActivityReader(blocks, pool),
    outputs: new OutputReader(store, ledger, view),
    validators: validatorSet.validators,
    engine: () => engine.status(),
    follower: () => follower.status(),
    submitter: () => submitter?.status(),
    halted: () => state.halted,
    startedAt: Date.now(),
  }
  const pruner = configuration.mode === 'pruned' ? new Pruner(services, logger) : undefined

  function onCommit(committed: CommittedBlock): void {
    const { block, records } = committed.execution
    logger.debug({ height: Number(block.height), transactions: records.length }, 'block')
    events.emit('block', committed)
    if (!committed.closed) return
    logger.info(
      { checkpoint: String(committed.closed.number), transactions: committed.closed.txCount },
      'checkpoint closed',
    )
    submitter?.wake()
    pruner?.wake()
  }

  return {
    ...{ services, application, engine, follower, submitter },
    setLive: () => {
      state.live = true
    },
    drain: () => {
      state.stopping = nodeError('node.stopped', 'The node is stopping.')
      return drain(services, engine)
    },
    tick: () => {
      if (state.halted === undefined && application.hasWork()) engine.wake()
    },
  }
}

interface NodeState {
  halted: OmgError | undefined
  stopping: OmgError | undefined
  /** Recovery is over: blocks are news. */
  live: boolean
}

function restoreLedger(parameters: LedgerParameters, store: ChainStore): Ledger {
  const state = store.flushedState()
  if (!state) return new Ledger(parameters)
  const unspent = new UnspentSet()
  for (const entry of store.flushedEntries()) unspent.add(entry)
  return new Ledger(parameters, { unspent, state })
}

/** Ethereum has accepted checkpoints, finally: from here on their outputs are committed. */
function acceptAll(accepted: readonly SeenCheckpoint[], services: NodeServices, logger: Logger): void {
  for (const { number, headerHash, block, time } of accepted) {
    const checkpoint = services.checkpoints.get(number)
    if (!checkpoint) continue
    if (checkpoint.headerHash !== headerHash) {
      logger.fatal({ checkpoint: String(number) }, 'Ethereum accepted another header than ours')
      continue
    }
    services.store.putCheckpoint({ ...checkpoint, accepted: { block, time } })
    services.events.emit('accepted', number)
  }
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

/** While the disk is full nothing is taken: it could not be kept. */
function diskProblem(engine: SoloEngine): OmgError | undefined {
  const { stalled } = engine.status()
  return stalled?.code === 'store.full' ? nodeError('store.full', stalled.message) : undefined
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

function sameBytes(bytes: Uint8Array, hex: Hex): boolean {
  return Buffer.compare(bytes, fromHex(hex)) === 0
}
