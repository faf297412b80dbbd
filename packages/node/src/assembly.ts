import { join } from 'node:path'
import { Ledger, type LedgerParameters, type MapPool, seasoningOf, UnspentSet } from '@omg/ledger'
import { consensusChainId, fromHex, type OmgError } from '@omg/protocol'
import { type Deployment, lateOriginsOf } from '@omg/rootchain'
import { openArchive } from '@omg/rootchain/blobs'
import type { Kzg } from '@omg/rootchain/kzg'
import type { Logger } from 'pino'
import { announce, tellAccepted } from './announcements.ts'
import { ChainApplication, type CommittedBlock } from './application/application.ts'
import { Checkpoints } from './application/checkpoints.ts'
import { DataModes } from './application/data-modes.ts'
import { ExchangeWork } from './application/exchange-work.ts'
import { LostCheckpoints } from './application/lost-checkpoints.ts'
import { Participation } from './application/participation.ts'
import { Publication } from './application/publication.ts'
import { Renewal } from './application/renewal.ts'
import { policyOf, Schedule } from './application/schedule.ts'
import { signedOf } from './application/signed-checkpoint.ts'
import type { CheckpointSigner, SigningRecord } from './application/signing.ts'
import { TwoHeadersWatch } from './application/two-headers.ts'
import type { Configuration } from './configuration/schema.ts'
import { DeadManSwitches } from './dead-man/switches.ts'
import { drain } from './drain.ts'
import { configuredEngine, type EngineFactory, type EngineWanted } from './engines/configured.ts'
import type { ConsensusEngine } from './engines/engine.ts'
import { nodeError } from './errors.ts'
import { NodeEvents } from './events.ts'
import { Admission } from './mempool/admission.ts'
import { Mempool } from './mempool/mempool.ts'
import { Outbox } from './mempool/outbox.ts'
import { Refusals } from './mempool/refusals.ts'
import { Pruner } from './pruner.ts'
import { ActivityReader } from './reader/activity.ts'
import { BlockReader } from './reader/blocks.ts'
import { InstructionReader } from './reader/instructions.ts'
import { OrderActivity } from './reader/order-activity.ts'
import { OrderReader } from './reader/orders.ts'
import { OutputReader } from './reader/outputs.ts'
import { ProofReader } from './reader/proofs.ts'
import { type RootChainConnection, relayOf, sinkOf, sourceOf } from './rootchain/connection.ts'
import { EthereumFollower } from './rootchain/follower.ts'
import { Offences } from './rootchain/offences.ts'
import { CheckpointSubmitter } from './rootchain/submitter.ts'
import { isQuorum, type ValidatorSet } from './rootchain/validator-sets.ts'
import { EthereumView } from './rootchain/view.ts'
import type { NodeServices } from './services.ts'
import { Snapshots } from './snapshot/snapshots.ts'
import type { ChainStore } from './store/store.ts'
import type { Upgrades } from './upgrades.ts'

const GWEI = 1_000_000_000n

/** What a node is made of that has a life of its own: opened before, closed after. */
export interface NodeParts {
  readonly configuration: Configuration
  readonly logger: Logger
  /** Seconds since 1970. */
  readonly clock: () => bigint
  readonly deployment: Deployment
  readonly connection: RootChainConnection
  readonly parameters: LedgerParameters
  readonly store: ChainStore
  readonly pool: MapPool
  readonly kzg: Kzg
  /** What blocks may hold, by height. */
  readonly upgrades: Upgrades
  /** The first validator set of the chain. */
  readonly validatorSet: ValidatorSet
  /** Undefined where this node only follows. */
  readonly signer: CheckpointSigner | undefined
  /** What that key has signed, where it is kept here. */
  readonly signingRecord: Pick<SigningRecord, 'note'> | undefined
  /** Checkpoints from one snapshot to the next; the same for all nodes of a chain. */
  readonly snapshotCheckpoints: bigint | undefined
  /** Makes the engine; `solo` where absent. */
  readonly engine: EngineFactory | undefined
}

