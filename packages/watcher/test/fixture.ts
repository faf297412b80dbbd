import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Deployment, devnetParameters } from '@omg/rootchain'
import { testPrivateKey } from '@omg/rootchain/testing'
import type { WatcherView } from '../src/api/view.ts'
import { type Configuration, loadConfiguration } from '../src/configuration/configuration.ts'
import { type RunningWatcher, startWatcher } from '../src/watcher.ts'

/** A test that waits longer says what for, before its own time-out ends it without a word. */
const UNTIL_MILLISECONDS = 100_000
/** Time-out of tests on a real Ethereum, in milliseconds. */
export const PATIENCE = 170_000

/** Windows of an hour: nothing may expire because a machine is slow. */
export const SLOW = devnetParameters({ minFinalizationPeriod: 3600 })

/** Test account whose key the watcher uses. */
export const WATCHER = 7

export interface TestWatcherOptions extends Partial<Configuration> {
  readonly deploymentRecord: Deployment
  readonly ethereum: string[]
  readonly node: string[]
}

export interface TestWatcher extends RunningWatcher, AsyncDisposable {
  readonly directory: string
  /** `code subject` of every standing alarm. */
  standing(): string[]
  /** Resolves when the condition holds; the test's own time-out is the limit. */
  until(what: string, condition: () => boolean): Promise<void>
}

/** The configuration of a watcher in a test: quick rounds, no graces, a free port. */
export function testConfiguration({ deploymentRecord: _, ...options }: TestWatcherOptions): Configuration {
  const base = loadConfiguration({
    flags: {
      ...{ deployment: 'none', ethereum: options.ethereum, node: options.node, port: 0, workers: 0 },
      ...{
        pollMilliseconds: 20,
        turnSeconds: 0,
        dataGraceSeconds: 0,
        nodeGraceSeconds: 0,
        providerGraceSeconds: 0,
      },
      ...{
        submissionGraceSeconds: 3600,
        headAgeSeconds: 0,
        logLevel: 'silent',
        key: testPrivateKey(WATCHER),
      },
      dataDirectory: options.dataDirectory ?? mkdtempSync(join(tmpdir(), 'watcher-')),
    },
  })
  return { ...base, ...options }
}

/** Starts a watcher that dies with the test. Its directory survives `stop`, so that it can be started again. */
export async function startTestWatcher(options: TestWatcherOptions): Promise<TestWatcher> {
  const configuration = testConfiguration(options)
  const watcher = await startWatcher({ ...configuration, deploymentRecord: options.deploymentRecord })
  let stopped: Promise<void> | undefined
  const stop = () => {
    stopped ??= watcher.stop()
    return stopped
  }
  return {
    ...watcher,
    stop,
    directory: configuration.dataDirectory,
    standing: () => watcher.view.alarms.standing().map(({ code, subject }) => `${code} ${subject}`),
    async until(what, condition) {
      for (let waited = 0; !condition(); waited += 20) {
        if (waited > UNTIL_MILLISECONDS)
          throw new Error(`still waiting: ${what}; ${describeView(watcher.view)}`)
        await new Promise(resolve => setTimeout(resolve, 20))
      }
    },
    async [Symbol.asyncDispose]() {
      await stop()
      rmSync(configuration.dataDirectory, { recursive: true, force: true })
    },
  }
}

/** What a person would look at first when a test waits for nothing. */
function describeView({ alarms, claims, disputes }: WatcherView): string {
  const facts = { alarms: alarms.standing(), claims: [...claims()], disputes: [...disputes()] }
  return JSON.stringify(facts, (_, value) => (typeof value === 'bigint' ? value.toString() : value))
}
