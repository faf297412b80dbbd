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
  #compared = new Set<bigint>()
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
    for (const found of await this.#find()) {
      if (found.state === 'slashed') this.#end(found.id)
      else if (found.offence !== undefined) this.#open.set(found.id, found)
    }
    for (const found of [...this.#open.values()].slice(0, MAX_OFFENCES_AT_ONCE))
      await this.#prove(found, options)
    await this.#lookAtSigning(options)
  }

  // ──────────────────────────────────────────── what is proven ─────────────────────────────────────────────

  async #find(): Promise<FoundOffence[]> {
    const { rootChain, ask, tell } = this.#options
    const known = new Set([...this.#open.keys(), ...this.#over])
    const found = await findDoubleVotes(rootChain, ask, { known })
    const last = await getLastCheckpoint(rootChain)
    const window: bigint[] = []
    for (let number = firstCompared(last); number <= last; number++) window.push(number)
    const compared = new Set<bigint>()
    for (const number of window) {
      const offences = this.#compared.has(number) ? [] : await compareHeaders(rootChain, ask, { number })
      // What the node does not have yet is compared later.
      if (offences !== undefined) compared.add(number)
      found.push(...(offences ?? []))
    }
    this.#compared = compared
    const shown = await this.#shown.find(rootChain, ask, (_, error) =>
      tell({ kind: 'failed', duty: 'offences', error }),
    )
    return [...found, ...shown].filter(({ id }) => !known.has(id))
  }

  /** One step of a proof. Nothing is sent for an offence that Ethereum takes nothing for. */
  async #prove(found: FoundOffence, options: SendOptions): Promise<void> {
    const { rootChain, folder, tell } = this.#options
    const { id, validator } = found
    if (validator === undefined || !(await isSlashable(rootChain, found))) return this.#end(id)
    try {
      const submitted = await advanceOffence(rootChain, folder, found, options)
      if (submitted) {
        this.#end(id)
        tell({ kind: 'slashed', offence: id, validator, slashed: submitted.slashed })
      } else if (!this.#announced.has(id)) {
        this.#announced.add(id)
        tell({ kind: 'announced', offence: id })
      }
    } catch (error) {
      if (!(error instanceof RevertedError)) throw error
      // A reorganisation took the commitment back; it is made again.
      if (error.reason === 'NotCommitted') return
      this.#end(id)
      // Another prover was first.
      if (error.reason !== 'AlreadyPunished') tell({ kind: 'failed', duty: 'offences', error })
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
    for (const report of open.slice(0, MAX_OFFENCES_AT_ONCE)) {
      if (report.answerBy < timestamp) await this.#conclude(report, options)
      else await this.#answer(report, { last, shown }, options)
    }
    if (last < DOWNTIME.window || last < this.#lookedAt + CHECKPOINTS_BETWEEN_LOOKS) return
    const down = (await findDowntimes(rootChain)).filter(({ state }) => state === 'found')
    for (const found of down.slice(0, MAX_OFFENCES_AT_ONCE)) await this.#report(found, shown, options)
    this.#lookedAt = last
  }

  /** Shows signatures that submitters left out, so that nobody is jailed for what others did not pass on. */
  async #answer(
    { signer, from }: DowntimeReport,
    { last, shown }: { readonly last: bigint; readonly shown: DowntimeLedger['shown'] },
    options: SendOptions,
  ): Promise<void> {
    const { rootChain, ask, tell } = this.#options
    const key = `${signer}:${from}`
    const searchedAt = this.#searchedAt.get(key)
    // Votes may still bring what the node did not have at the first search.
    if (searchedAt !== undefined && last < searchedAt + CHECKPOINTS_BETWEEN_LOOKS) return
    const { answer } = await findLeftOut(rootChain, ask, { signer, from, shown })
    this.#searchedAt.set(key, last)
    if (answer.length === 0) return
    await showSignatures(rootChain, { shown: answer, ...options })
    tell({ kind: 'answered', signer, signatures: answer.length })
  }

  /** A report is a question, so nobody is asked who is known to have signed. */
  async #report(
    { signer, at, validator }: FoundOffence,
    shown: DowntimeLedger['shown'],
    options: SendOptions,
  ): Promise<void> {
    const { rootChain, ask, tell } = this.#options
    if (validator === undefined) return
    const { isDown } = await findLeftOut(rootChain, ask, { signer, from: at, shown })
    if (!isDown) return
    await this.#unlessOvertaken(async () => {
      await reportDowntime(rootChain, { signer, from: at, ...options })
      tell({ kind: 'reported', signer, from: at })
    })
  }

  async #conclude({ signer, from }: DowntimeReport, options: SendOptions): Promise<void> {
    const { rootChain, tell } = this.#options
    await this.#unlessOvertaken(async () => {
      const receipt = await concludeDowntime(rootChain, { signer, ...options })
      this.#searchedAt.delete(`${signer}:${from}`)
      tell({ kind: 'concluded', signer, jailed: stateAfter(receipt) === 'jailed' })
    })
  }

  async #unlessOvertaken(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (!(error instanceof RevertedError) || !OVERTAKEN.includes(error.reason)) throw error
    }
  }
}

/** How Slashing refuses what others have done between our look and our transaction, or a window that was judged before. */
const OVERTAKEN = ['AlreadyReported', 'NotReported', 'NotDown', 'WrongWindow', 'TimeToAnswer']
