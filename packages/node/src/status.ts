import type { Tip } from '@omg/ledger'
import { type OmgError, unpackLanes } from '@omg/protocol'
import { type NodeErrorCode, nodeError } from './errors.ts'
import type { NodeServices } from './services.ts'

/** Seconds without an answer of Ethereum after which that is an alarm. */
const ETHEREUM_SILENCE_SECONDS = 60

/** Everything that an operator, a watcher or a wallet wants to know at one glance. Numbers of the chain as strings. */
export function describeStatus(services: NodeServices) {
  const { ledger, store, mempool, admission, view, configuration, checkpoints } = services
  const { tip } = ledger
  const engine = services.engine()
  const follower = services.follower()
  const submitter = services.submitter()
  return {
    height: String(tip.height),
    time: String(tip.time),
    appHash: tip.appHash,
    checkpoint: String(tip.checkpoint),
    origin: String(tip.origin),
    inboxCursor: String(tip.inboxCursor),
    transactions: String(store.totalTransactions),
    unspentOutputs: ledger.unspent.size,
    // By lane, in its units: what the open checkpoint and the one before have taken and nobody has been paid yet.
    undistributedFees: undistributed(tip).map(String),
    liveOrders: ledger.orders.liveOrders,
    mode: configuration.mode,
    uptimeSeconds: Math.floor((Date.now() - services.startedAt) / 1000),
    engine: { ...engine, height: String(engine.height) },
    mempool: { transactions: mempool.size, bytes: mempool.bytes, waitingBytes: admission.waitingBytes },
    upgrades: describeUpgrades(services),
    ethereum: {
      head: follower.head === undefined ? null : String(follower.head),
      final: view.newest ? String(view.newest.number) : null,
      inbox: String(view.inboxCount),
      lastAnswer: follower.lastSuccess ? new Date(follower.lastSuccess).toISOString() : null,
    },
    checkpoints: {
      wanted: services.dataModes.wanted,
      dataMode: tip.daMode,
      closed: String(tip.checkpoint - 1n),
      signed: checkpoints.get(tip.checkpoint - 1n)
        ? checkpoints.hasQuorum(checkpoints.get(tip.checkpoint - 1n)!)
        : true,
      accepted: submitter?.accepted === undefined ? null : String(submitter.accepted),
      submitting: submitter?.submitting === undefined ? null : String(submitter.submitting),
    },
    store: { unflushedOperations: store.unflushedOperations },
    alarms: alarms(services).map(alarm => alarm.toJSON()),
  }
}

/** What the next block may hold, and what will change when. */
function describeUpgrades({ upgrades, ledger }: NodeServices) {
  const next = upgrades.next(ledger.tip.height + 1n)
  return {
    inForce: upgrades.at(ledger.tip.height + 1n),
    next: next ? { height: String(next.height), parameters: next.parameters } : null,
  }
}

function undistributed({ feeLanes, feesToDistribute }: Tip): bigint[] {
  const open = unpackLanes(feeLanes)
  return unpackLanes(feesToDistribute).map((lane, i) => lane + open[i]!)
}

/** What is wrong at the moment, worst first. */
export function alarms(services: NodeServices): OmgError[] {
  const found: OmgError[] = []
  const add = (error: OmgError | undefined) => {
    if (error && !found.some(({ code, message }) => code === error.code && message === error.message))
      found.push(error)
  }
  add(services.halted())
  add(services.unsigned())
  add(services.renewal.stranded)
  const { stalled, voteless } = services.engine()
  if (voteless) add(nodeError(voteless.code as NodeErrorCode, voteless.message))
  if (stalled) add(nodeError('node.stalled', `No blocks at the moment: ${stalled.code}: ${stalled.message}`))
  if (services.store.flushError) {
    add(nodeError('store.behind', `The tables are behind the log: ${services.store.flushError.message}`))
  }
  const follower = services.follower()
  add(follower.error)
  const silent = (Date.now() - (follower.lastSuccess ?? services.startedAt)) / 1000
  if (silent > ETHEREUM_SILENCE_SECONDS) {
    add(nodeError('ethereum.unavailable', `Ethereum has not answered for ${Math.floor(silent)} s.`))
  }
  add(services.submitter()?.error)
  if (services.submitter()) add(services.dataModes.problem(services.view.newest?.number))
  add(originAlarm(services))
  return found
}

/** R4: a checkpoint whose origin is too old when it arrives is refused by Ethereum for ever. */
function originAlarm({
  ledger,
  checkpoints,
  view,
  deployment,
  submitter,
}: NodeServices): OmgError | undefined {
  const next = submitter()?.accepted === undefined ? undefined : checkpoints.get(submitter()!.accepted! + 1n)
  const newest = view.newest
  if (!next || !newest || next.number >= ledger.tip.checkpoint) return undefined
  const age = newest.number - checkpoints.header(next).origin
  const limit = BigInt(deployment.parameters.maxOriginAgeBlocks)
  if (age * 2n < limit) return undefined
  const message = `The origin of checkpoint ${next.number} is ${age} blocks old; Ethereum accepts ${limit}.`
  return nodeError('checkpoint.late', message)
}