/** A node put together. Nothing runs yet. */
export interface NodeAssembly {
  readonly services: NodeServices
  readonly application: ChainApplication
  readonly engine: ConsensusEngine
  readonly follower: EthereumFollower
  readonly submitter: CheckpointSubmitter | undefined
  readonly offences: Offences | undefined
  /** Recovery is over: blocks are news from here on. */
  setLive(): void
  /** What a crash has left undone at this very state is done before blocks are replayed. */
  resume(): Promise<void>
  /** Nothing waits for Ethereum any longer, so the engine can stop. */
  abandon(): void
  /** The engine has stopped: what is being written is finished. */
  settle(): Promise<void>
  /** Takes nothing more, and closes what is open. */
  drain(): ReturnType<typeof drain>
  /** Wakes the engine if something is due by time. */
  tick(): void
}

interface NodeState {
  halted: OmgError | undefined
  stopping: OmgError | undefined
  /** Recovery is over: blocks are news. */
  live: boolean
  /** Why checkpoints are not signed. */
  unsigned: OmgError | undefined
}

type Chain = ReturnType<typeof createChain>

/** Puts a node together. */
export function assemble(parts: NodeParts): NodeAssembly {
  const { configuration, logger, clock, store, pool } = parts
  const state: NodeState = { halted: undefined, stopping: undefined, live: false, unsigned: undefined }
  const chain = createChain(parts, {
    onAdmitted: () => engine.wake(),
    refuse: () => state.halted ?? state.stopping ?? diskProblem(engine),
  })
  const application = new ChainApplication({
    ...{ ...chain, store, pool, clock, upgrades: parts.upgrades },
    restoreDirectory: join(configuration.dataDirectory, 'restore'),
    onTakeOver: () => chain.orders.reload(),
    limits: { transactions: configuration.block.transactions, bytes: configuration.block.bytes },
    onApply: execution => {
      chain.orders.apply(execution)
      chain.orderActivity.apply(execution)
    },
    onCommit: committed => {
      if (state.live) onCommit(committed)
    },
    onSealed: () => submitter?.wake(),
    onDoubleVote: async height => offences?.note(height),
    onRefused: error => {
      // A signer that is away says so itself for as long as it is.
      if (error.code !== 'signer.unavailable') state.unsigned = error
      logger.error({ code: error.code }, error.message)
    },
  })
  const engine = createEngine(parts, application, state)
  const submitter = createSubmitter(parts, chain)
  const offences = createOffences(parts, chain, engine)
  const services: NodeServices = {
    ...createServices(parts, chain),
    engine: () => engine.status(),
    follower: () => follower.status(),
    submitter: () => submitter?.status(),
    offences: () => offences,
    halted: () => state.halted,
    unsigned: () => state.unsigned ?? parts.signer?.problem,
    startedAt: Date.now(),
  }
  const follower = createFollower(parts, services, engine, state)
  const pruner = configuration.mode === 'pruned' ? new Pruner(services, logger) : undefined

  function onCommit(committed: CommittedBlock): void {
    announce(committed, services, logger)
    if (committed.closed || committed.renewed.length > 0) submitter?.wake()
    if (committed.closed) pruner?.wake()
  }

  /** Then nobody closes a checkpoint that we leave open; others go on with theirs. */
  function isAlone(): boolean {
    const { view, ledger } = chain
    const { signer } = parts
    return signer !== undefined && isQuorum(view.validators.at(ledger.tip.origin), [signer.address])
  }

  return {
    ...{ services, application, engine, follower, submitter, offences },
    setLive: () => {
      state.live = true
    },
    resume: () => chain.snapshots.applied(),
    abandon: () => chain.view.abandon(),
    settle: () => chain.snapshots.close(),
    drain: () => {
      state.stopping = nodeError('node.stopped', 'The node is stopping.')
      return isAlone() ? drain(services, engine) : Promise.resolve()
    },
    tick: () => {
      if (state.halted === undefined) chain.deadMan.tick()
      if (state.halted === undefined && application.hasWork()) engine.wake()
    },
  }
}

