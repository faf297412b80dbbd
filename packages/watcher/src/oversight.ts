import { Worker } from 'node:worker_threads'
import { sleep } from '@omg/follower'
import type { Address } from '@omg/protocol'
import type { RootChain } from '@omg/rootchain'
import type { AlarmBook } from './alarm/book.ts'
import type { Configuration } from './configuration/configuration.ts'
import type { Heartbeat } from './heartbeat.ts'

/** How often the heartbeat is checked and the funds are looked at, in milliseconds. */
const CHECK_MILLISECONDS = 1000
const FUNDS_MILLISECONDS = 30_000

export interface Overseen {
  readonly heartbeat: Heartbeat
  readonly alarms: AlarmBook
  readonly rootChain: RootChain
  readonly watcher: Address | null
  readonly signal: AbortSignal
}

/** Checks the heartbeat, feeds the watchdog thread, and looks at the funds, until the signal. */
export async function watchOverWatcher(options: Configuration, overseen: Overseen): Promise<void> {
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
