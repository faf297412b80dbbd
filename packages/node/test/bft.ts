import { type Hex, toHex } from '@omg/protocol'
import type {
  Application,
  CommitVote,
  ConsensusEngine,
  EngineStatus,
  EngineValidator,
  ProposalRequest,
  VoteExtension,
} from '../src/engines/engine.ts'

/** A block that was decided: what a node that was away gets from its peers. */
export interface Decision extends ProposalRequest {
  appHash: Hex
  /** Who precommitted it, with their extensions. */
  commit: readonly VoteExtension[]
  /** The commit of the height before, as this block carries it. */
  lastCommit: readonly CommitVote[]
}

/** What a validator makes of its own messages when it lies. */
export interface Malice {
  /** Its proposal, instead of what its application prepared; undefined proposes nothing. */
  propose?: (
    txs: Uint8Array[],
    request: { height: bigint; time: bigint },
  ) => Promise<Uint8Array[] | undefined> | Uint8Array[] | undefined
  /** Its vote extension. */
  extend?: (extension: Uint8Array, height: bigint) => Uint8Array
}

/** What happened to a proposal. */
export interface Verdict {
  height: bigint
  proposer: Hex
  /** Reasons of those that refused it. */
  refusals: (string | undefined)[]
  decided: boolean
}

interface Member {
  address: Hex
  application: Application
  hasWork: () => boolean
  height: bigint
  /** Cut off: it sends and receives nothing. */
  away: boolean
  malice: Malice
  /** While it executes what was decided. */
  catching: Promise<void> | undefined
}

/** Pause of an idle network, in milliseconds. */
const IDLE_MILLISECONDS = 5
/** So long the next height waits for those that still execute this one, in milliseconds. */
const LAG_MILLISECONDS = 1_000

/**
 * A BFT engine for several applications in one process: one proposer per height and round, votes with extensions, more than 2/3 of the
 * power decide, and what was decided reaches everybody, whenever they are back. It drives each application through the calls that
 * CometBFT makes, in the same order, and checks what all engines rely on: one app hash, one set of updates.
 */
export class BftNetwork {
  readonly decisions: Decision[] = []
  readonly verdicts: Verdict[] = []
  readonly #genesis: readonly EngineValidator[]
  readonly #members = new Map<Hex, Member>()
  /** Validators from a height on; updates count two heights after the block that made them. */
  readonly #sets: { from: bigint; powers: Map<Hex, bigint> }[]
  readonly #clock: () => bigint
  #round = 0n
  #running: Promise<void> | undefined
  /** Resolves when no height is being decided. */
  #busy: Promise<void> = Promise.resolve()
  #stopped = false
  /** Why the network ended, if it did by itself. */
  failure: Error | undefined

  constructor(genesis: readonly EngineValidator[], clock: () => bigint) {
    this.#genesis = genesis
    this.#clock = clock
    this.#sets = [{ from: 1n, powers: new Map(genesis.map(({ address, power }) => [toHex(address), power])) }]
  }

