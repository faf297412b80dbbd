import type { Nodes } from '@omg/follower'
import { sleep } from '@omg/follower'
import { createMapPool, type Ledger, type MapPool } from '@omg/ledger'
import type { Address, Domain } from '@omg/protocol'
import { lateOriginsOf, type Parameters } from '@omg/rootchain'
import { createKzg } from '@omg/rootchain/kzg'
import type { Logger } from 'pino'
import type { Configuration } from '../configuration/configuration.ts'
import type { Records } from '../ethereum/records.ts'
import type { Store } from '../store/store.ts'
import { Checkpoints } from './checkpoints.ts'
import { LateContents } from './late.ts'
import { chainParameters } from './parameters.ts'
import { CustomerOutputs, Recorder } from './recorder.ts'
import { Replica } from './replica.ts'
import { Snapshots } from './snapshot.ts'

export interface OpenChainParts {
  readonly store: Store
  readonly records: Records
  readonly nodes: Nodes
  readonly domain: Domain
  /** Those of the contracts. */
  readonly parameters: Parameters
  readonly log: Logger
  readonly signal: AbortSignal
  readonly signatureProgram: string | undefined
}

/** The chain as the watcher executes it again, where it stood when the watcher ended. */
export interface Chain {
  readonly ledger: Ledger
  readonly outputs: CustomerOutputs
  readonly recorder: Recorder
  readonly replica: Replica
  readonly checkpoints: Checkpoints
  readonly pool: MapPool
  readonly kzg: ReturnType<typeof createKzg>
}

/** Waits for a node when it starts for the very first time. Errors (thrown): `watcher.chain`, `watcher.store`. */
export async function openChain(options: Configuration, parts: OpenChainParts): Promise<Chain> {
  const { store, records, nodes, domain, log, signal, signatureProgram } = parts
  const ask = () => chainParameters(store, nodes, domain)
  const parameters = await untilKnown(ask, log, options.pollMilliseconds, signal)
  const snapshots = new Snapshots(options.dataDirectory, store)
  const outputs = new CustomerOutputs(options.customers as Address[], store.customerOutputs())
  const recorder = new Recorder(store, snapshots, outputs)
  const onTrouble = (reason: string) =>
    log.warn({ reason }, 'signatures: the program for batches failed, so they are recovered')
  const pool = createMapPool({ ...{ domain, workers: options.workers }, signatureProgram, onTrouble })
  const ledger = await snapshots.restore(parameters, pool)
  const replica = new Replica(ledger, pool, records)
  const kzg = createKzg()
  const { heirs } = ledger.orders
  const late = new LateContents({
    ...{ store, domain, lateOrigins: lateOriginsOf(parts.parameters) },
    lockedAt: origin => records.lockedAt(origin),
    isLocked: (output, locked, spender) => heirs.isLocked(output, locked, spender),
  })
  const maxOriginAgeBlocks = BigInt(parts.parameters.maxOriginAgeBlocks)
  const checkpoints = new Checkpoints({ store, domain, kzg, late, maxOriginAgeBlocks })
  return { ledger, outputs, recorder, replica, checkpoints, pool, kzg }
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
