import type { Block, Ledger } from '@omg/ledger'
import { fail, type OmgError, ok, type Result, ZERO_HASH } from '@omg/protocol'
import { nodeError } from '../errors.ts'
import type { EthereumView } from '../rootchain/view.ts'
import type { Upgrades } from '../upgrades.ts'
import type { Checkpoints } from './checkpoints.ts'
import type { LostCheckpoints } from './lost-checkpoints.ts'
import type { BlockRecord } from './record.ts'
import type { Renewal } from './renewal.ts'
import { blockTime, MAX_CLOCK_DRIFT_SECONDS, type Schedule } from './schedule.ts'
import { upgradeProblem } from './upgrade-rules.ts'

/** How long a proposal waits for our own Ethereum node to see its origin, in milliseconds. Longer, and the round were lost anyway. */
export const ORIGIN_PATIENCE_MILLISECONDS = 2_000

/** Where a block comes from: a proposal may be refused, a decided block is only believed or fatal. */
export type BlockOrigin = 'proposal' | 'decision'

/**
 * What the ledger cannot know about another's block (A37): our clock, what Ethereum says at its origin, who signs checkpoints, and
 * which of the proposer's choices this node puts up with.
 */
export class ProposalRules {
  readonly #ledger: Ledger
  readonly #view: EthereumView
  readonly #checkpoints: Checkpoints
  readonly #schedule: Schedule
  readonly #renewal: Renewal
  readonly #lost: LostCheckpoints
  readonly #clock: () => bigint
  readonly #upgrades: Upgrades

  constructor(parts: {
    ledger: Ledger
    view: EthereumView
    checkpoints: Checkpoints
    schedule: Schedule
    renewal: Renewal
    lost: LostCheckpoints
    clock: () => bigint
    upgrades: Upgrades
  }) {
    this.#ledger = parts.ledger
    this.#view = parts.view
    this.#checkpoints = parts.checkpoints
    this.#schedule = parts.schedule
    this.#renewal = parts.renewal
    this.#lost = parts.lost
    this.#clock = parts.clock
    this.#upgrades = parts.upgrades
  }

  /**
   * Whether a block may be voted for, or executed if it is decided already. `time` is that of the engine, in seconds.
   * Errors: proposal.*, ethereum.unavailable, ethereum.inconsistent, node.stopped.
   */
  async check(record: BlockRecord, time: bigint, from: BlockOrigin): Promise<Result<true, OmgError>> {
    const { block, seals, renews } = record
    const problem =
      upgradeProblem(this.#upgrades, record, from) ??
      this.#timeProblem(block, time, from) ??
      (from === 'proposal'
        ? (this.#sealProblem(seals) ?? this.#schedule.choiceProblem(this.#ledger.tip, block, renews))
        : undefined)
    if (problem) return fail(problem)
    // A decided block waits as long as it takes: everybody else has seen its origin, so our Ethereum node will.
    const patience = from === 'proposal' ? ORIGIN_PATIENCE_MILLISECONDS : Number.POSITIVE_INFINITY
    const seen = await this.#view.reached(block.origin, patience)
    if (!seen.ok) return seen
    const contradiction =
      this.#originProblem(block, from) ??
      this.#lost.problem(renews, block.origin) ??
      this.#depositProblem(block)
    if (contradiction) return fail(contradiction)
    const renewal = from === 'proposal' ? await this.#renewalProblem(record) : undefined
    return renewal ? fail(renewal) : ok(true)
  }

  /** R4: a later origin in the middle of a checkpoint, or of closed ones, is that of everything in them. */
  async #renewalProblem({ block, renews }: BlockRecord): Promise<OmgError | undefined> {
    const { tip } = this.#ledger
    const { origin, originHash: hash, originTime: timestamp } = block
    const isOwn = origin === tip.origin || this.#schedule.isOriginFree(tip)
    if (isOwn && renews === undefined) return undefined
    return this.#renewal.problem({ number: origin, hash, timestamp }, renews)
  }

  /** The engine agrees on the time; the block has no choice but to follow it. Our clock decides only what we vote for. */
  #timeProblem(block: Block, time: bigint, from: BlockOrigin): OmgError | undefined {
    const { tip } = this.#ledger
    const expected = blockTime(tip, time)
    if (block.time !== expected) {
      return nodeError(
        'proposal.time',
        `The block's time is ${block.time}, and ${expected} follows from the engine.`,
      )
    }
    if (
      from === 'proposal' &&
      block.time > this.#clock() + MAX_CLOCK_DRIFT_SECONDS &&
      block.time > tip.time
    ) {
      return nodeError('proposal.time', `The block's time ${block.time} is ahead of our clock.`)
    }
    return undefined
  }

  /** Signatures come from votes that everybody has seen: one that is wrong was made up by the proposer. */
  #sealProblem(seals: BlockRecord['seals']): OmgError | undefined {
    const seen = new Set<string>()
    for (const seal of seals) {
      const what = `The signature of ${seal.validator} for checkpoint ${seal.checkpoint}`
      const key = `${seal.checkpoint}/${seal.validator}`
      if (seen.has(key)) return nodeError('proposal.seal', `${what} stands twice.`)
      if (!this.#checkpoints.isValid(seal)) return nodeError('proposal.seal', `${what} is not valid.`)
      seen.add(key)
    }
    return undefined
  }

  #originProblem(block: Block, from: BlockOrigin): OmgError | undefined {
    if (from === 'proposal' && block.originHash === ZERO_HASH) {
      return nodeError('ethereum.inconsistent', 'The block has seen nothing of Ethereum.')
    }
    if (block.origin === this.#ledger.tip.origin) return undefined
    const origin = this.#view.originAt(block.origin)
    if (!origin) {
      // Older than what is remembered: nobody proposes it, but a node that catches up meets it.
      if (from === 'decision') return undefined
      return nodeError('ethereum.unavailable', `Ethereum block ${block.origin} is not known here.`)
    }
    return origin.hash === block.originHash && origin.timestamp === block.originTime
      ? undefined
      : nodeError('ethereum.inconsistent', `Ethereum block ${block.origin} is another one here.`)
  }

  /** All that Ethereum has at the origin, up to the limit: a proposer can neither make up a deposit nor pass one over. */
  #depositProblem(block: Block): OmgError | undefined {
    const most = this.#upgrades.at(block.height).deposits
    const expected = this.#view.deposits(this.#ledger.tip.inboxCursor, block.origin, most)
    const { deposits } = block
    const agree = expected.length === deposits.length && expected.every((d, i) => isSame(d, deposits[i]!))
    if (agree) return undefined
    const message = `The block takes ${deposits.length} deposits, and Ethereum has ${expected.length}, or others.`
    return nodeError('ethereum.inconsistent', message)
  }
}

type Deposit = Block['deposits'][number]

function isSame(a: Deposit, b: Deposit): boolean {
  return (
    a.position === b.position &&
    a.inboxIndex === b.inboxIndex &&
    a.output.type === b.output.type &&
    a.output.guard === b.output.guard &&
    a.output.token === b.output.token &&
    a.output.amount === b.output.amount
  )
}
