import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type {
  Application,
  ConsensusEngine,
  FinalizeBlockRequest,
  ProposalRequest,
  VoteExtension,
} from './engine.ts'

export interface EngineUnderTest {
  engine: ConsensusEngine
  /** Removes what the engine has set up. */
  clean?: () => Promise<void>
}

/** Makes an engine with one validator that asks `hasWork` whether a block is wanted. */
export type EngineFactory = (hasWork: () => boolean) => Promise<EngineUnderTest>

/** An application that records its calls and keeps its state over restarts of the engine. */
export class RecordingApplication implements Application {
  readonly calls: string[] = []
  readonly blocks: ProposalRequest[] = []
  readonly lastCommits: (readonly VoteExtension[])[] = []
  waiting: Uint8Array[] = []
  /** Commits that fail before one works. */
  failCommits = 0
  refuseProposals = 0
  #finalized: FinalizeBlockRequest | undefined

  async info() {
    this.calls.push('info')
    return {
      version: 'recording',
      lastBlockHeight: BigInt(this.blocks.length),
      lastBlockAppHash: this.#appHash(),
    }
  }

  async initChain() {
    this.calls.push('initChain')
    return { appHash: this.#appHash() }
  }

  async checkTx() {
    return { code: 0 }
  }

  async insertTx() {
    return { code: 0 }
  }

  async reapTxs() {
    return { txs: [] }
  }

  async prepareProposal(request: { height: bigint; localLastCommit: readonly VoteExtension[] }) {
    this.calls.push(`prepareProposal ${request.height}`)
    this.lastCommits.push(request.localLastCommit)
    return { txs: this.waiting.length > 0 ? [...this.waiting] : [] }
  }

  async processProposal(request: ProposalRequest) {
    this.calls.push(`processProposal ${request.height}`)
    return { accept: this.refuseProposals-- <= 0 }
  }

  async extendVote(request: ProposalRequest) {
    this.calls.push(`extendVote ${request.height}`)
    return { extension: Uint8Array.of(Number(request.height)) }
  }

  async verifyVoteExtension(request: { height: bigint; extension: Uint8Array }) {
    return { accept: request.extension[0] === Number(request.height) }
  }

  async finalizeBlock(request: FinalizeBlockRequest) {
    this.calls.push(`finalizeBlock ${request.height}`)
    this.#finalized = request
    return {
      appHash: this.#appHash(1),
      txResults: request.txs.map(() => ({ code: 0 })),
      validatorUpdates: [],
    }
  }

  async commit() {
    if (this.failCommits-- > 0) throw new Error('the disk said no')
    this.calls.push(`commit ${this.#finalized!.height}`)
    this.blocks.push(this.#finalized!)
    this.waiting = []
    return { retainHeight: 0n }
  }

  async listSnapshots() {
    return []
  }

  async offerSnapshot() {
    return { accept: false }
  }

  async loadSnapshotChunk() {
    return new Uint8Array(0)
  }

  async applySnapshotChunk() {
    return { result: 'abort' as const }
  }

  #appHash(more = 0): Uint8Array {
    return Uint8Array.of(this.blocks.length + more)
  }
}

/** What every engine does for every application. */
export function engineConformance(name: string, factory: EngineFactory): void {
  describe(`${name} engine`, () => {
    let application: RecordingApplication
    let current: EngineUnderTest
    const hasWork = () => application.waiting.length > 0

    beforeEach(async () => {
      application = new RecordingApplication()
      current = await factory(hasWork)
    })
    afterEach(async () => {
      await current.engine.stop()
      await current.clean?.()
    })

    async function decide(tx: Uint8Array): Promise<void> {
      const height = application.blocks.length
      application.waiting = [tx]
      current.engine.wake()
      await until(() => application.blocks.length > height)
    }

    test('asks for the application state first, and starts the chain once', async () => {
      await current.engine.start(application)
      expect(application.calls.slice(0, 2)).toEqual(['info', 'initChain'])
      await decide(Uint8Array.of(1))
      await current.engine.stop()
      current = await factory(hasWork)
      await current.engine.start(application)
      await decide(Uint8Array.of(2))
      expect(application.calls.filter(call => call === 'initChain')).toHaveLength(1)
    })

    test('goes through every step of a height, in order', async () => {
      await current.engine.start(application)
      await decide(Uint8Array.of(1))
      const steps = application.calls.filter(call => call.endsWith(' 1'))
      expect(steps).toEqual([
        'prepareProposal 1',
        'processProposal 1',
        'extendVote 1',
        'finalizeBlock 1',
        'commit 1',
      ])
    })

    test('decides what was proposed, with heights that have no gap and times that do not go back', async () => {
      await current.engine.start(application)
      for (let i = 1; i <= 3; i++) await decide(Uint8Array.of(i, i))
      expect(application.blocks.map(({ height }) => height)).toEqual([1n, 2n, 3n])
      expect(application.blocks.map(({ txs }) => txs)).toEqual([1, 2, 3].map(i => [Uint8Array.of(i, i)]))
      const times = application.blocks.map(({ time }) => time)
      expect(times).toEqual(times.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0)))
    })

    test('brings the vote extensions of a height into the next proposal, after a restart too', async () => {
      await current.engine.start(application)
      await decide(Uint8Array.of(1))
      await decide(Uint8Array.of(2))
      expect(application.lastCommits[0]).toEqual([])
      expect(application.lastCommits[1]).toMatchObject([{ extension: Uint8Array.of(1) }])
      await current.engine.stop()
      current = await factory(hasWork)
      await current.engine.start(application)
      await decide(Uint8Array.of(3))
      expect(application.lastCommits.at(-1)).toMatchObject([{ extension: Uint8Array.of(2) }])
    })

    test('tries a height again when commit fails, and says meanwhile why it stands still', async () => {
      await current.engine.start(application)
      application.failCommits = 2
      application.waiting = [Uint8Array.of(1)]
      current.engine.wake()
      await until(() => current.engine.status().stalled !== undefined)
      await until(() => application.blocks.length === 1)
      await until(() => current.engine.status().stalled === undefined)
      expect(application.blocks[0]!.height).toBe(1n)
    })

    test('decides nothing that the application refuses', async () => {
      await current.engine.start(application)
      application.refuseProposals = 1
      await decide(Uint8Array.of(1))
      expect(application.calls.filter(call => call.startsWith('processProposal 1')).length).toBeGreaterThan(1)
      expect(application.calls.filter(call => call.startsWith('finalizeBlock 1'))).toHaveLength(1)
    })

    test('makes no block without work, and none after it has stopped', async () => {
      await current.engine.start(application)
      current.engine.wake()
      await current.engine.stop()
      application.waiting = [Uint8Array.of(1)]
      current.engine.wake()
      await new Promise(resolve => setTimeout(resolve, 20))
      expect(application.blocks).toEqual([])
      expect(current.engine.status().running).toBe(false)
    })
  })
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(resolve => setTimeout(resolve, 2))
}
