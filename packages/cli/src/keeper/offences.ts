/** Takes to Ethereum what validators have done: proves offences, reports who signs nothing, and answers for who did sign. Anybody may do each of it. */
import {
  type AskNode,
  compareHeaders,
  concludeDowntime,
  DOWNTIME,
  type DowntimeEvent,
  type DowntimeLedger,
  type DowntimeReport,
  downtimeLedgerOf,
  type FoundOffence,
  findDoubleVotes,
  findDowntimes,
  findLeftOut,
  findTwoHeaders,
  firstCompared,
  getDowntimeEvents,
  getLastCheckpoint,
  isSlashable,
  RevertedError,
  type RootChain,
  reportDowntime,
  type SendOptions,
  showSignatures,
} from '@omg/rootchain'
import { ShownHeaders } from '../evidence/shown.ts'
import { advanceOffence, stateAfter } from '../evidence/submission.ts'
import { Records } from './records.ts'
import type { OffenceStep, Tell } from './step.ts'

/** Transactions of one round at most, for proofs and for reports: other duties wait for them, and gas is spent by and by. */
export const MAX_OFFENCES_AT_ONCE = 8
/** Accepted checkpoints between two looks at who signs, each of which reads a whole window. */
export const CHECKPOINTS_BETWEEN_LOOKS = DOWNTIME.window / 8n
/** Offences that are remembered, so that Ethereum is not asked for them at every look. */
const MAX_REMEMBERED = 4_096

export interface OffenceWatchOptions {
  readonly rootChain: RootChain
  readonly ask: AskNode
  /** Further nodes, which may have seen headers that ours has not; default none. */
  readonly others?: readonly AskNode[] | undefined
  /** Salts of announced proofs, and in `shown/` headers that others have seen. */
  readonly folder: string
  readonly tell: Tell<OffenceStep>
}

export class OffenceWatch {
  readonly #options: OffenceWatchOptions
  readonly #records: Records<DowntimeEvent, DowntimeLedger>
  readonly #shown: ShownHeaders
  /** What can be proven, by id. */
  readonly #open = new Map<string, FoundOffence>()
  /** Ids of what was announced, and of what is over. */
  readonly #announced = new Set<string>()
  readonly #over = new Set<string>()
  /** Checkpoints whose headers were compared. */
  readonly #compared = new Set<bigint>()
  /** The newest accepted checkpoint at the last look at who signs; for an open report, at the last search for an answer. */
  #lookedAt = 0n
  readonly #searchedAt = new Map<string, bigint>()