/** The state of the chain, what is read of Ethereum, and what waits for a block. */
function createChain(
  parts: NodeParts,
  hooks: Pick<ConstructorParameters<typeof Admission>[0], 'onAdmitted' | 'refuse'>,
) {
  const { configuration, logger, clock, deployment, parameters, store, pool, kzg, validatorSet, signer } =
    parts
  const { signingRecord } = parts
  const ledger = restoreLedger(parameters, store, pool)
  store.attach(ledger.unspent, ledger.tip.height)
  const view = new EthereumView(store.tables, seasoningOf(deployment.parameters), validatorSet)
  const { domain } = parameters
  const checkpoints = new Checkpoints({
    ...{ store, domain, signer, sets: () => view.validators },
    lastAccepted: (origin = view.newest?.number) => (origin === undefined ? 0n : view.lastAccepted(origin)),
    onOwnSeal: header => signingRecord?.note([signedOf(header)]),
  })
  const { blobArchive } = configuration.checkpoint
  const archive = blobArchive === undefined ? undefined : openArchive(blobArchive)
  const publication = new Publication(store, kzg, archive)
  const { maxOriginAgeBlocks } = deployment.parameters
  const dataModes = new DataModes({
    wanted: configuration.checkpoint.dataMode,
    maximumFeePerBlobGas: BigInt(configuration.checkpoint.blobFeeGwei) * GWEI,
    maxOriginAgeBlocks: BigInt(maxOriginAgeBlocks),
  })
  const policy = policyOf(configuration.checkpoint, maxOriginAgeBlocks)
  const lost = new LostCheckpoints({
    ...{ checkpoints, view, tip: () => ledger.tip },
    maxOriginAgeBlocks: policy.maxOriginAgeBlocks,
  })
  const isLost = (origin?: bigint) => lost.isLost(origin)
  const schedule = new Schedule(policy, { view, dataModes, tip: ledger.tip, isLost })
  const lateOrigins = lateOriginsOf(deployment.parameters)
  const renewal = new Renewal({ store, ledger, checkpoints, view, domain, lateOrigins })
  const twoHeaders = new TwoHeadersWatch({
    ...{ checkpoints, domain, sets: () => view.validators, facts: store.tables.meta },
    newestClosed: () => ledger.tip.checkpoint - 1n,
    maxOriginAgeBlocks: policy.maxOriginAgeBlocks,
  })
  const participation = new Participation(store.tables)
  // R6, R9: locks, markets and seasoning of the next block; where no checkpoint is open, its origin is newer than the tip's.
  const mempool = new Mempool({
    check: (record, pending) => {
      const { origin, originTime } = schedule.origin(ledger.tip)
      const exchange = view.exchange(origin, originTime)
      return ledger.checkTransaction(record, view.locked(origin), pending, exchange)
    },
    feeTokens: () => ledger.inForce.feeTokens,
    limits: configuration.mempool,
  })
  const isAlone = () => {
    const { validators } = view.validators.at(ledger.tip.origin)
    return validators.length === 1 && validators[0]!.address === signer?.address
  }
  const outbox = new Outbox(isAlone)
  const admission = new Admission({ ledger, pool, mempool, outbox, ...hooks })
  const snapshots = new Snapshots({
    directory: join(configuration.dataDirectory, 'snapshots'),
    ...{ store, ledger, checkpoints, every: parts.snapshotCheckpoints },
    onError: error => logger.error({ err: error }, 'snapshot'),
  })
  const orders = new OrderReader(ledger)
  const orderActivity = new OrderActivity(ledger, view)
  const exchangeWork = new ExchangeWork({ ledger, view, schedule })
  const deadMan = new DeadManSwitches({
    ...{ table: store.tables.switches, pool, ledger, admission, clock },
    originTime: () => schedule.origin(ledger.tip).originTime,
    onFired: (id, results) => logger.info({ id: id.slice(0, 10), ...results }, 'dead-man switch fired'),
    onFailed: (id, error) => logger.error({ id: id.slice(0, 10), err: error }, 'dead-man switch failed'),
  })
  return {
    ...{
      ledger,
      view,
      checkpoints,
      dataModes,
      publication,
      schedule,
      exchangeWork,
      renewal,
      lost,
      twoHeaders,
      participation,
    },
    ...{ mempool, admission, outbox, snapshots, orders, orderActivity, deadMan },
  }
}

/** What makes blocks. */
function createEngine(
  { configuration, parameters, clock, logger, signer, engine, validatorSet }: NodeParts,
  application: ChainApplication,
  state: NodeState,
): ConsensusEngine {
  const { domain } = parameters
  const wanted: EngineWanted = {
    chainId: consensusChainId(domain),
    validator: { address: fromHex(signer?.address ?? '0x'), power: 1n },
    hasWork: () => state.halted === undefined && application.hasWork(),
    onError: error => logger.error({ code: error.code, err: error.cause }, error.message),
  }
  if (engine) return engine(wanted)
  return configuredEngine({ wanted, configuration, clock, logger, validatorSet, signer: signer?.address })
}

