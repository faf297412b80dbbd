import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { OutputId } from '@omg/protocol'
import { type Deployment, depositEth, devnetParameters, type RootChain } from '@omg/rootchain'
import {
  deployTestNetwork,
  type Ethereum,
  rootChainOf,
  startAnvil,
  testPrivateKey,
} from '@omg/rootchain/testing'
import { afterAll, afterEach, beforeAll, beforeEach, vi } from 'vitest'
import type { WatcherView } from '../src/api/view.ts'
import { type Configuration, loadConfiguration } from '../src/configuration/configuration.ts'
import type { Violation } from '../src/guard/claim.ts'
import { type RunningWatcher, startWatcher } from '../src/watcher.ts'
import { Operator } from './operator.ts'

/** A test that waits longer says what for, before its own time-out ends it without a word. */
const UNTIL_MILLISECONDS = 100_000
/** Time-out of tests on a real Ethereum, in milliseconds. */
export const PATIENCE = 170_000

/** Windows of an hour: nothing may expire because a machine is slow. */
export const SLOW = devnetParameters({ minFinalizationPeriod: 3600 })

/** Test accounts: owners, thieves, and the one whose key the watcher uses. */
export const [ALICE, BOB, CAROL, MALLORY, WATCHER] = [1, 2, 3, 4, 7]
/** What Alice has, in wei. */
export const COIN = 10n ** 18n

export interface TestWatcherOptions extends Partial<Configuration> {
  readonly deploymentRecord: Deployment
  readonly ethereum: string[]
  readonly node: string[]
  /** Wall clock in milliseconds. */
  readonly now?: () => number
}

export interface TestWatcher extends RunningWatcher, AsyncDisposable {
  readonly directory: string
  /** `code subject` of every standing alarm. */
  standing(): string[]
  /** What was wrong and is answered by this watcher. */
  won(): Violation['kind'][]
  /** Resolves when the condition holds; the test's own time-out is the limit. */
  until(what: string, condition: () => boolean): Promise<void>
}

/** The configuration of a watcher in a test: quick rounds, no graces, a free port. */
export function testConfiguration({
  deploymentRecord: _,
  now: __,
  ...options
}: TestWatcherOptions): Configuration {
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
  const { deploymentRecord, now } = options
  const watcher = await startWatcher({ ...configuration, deploymentRecord, ...(now && { now }) })
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
    won: () => [...watcher.view.disputes()].flatMap(({ state, kind }) => (state === 'won' ? [kind] : [])),
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

/** A chain on a real Ethereum that the test has in its hand. */
export interface Scene {
  readonly ethereum: Ethereum
  readonly deployment: Deployment
  readonly operator: Operator
  /** Alice's deposit of `COIN`, committed in checkpoint 1. */
  readonly coin: OutputId
  /** The contracts as a test account sees them. */
  as(index: number): RootChain
  /** A watcher that agrees with the last checkpoint, or with the one given. The test disposes of it. */
  watch(change?: Partial<TestWatcherOptions>, checkpoint?: bigint): Promise<TestWatcher>
  /** Resolves when a watcher agrees with the last checkpoint, or with the one given. */
  agreement(watcher: TestWatcher, checkpoint?: bigint): Promise<void>
}

/** One Ethereum for a test file, and for each test new contracts, a new operator, and a committed coin of Alice's. */
export function useScene(): Scene {
  vi.setConfig({ testTimeout: PATIENCE, hookTimeout: PATIENCE })
  const scene = {
    as: (index: number) => rootChainOf(scene.ethereum, scene.deployment, index),
    async watch(change: Partial<TestWatcherOptions> = {}, checkpoint?: bigint) {
      const { ethereum, deployment, operator } = scene
      const common = { deploymentRecord: deployment, ethereum: [ethereum.url], node: [operator.url] }
      const watcher = await startTestWatcher({ ...common, ...change })
      await scene.agreement(watcher, checkpoint)
      return watcher
    },
    agreement: (watcher: TestWatcher, checkpoint = scene.operator.lastCheckpoint) =>
      watcher.until(
        `agreement with checkpoint ${checkpoint}`,
        () => watcher.view.status().ethereum.lastAgreedCheckpoint === checkpoint,
      ),
  } as { -readonly [Part in keyof Scene]: Scene[Part] }
  beforeAll(async () => {
    scene.ethereum = await startAnvil()
  })
  afterAll(() => scene.ethereum.stop())
  beforeEach(async () => {
    scene.deployment = await deployTestNetwork(scene.ethereum, { parameters: SLOW })
    scene.operator = await Operator.start(scene.ethereum, scene.deployment)
    scene.coin = (await depositEth(scene.as(ALICE), { amount: COIN })).id
    await scene.ethereum.mine(1)
    await scene.operator.checkpoint()
  })
  afterEach(() => scene.operator[Symbol.asyncDispose]())
  return scene
}

/** What a person would look at first when a test waits for nothing. */
function describeView({ alarms, claims, disputes }: WatcherView): string {
  const facts = { alarms: alarms.standing(), claims: [...claims()], disputes: [...disputes()] }
  return JSON.stringify(facts, (_, value) => (typeof value === 'bigint' ? value.toString() : value))
}
