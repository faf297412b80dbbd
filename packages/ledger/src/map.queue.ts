import type { Domain } from '@omg/protocol'
import { BatchTrust, FEWEST_TOGETHER, MOST_TOGETHER } from './batch-trust.ts'
import type { KnownKeys } from './known-keys.ts'
import type { SignatureProgram } from './map.program.ts'
import { MapStage } from './map.ts'
import { type Draft, finishDraft } from './signatures.ts'
import { CHECK_BYTES, Signers } from './signers.ts'
import type { MappedBatch, SignatureCounts } from './types.ts'

/** What is to be mapped, see `MapPool.map`. */
export interface MapTask {
  readonly bytes: Uint8Array
  readonly bounds: Uint32Array
  readonly guesses?: Uint8Array | undefined
}

export interface MapQueueOptions {
  readonly domain: Domain
  /** For signatures in batches; without, all signers are recovered. */
  readonly checks: { readonly knownKeys: KnownKeys; readonly program: SignatureProgram } | undefined
  /** Gets the answers, in the order of the tasks, and what was done about signatures since the answer before. */
  readonly answer: (batch: MappedBatch, counts: SignatureCounts) => void
  /** Runs between two drafts, where a thread works for long. */
  readonly breathe: () => void
}

/** Signatures that are asked about together: entry `e` is that of signature `places[e]` of `drafts[e]`. */
interface Questions {
  readonly drafts: Draft[]
  readonly places: number[]
}

/**
 * Maps the tasks of one thread, in order. Each is decoded and hashed as it comes. What has come while the program is at work is asked about
 * together, as far as the keys of those who probably signed are known; all other signatures are recovered meanwhile, and so are those
 * for which the answer is no. So records and codes are those of recovery alone, whether there is a program or not.
 */
export class MapQueue {
  readonly #options: MapQueueOptions
  readonly #stage: MapStage
  readonly #signers: Signers
  readonly #program: SignatureProgram | undefined
  readonly #trust = new BatchTrust()
  readonly #entries = new Uint8Array(MOST_TOGETHER * CHECK_BYTES)
  #waiting: Draft[] = []
  #isBusy = false
  #counts = { verified: 0, recovered: 0, vain: 0 }

  constructor(options: MapQueueOptions) {
    this.#options = options
    this.#stage = new MapStage(options.domain)
    this.#program = options.checks?.program
    this.#signers = new Signers(options.checks?.knownKeys)
  }

  map({ bytes, bounds, guesses }: MapTask): void {
    this.#waiting.push(this.#stage.draft(bytes, bounds, guesses))
    if (this.#isBusy) return
    this.#isBusy = true
    // Behind all messages that are here already.
    setImmediate(() => void this.#work())
  }

  async #work(): Promise<void> {
    while (this.#waiting.length > 0) {
      const drafts = this.#take()
      const questions = this.#questions(drafts)
      if (questions.places.length < FEWEST_TOGETHER) this.#recoverAll(drafts)
      else await this.#askAndRecover(drafts, questions)
    }
    this.#isBusy = false
  }

  /** Whole drafts of as many signatures as go together. */
  #take(): Draft[] {
    let count = 0
    let taken = 0
    while (taken < this.#waiting.length && count < MOST_TOGETHER)
      count += this.#waiting[taken++]!.signatures.count
    return this.#waiting.splice(0, taken)
  }

  /** Those about which the program can be asked, their entries in `#entries`. */
  #questions(drafts: readonly Draft[]): Questions {
    const questions: Questions = { drafts: [], places: [] }
    if (!this.#program?.isReady) return questions
    for (const draft of drafts) {
      for (let i = 0; i < draft.signatures.count; i++) {
        const at = questions.places.length
        if (at === MOST_TOGETHER) return questions
        if (!this.#signers.ask(draft, i, this.#entries, at * CHECK_BYTES)) continue
        questions.drafts.push(draft)
        questions.places.push(i)
      }
    }
    if (this.#trust.isGiven) return questions
    this.#trust.recovered(questions.places.length)
    return { drafts: [], places: [] }
  }

  #recoverAll(drafts: readonly Draft[]): void {
    for (const draft of drafts) {
      for (let i = 0; i < draft.signatures.count; i++) this.#recover(draft, i)
      this.#finish(draft)
      this.#options.breathe()
    }
  }

  async #askAndRecover(drafts: readonly Draft[], questions: Questions): Promise<void> {
    const verdicts = this.#ask(questions.places.length)
    let at = 0
    for (const draft of drafts) {
      for (let i = 0; i < draft.signatures.count; i++) {
        if (questions.drafts[at] === draft && questions.places[at] === i) at++
        else this.#recover(draft, i)
      }
      this.#options.breathe()
    }
    const held = await verdicts
    for (const [e, draft] of questions.drafts.entries()) {
      const i = questions.places[e]!
      if (held[e] === 1) this.#signers.accept(draft, i)
      else this.#recover(draft, i)
    }
    for (const draft of drafts) this.#finish(draft)
  }

  /** 1 for each entry that holds. An entry without an answer counts as one that does not. */
  async #ask(count: number): Promise<Uint8Array> {
    const program = this.#program
    const held = new Uint8Array(count)
    for (let from = 0; from < count && program?.isReady && this.#trust.isGiven; ) {
      const to = Math.min(count, from + this.#trust.together)
      const verdicts = await program.check(
        this.#entries.subarray(from * CHECK_BYTES, to * CHECK_BYTES),
        to - from,
      )
      if (verdicts === undefined) break
      held.set(verdicts, from)
      const verified = verdicts.reduce((sum, verdict) => sum + verdict, 0)
      this.#trust.asked(to - from, to - from - verified)
      this.#counts.verified += verified
      this.#counts.vain += to - from - verified
      from = to
    }
    return held
  }

  #recover(draft: Draft, i: number): void {
    this.#signers.recover(draft, i)
    this.#counts.recovered++
  }

  #finish(draft: Draft): void {
    this.#options.answer(finishDraft(draft), this.#counts)
    this.#counts = { verified: 0, recovered: 0, vain: 0 }
  }
}