  /** The engine of one node; a node that is restarted asks again. */
  engine(wanted: { validator: EngineValidator; hasWork: () => boolean }): ConsensusEngine {
    const address = toHex(wanted.validator.address)
    let started = false
    return {
      start: async application => {
        const { lastBlockHeight } = await application.info()
        if (lastBlockHeight === 0n) {
          const { appHash: _ } = await application.initChain({
            ...{ chainId: 'test', time: this.#clock(), initialHeight: 1n, validators: this.#genesis },
          })
        }
        const { hasWork } = wanted
        const member: Member = {
          ...{ address, application, hasWork, height: lastBlockHeight },
          ...{ away: false, malice: {}, catching: undefined },
        }
        started = true
        this.#members.set(address, member)
        this.#running ??= this.#run()
      },
      wake: () => {},
      stop: async () => {
        if (!started) return
        started = false
        const member = this.#members.get(address)
        this.#members.delete(address)
        await this.#busy
        await member?.catching
      },
      status: (): EngineStatus => {
        const member = this.#members.get(address)
        return { name: 'bft', running: member !== undefined, height: member?.height ?? 0n }
      },
    }
  }

  /** Cuts a validator off, or brings it back. */
  setAway(address: Hex, away: boolean): void {
    this.#members.get(address)!.away = away
  }

  corrupt(address: Hex, malice: Malice): void {
    this.#members.get(address)!.malice = malice
  }

  /** Who votes on a height, with their power. */
  powersAt(height: bigint): ReadonlyMap<Hex, bigint> {
    return this.#sets.findLast(({ from }) => from <= height)!.powers
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#running
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const step = this.#step()
      this.#busy = step.then(
        () => {},
        () => {},
      )
      const worked = await step.catch((error: Error) => {
        this.failure = error
        this.#stopped = true
        return false
      })
      if (!worked) await new Promise(resolve => setTimeout(resolve, IDLE_MILLISECONDS))
    }
  }

  async #step(): Promise<boolean> {
    await this.#gossip()
    this.#spread()
    const height = BigInt(this.decisions.length) + 1n
    const isReady = (member: Member) => member.height + 1n === height && !member.catching
    const voters = this.#here().filter(member => isReady(member) && this.powersAt(height).has(member.address))
    if (!voters.some(({ hasWork }) => hasWork()) || !this.#isQuorum(height, voters)) return false
    await this.#decide(height, voters)
    return true
  }

  /** What each has taken since the last time goes to all others, who pass on what is new to them. */
  async #gossip(): Promise<void> {
    for (const member of this.#here()) {
      const { txs } = await member.application.reapTxs({ maxTxBytes: 1024 * 1024 })
      for (const other of this.#here()) {
        if (other !== member) for (const tx of txs) await other.application.insertTx(tx)
      }
    }
  }

  #here(): Member[] {
    return [...this.#members.values()].filter(({ away }) => !away)
  }

  async #decide(height: bigint, voters: readonly Member[]): Promise<void> {
    const previous = this.decisions.at(-1)
    const time = previous && previous.time > this.#clock() ? previous.time : this.#clock()
    const order = [...voters].sort((a, b) => (a.address < b.address ? -1 : 1))
    const proposer = order[Number((height + this.#round++) % BigInt(order.length))]!
    const prepared = await proposer.application.prepareProposal({
      ...{ height, time, maxTxBytes: 16 * 1024 * 1024, localLastCommit: previous?.commit ?? [] },
    })
    const txs = proposer.malice.propose
      ? await proposer.malice.propose(prepared.txs, { height, time })
      : prepared.txs
    if (!txs) return
    // Others get bytes, not the very objects.
    const proposal: ProposalRequest = { height, time, txs: txs.map(tx => new Uint8Array(tx)) }
    const answers = await Promise.all(
      voters.map(voter =>
        voter === proposer ? { accept: true } : voter.application.processProposal(proposal),
      ),
    )
    const accepting = voters.filter((_, i) => answers[i]!.accept)
    const commit = this.#isQuorum(height, accepting) ? await this.#votes(proposal, accepting) : []
    const decided = this.#isQuorum(
      height,
      accepting.filter(({ address }) => commit.some(({ validator }) => toHex(validator) === address)),
    )
    const refusals = answers
      .filter(({ accept }) => !accept)
      .map(answer => ('reason' in answer ? answer.reason : ''))
    this.verdicts.push({ height, proposer: proposer.address, refusals: refusals as string[], decided })
    if (!decided) return
    this.decisions.push({ ...proposal, appHash: '0x', commit, lastCommit: this.#lastCommit(previous) })
    this.#round = 0n
    this.#spread()
    // One that waits for something must not hold up the others.
    const executed = this.#here().map(({ catching }) => catching)
    await Promise.race([Promise.all(executed), new Promise(resolve => setTimeout(resolve, LAG_MILLISECONDS))])
  }

  /** Everybody who is here executes what was decided. */
  #spread(): void {
    for (const member of this.#here()) {
      if (member.height === BigInt(this.decisions.length)) continue
      member.catching ??= this.#catchUp(member)
        .catch((error: Error) => {
          // A node that stops leaves the block for its next life.
          if (
            this.#members.get(member.address) === member &&
            (error as { code?: string }).code !== 'node.stopped'
          ) {
            this.failure = error
            this.#stopped = true
          }
        })
        .finally(() => {
          member.catching = undefined
        })
    }
  }

  /** Precommits whose extensions all others accept. */
  async #votes(proposal: ProposalRequest, voters: readonly Member[]): Promise<VoteExtension[]> {
    const { height } = proposal
    const votes: VoteExtension[] = []
    for (const voter of voters) {
      const validator = new Uint8Array(Buffer.from(voter.address.slice(2), 'hex'))
      const own = await voter.application.extendVote({ ...proposal, validator })
      const extension = voter.malice.extend ? voter.malice.extend(own.extension, height) : own.extension
      const others = voters.filter(other => other !== voter)
      const answers = await Promise.all(
        others.map(other => other.application.verifyVoteExtension({ height, validator, extension })),
      )
      const isHonest = answers.every(({ accept }) => accept)
      if (isHonest) votes.push({ validator, extension })
    }
    return votes
  }

  #lastCommit(previous: Decision | undefined): CommitVote[] {
    if (!previous) return []
    const voted = new Set(previous.commit.map(({ validator }) => toHex(validator)))
    return [...this.powersAt(previous.height).keys()].map(address => {
      return { validator: new Uint8Array(Buffer.from(address.slice(2), 'hex')), voted: voted.has(address) }
    })
  }

  /** Executes what was decided and this node does not have. */
  async #catchUp(member: Member): Promise<void> {
    while (member.height < BigInt(this.decisions.length) && this.#members.get(member.address) === member) {
      const decision = this.decisions[Number(member.height)]!
      const { height, time, txs, lastCommit } = decision
      const answer = await member.application.finalizeBlock({
        height,
        time,
        txs,
        lastCommit,
        misbehavior: [],
      })
      const appHash = toHex(answer.appHash)
      if (decision.appHash === '0x') {
        decision.appHash = appHash
        this.#update(height, answer.validatorUpdates)
      }
      if (decision.appHash !== appHash) {
        throw new Error(`${member.address} has ${appHash} at height ${height}, others ${decision.appHash}`)
      }
      await member.application.commit()
      member.height = height
    }
  }

  #update(height: bigint, updates: readonly EngineValidator[]): void {
    if (updates.length === 0) return
    const powers = new Map(this.#sets.at(-1)!.powers)
    for (const { address, power } of updates) {
      const validator = toHex(address)
      if (power > 0n) powers.set(validator, power)
      // CometBFT stops for good when a validator is to leave that it does not have.
      else if (!powers.delete(validator)) throw new Error(`${validator} is no validator, and is to leave`)
    }
    this.#sets.push({ from: height + 2n, powers })
  }

  #isQuorum(height: bigint, members: readonly Member[]): boolean {
    const powers = this.powersAt(height)
    const total = [...powers.values()].reduce((sum, power) => sum + power, 0n)
    const present = members.reduce((sum, { address }) => sum + (powers.get(address) ?? 0n), 0n)
    return present * 3n > total * 2n
  }
}
