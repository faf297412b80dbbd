import type { Ledger } from '@omg/ledger'
import { readEntry } from '@omg/ledger'
import { type Address, fail, fromHex, isDepositPosition, ok, parsePosition } from '@omg/protocol'
import { getBonds, getExitableAt, getExitQueue, type RootChain } from '@omg/rootchain'
import type { AlarmBook } from './alarm/book.ts'
import type { Status, WatcherView } from './api/view.ts'
import type { Checkpoints } from './chain/checkpoints.ts'
import type { Follower } from './chain/follower.ts'
import type { Customers } from './customer/customers.ts'
import { watcherError } from './error.ts'
import type { EthereumFollower } from './ethereum/follower.ts'
import type { Records } from './ethereum/records.ts'
import { estimateExit } from './guard/estimate.ts'
import type { Evidence } from './guard/evidence.ts'
import type { Guard } from './guard/guard.ts'
import type { Heartbeat } from './heartbeat.ts'
import type { Store } from './store/store.ts'

export interface ViewParts {
  readonly alarms: AlarmBook
  readonly rootChain: RootChain
  readonly records: Records
  readonly checkpoints: Checkpoints
  readonly ledger: Ledger
  readonly follower: Follower
  readonly ethereum: EthereumFollower
  readonly guard: Guard
  readonly customers: Customers
  readonly evidence: Evidence
  readonly store: Store
  readonly heartbeat: Heartbeat
  readonly executed: { readonly blocks: number; readonly transactions: number }
  readonly watcher: Address | null
  readonly metrics: () => Promise<string>
}

/** The whole watcher as its API sees it. */
export function createView(parts: ViewParts): WatcherView {
  const { alarms, records, guard, customers, evidence } = parts
  return {
    alarms,
    status: () => statusOf(parts),
    claims: () => records.docket.claims().values(),
    disputes: () => guard.disputes(),
    exitData: owner => customers.exitData(owner),
    estimate: ({ outputId }) => estimate(parts, outputId),
    delegate: delegation => customers.delegate(delegation),
    addEvidence: signed => evidence.add(signed),
    metrics: parts.metrics,
  }
}

function statusOf(parts: ViewParts): Status {
  const { ledger, follower, records, checkpoints, ethereum, customers, heartbeat, alarms, store, executed } =
    parts
  const { tip, unspent } = ledger
  const claims = [...records.docket.claims().values()]
  return {
    watcher: parts.watcher,
    chain: {
      state: follower.state,
      height: tip.height,
      headHeight: follower.head,
      appHash: tip.appHash,
      checkpoint: tip.checkpoint,
      unspentOutputs: unspent.size,
      blocksExecuted: executed.blocks,
      transactionsExecuted: executed.transactions,
    },
    ethereum: {
      block: records.head(),
      time: records.time(),
      lastCheckpoint: records.lastCheckpoint()?.number ?? 0n,
      lastAgreedCheckpoint: checkpoints.lastAgreed(),
      providers: ethereum.sources().map(({ url, state, reason }) => ({ url, state, reason: reason ?? null })),
    },
    customers: customers.count,
    delegations: customers.delegations().length,
    openExits: claims.filter(({ kind, state }) => kind === 'exit' && state === 'open').length,
    standingAlarms: alarms.standing().length,
    evidence: store.evidenceCount,
    heartbeat: heartbeat.ages(),
    alive: heartbeat.alive(),
  }
}

type EstimateResult = ReturnType<WatcherView['estimate']>

async function estimate(
  { ledger, rootChain, records }: ViewParts,
  outputId: Parameters<WatcherView['estimate']>[0]['outputId'],
): EstimateResult {
  const entry = ledger.unspent.get(fromHex(outputId))
  if (entry === undefined) return fail(watcherError('request.unknown', `${outputId} is not a live output`))
  const { output, position } = readEntry(entry)
  const checkpoint = isDepositPosition(position) ? 0n : parsePosition(position).checkpoint
  if (checkpoint > (records.lastCheckpoint()?.number ?? 0n)) {
    return fail(watcherError('request.uncommitted', `checkpoint ${checkpoint} is not on Ethereum yet`))
  }
  try {
    const items = output.type === 'item'
    const [exitableAt, queue, bonds, block] = await Promise.all([
      getExitableAt(rootChain, { checkpoint }),
      getExitQueue(rootChain, { token: output.token, items, limit: 1 }),
      getBonds(rootChain),
      rootChain.ethereum.getBlock(),
    ])
    return ok(
      estimateExit({
        exitableAt,
        ahead: Number(queue.length),
        bond: bonds.standardExit,
        baseFee: block.baseFeePerGas ?? 0n,
        now: block.timestamp,
      }),
    )
  } catch (error) {
    return fail(watcherError('ethereum.unavailable', 'no provider answers', error))
  }
}