/** What reads Ethereum. */
function createFollower(
  { configuration, connection, logger, signingRecord }: NodeParts,
  services: NodeServices,
  engine: ConsensusEngine,
  state: NodeState,
): EthereumFollower {
  const { ledger, view } = services
  return new EthereumFollower({
    source: sourceOf(connection, view.cursor),
    view,
    pollMilliseconds: configuration.ethereum.pollMilliseconds,
    usedOrigin: () => ledger.tip.origin,
    onAdvance: accepted => {
      signingRecord?.note(accepted)
      tellAccepted(accepted, services, logger)
      engine.wake()
    },
    onRollBack: () => undefined,
    onHalt: error => {
      state.halted = error
      logger.fatal({ code: error.code }, error.message)
    },
  })
}

/** What writes to Ethereum; undefined where the node does not submit. */
function createSubmitter(
  { configuration, connection, logger, signer }: NodeParts,
  { ledger, checkpoints, publication, dataModes }: Chain,
): CheckpointSubmitter | undefined {
  const sink = sinkOf(connection)
  if (!sink && dataModes.wanted === 'blob') {
    throw nodeError(
      'config.invalid',
      'checkpoint.dataMode: blob is for the node that submits, with checkpoint.submit and a key',
    )
  }
  if (!sink) return undefined
  return new CheckpointSubmitter({
    ...{ sink, checkpoints, publication, dataModes },
    newestClosed: () => ledger.tip.checkpoint - 1n,
    validator: signer?.address,
    takeoverMilliseconds: configuration.checkpoint.takeoverSeconds * 1_000,
    onSubmitted: checkpoint => logger.info({ checkpoint: String(checkpoint) }, 'checkpoint accepted'),
    onError: error => logger.warn({ code: error.code }, error.message),
  })
}

/** What knows of double votes, and takes them to Ethereum where the node submits; undefined where one engine cannot vote twice. */
function createOffences(
  { connection, logger, store }: NodeParts,
  { checkpoints }: Chain,
  engine: ConsensusEngine,
): Offences | undefined {
  const relay = relayOf(connection, height => {
    const place = store.block(height)
    const checkpoint = place && checkpoints.get(BigInt(place.checkpoint))
    return checkpoint && checkpoints.header(checkpoint)
  })
  const evidenceAt = engine.evidenceAt?.bind(engine)
  if (!evidenceAt) return undefined
  return new Offences({
    ...{ tables: store.tables, evidenceAt, relay },
    onRelayed: height => logger.warn({ height: Number(height) }, 'a double vote is on Ethereum'),
    onError: error => logger.warn({ code: error.code, err: error.cause }, error.message),
  })
}

/** What answers questions. */
function createServices(
  { configuration, deployment, parameters, store, pool, upgrades }: NodeParts,
  chain: Chain,
): Omit<
  NodeServices,
  'engine' | 'follower' | 'submitter' | 'offences' | 'halted' | 'unsigned' | 'startedAt'
> {
  const { ledger, view } = chain
  const { domain } = parameters
  const blocks = new BlockReader(store, domain)
  return {
    ...{ configuration, deployment, parameters, domain, store, pool, upgrades },
    ...chain,
    blocks,
    events: new NodeEvents(),
    refusals: new Refusals(),
    proofs: new ProofReader({ store, blocks, view, domain, live: id => ledger.unspent.get(id) }),
    activity: new ActivityReader(blocks, pool),
    instructions: new InstructionReader(store, blocks),
    outputs: new OutputReader(store, ledger, view),
  }
}

function restoreLedger(parameters: LedgerParameters, store: ChainStore, pool: MapPool): Ledger {
  const state = store.flushedState()
  if (!state) return new Ledger(parameters, { pool })
  const unspent = new UnspentSet()
  for (const entry of store.flushedEntries()) unspent.add(entry)
  return new Ledger(parameters, { unspent, state, orders: store.flushedOrders(), pool })
}

/** While the disk is full nothing is taken: it could not be kept. */
function diskProblem(engine: ConsensusEngine): OmgError | undefined {
  const { stalled } = engine.status()
  return stalled?.code === 'store.full' ? nodeError('store.full', stalled.message) : undefined
}