  constructor(options: OffenceWatchOptions) {
    const { rootChain, folder } = options
    this.#options = options
    this.#shown = new ShownHeaders(folder)
    this.#records = new Records({
      rootChain,
      events: range => getDowntimeEvents(rootChain, range),
      ledgerOf: downtimeLedgerOf,
    })
  }

  /** Looks, and does what comes next for everything that is known. Errors (thrown): an endpoint is away. */
  async round(options: SendOptions): Promise<void> {
    await this.#find()
    await upTo(MAX_OFFENCES_AT_ONCE, this.#open.values(), found => this.#prove(found, options))
    await this.#lookAtSigning(options)
  }

  // ──────────────────────────────────────────── what is proven ─────────────────────────────────────────────

  /** What is found is noted at once: should the next question fail, it is not asked for again. */
  async #find(): Promise<void> {
    const { rootChain, ask, tell } = this.#options
    this.#note(
      await findDoubleVotes(rootChain, ask, { known: new Set([...this.#open.keys(), ...this.#over]) }),
    )
    const last = await getLastCheckpoint(rootChain)
    const first = firstCompared(last)
    for (let number = first; number <= last; number++) {
      if (this.#compared.has(number)) continue
      const offences = await compareHeaders(rootChain, ask, { number })
      // What the node does not have yet is compared later.
      if (offences === undefined) continue
      this.#note(offences)
      this.#compared.add(number)
    }
    for (const number of this.#compared) if (number < first) this.#compared.delete(number)
    await this.#findTwoHeaders()
    const fail = (_: string, error: unknown) => tell({ kind: 'failed', duty: 'offences', error })
    this.#note(await this.#shown.find(rootChain, ask, fail))
  }

  /** Every node is asked, and one that is away keeps nobody waiting. */
  async #findTwoHeaders(): Promise<void> {
    const { rootChain, ask, others = [], tell } = this.#options
    for (const each of [ask, ...others]) {
      const known = new Set([...this.#open.keys(), ...this.#over])
      try {
        this.#note(await findTwoHeaders(rootChain, each, { known }))
      } catch (error) {
        tell({ kind: 'failed', duty: 'offences', error })
      }
    }
  }

  #note(offences: readonly FoundOffence[]): void {
    for (const found of offences) {
      if (this.#over.has(found.id)) continue
      if (found.state === 'slashed') this.#end(found.id)
      // A double vote whose checkpoint is not accepted yet is found again.
      else if (found.offence !== undefined) this.#open.set(found.id, found)
    }
  }

  /** One step of a proof; whether something was sent. Nothing is for an offence that Ethereum takes nothing for. */
  async #prove(found: FoundOffence, options: SendOptions): Promise<boolean> {
    const { rootChain, folder, tell } = this.#options
    const { id, validator } = found
    if (validator === undefined || !(await isSlashable(rootChain, found))) {
      this.#end(id)
      return false
    }
    try {
      const submitted = await advanceOffence(rootChain, folder, found, options)
      if (submitted) {
        this.#end(id)
        tell({ kind: 'slashed', offence: id, validator, slashed: submitted.slashed })
        return true
      }
      if (this.#announced.has(id)) return false
      this.#announced.add(id)
      tell({ kind: 'announced', offence: id })
      return true
    } catch (error) {
      if (!(error instanceof RevertedError)) throw error
      // A19: a reorganisation took the commitment back, or the checkpoint that the votes belong to. Both come again.
      if (error.reason === 'NotCommitted') return false
      if (error.reason === 'CheckpointNotAccepted') {
        this.#open.delete(id)
        return false
      }
      this.#end(id)
      // Another prover was first.
      if (error.reason !== 'AlreadyPunished') tell({ kind: 'failed', duty: 'offences', error })
      return false
    }
  }

  #end(id: string): void {
    this.#open.delete(id)
    this.#announced.delete(id)
    this.#over.add(id)
    const [oldest] = this.#over
    if (this.#over.size > MAX_REMEMBERED && oldest !== undefined) this.#over.delete(oldest)
  }

  // ───────────────────────────────────────────── who signs ─────────────────────────────────────────────────

  async #lookAtSigning(options: SendOptions): Promise<void> {
    const { rootChain } = this.#options
    const { open, shown } = await this.#records.read()
    const [last, { timestamp }] = await Promise.all([
      getLastCheckpoint(rootChain),
      rootChain.ethereum.getBlock(),
    ])
    const keys = new Set(open.map(keyOf))
    for (const key of this.#searchedAt.keys()) if (!keys.has(key)) this.#searchedAt.delete(key)
    await upTo(MAX_OFFENCES_AT_ONCE, open, report =>
      report.answerBy < timestamp
        ? this.#conclude(report, options)
        : this.#answer(report, { last, shown }, options),
    )
    if (last < DOWNTIME.window || last < this.#lookedAt + CHECKPOINTS_BETWEEN_LOOKS) return
    const down = (await findDowntimes(rootChain)).filter(({ state }) => state === 'found')
    await upTo(MAX_OFFENCES_AT_ONCE, down, found => this.#report(found, shown, options))
    this.#lookedAt = last
  }

  /** Shows signatures that submitters left out, so that nobody is jailed for what others did not pass on. */
  async #answer(
    { signer, from }: DowntimeReport,
    { last, shown }: { readonly last: bigint; readonly shown: DowntimeLedger['shown'] },
    options: SendOptions,
  ): Promise<boolean> {
    const { rootChain, ask, tell } = this.#options
    const key = keyOf({ signer, from })
    const searchedAt = this.#searchedAt.get(key)
    // Votes may still bring what the node did not have at the first search.
    if (searchedAt !== undefined && last < searchedAt + CHECKPOINTS_BETWEEN_LOOKS) return false
    const { answer } = await findLeftOut(rootChain, ask, { signer, from, shown })
    this.#searchedAt.set(key, last)
    if (answer.length === 0) return false
    await showSignatures(rootChain, { shown: answer, ...options })
    tell({ kind: 'answered', signer, signatures: answer.length })
    return true
  }

  /** A report is a question, so nobody is asked who is known to have signed. */
  async #report(
    { signer, at, validator }: FoundOffence,
    shown: DowntimeLedger['shown'],
    options: SendOptions,
  ): Promise<boolean> {
    const { rootChain, ask, tell } = this.#options
    if (validator === undefined) return false
    const { isDown } = await findLeftOut(rootChain, ask, { signer, from: at, shown })
    if (!isDown) return false
    return this.#unlessOvertaken(async () => {
      await reportDowntime(rootChain, { signer, from: at, ...options })
      tell({ kind: 'reported', signer, from: at })
    })
  }

  async #conclude({ signer }: DowntimeReport, options: SendOptions): Promise<boolean> {
    const { rootChain, tell } = this.#options
    return this.#unlessOvertaken(async () => {
      const receipt = await concludeDowntime(rootChain, { signer, ...options })
      tell({ kind: 'concluded', signer, jailed: stateAfter(receipt) === 'jailed' })
    })
  }

  async #unlessOvertaken(work: () => Promise<void>): Promise<boolean> {
    try {
      await work()
      return true
    } catch (error) {
      if (!(error instanceof RevertedError) || !OVERTAKEN.includes(error.reason)) throw error
      return false
    }
  }
}

const keyOf = ({ signer, from }: Pick<DowntimeReport, 'signer' | 'from'>) => `${signer}:${from}`

/** How Slashing refuses what others have done between our look and our transaction, or a window that was judged before. */
const OVERTAKEN = ['AlreadyReported', 'NotReported', 'NotDown', 'WrongWindow', 'TimeToAnswer']

/** Works through a list until so many have sent something; the others wait for the next round. */
async function upTo<T>(most: number, items: Iterable<T>, work: (item: T) => Promise<boolean>): Promise<void> {
  let sent = 0
  for (const item of [...items]) {
    if (sent >= most) return
    if (await work(item)) sent++
  }
}
