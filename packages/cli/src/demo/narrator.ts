import { cliError } from '../error.ts'
import { formatSeconds } from '../terminal/duration.ts'
import { type Say, withProgress } from '../terminal/progress.ts'
import { accent, bold, dim, good } from '../terminal/style.ts'
import { table } from '../terminal/table.ts'

/** One line of the summary: what really happened, and how long it took. */
export interface Deed {
  step: string
  result: string
  seconds: number
}

/** Tells the story of the demo, and refuses to tell what did not happen. */
export class Narrator {
  readonly deeds: Deed[] = []
  readonly #quiet: boolean
  readonly #started = Date.now()
  #step = ''
  #stepStarted = Date.now()
  #count = 0

  constructor(options: { quiet: boolean }) {
    this.#quiet = options.quiet
  }

  /** Begins a step, with a sentence on why anybody would do this. */
  chapter(step: string, why: string): void {
    this.#step = step
    this.#stepStarted = Date.now()
    this.#count += 1
    this.#print(`\n${accent(`${this.#count}.`)} ${bold(step)}\n   ${dim(why)}`)
  }

  /** Something that has happened, with the time since the step began. */
  say(text: string): void {
    const time = dim(`${((Date.now() - this.#stepStarted) / 1000).toFixed(1).padStart(5)} s`)
    this.#print(`   ${time}  ${text}`)
  }

  /** A claim that is checked before it is told: a demo that only talks would prove nothing. */
  check(text: string, actual: unknown, expected: unknown): void {
    if (actual !== expected) {
      throw cliError(
        'demo.step',
        `"${this.#step}": ${text}: expected ${String(expected)}, found ${String(actual)}`,
      )
    }
    this.say(`${good('✓')} ${text}`)
  }

  /** Waits with a progress line. */
  wait<T>(what: string, work: (say: Say) => Promise<T>): Promise<T> {
    return this.#quiet ? work(() => {}) : withProgress(`   ${what}`, work)
  }

  /** Ends a step with its line for the summary. */
  done(result: string): void {
    this.deeds.push({ step: this.#step, result, seconds: (Date.now() - this.#stepStarted) / 1000 })
  }

  summary(): string {
    const rows = this.deeds.map(({ step, result, seconds }) => [
      good('✓'),
      step,
      result,
      formatSeconds(seconds),
    ])
    const total = formatSeconds((Date.now() - this.#started) / 1000)
    return `\n${bold('What happened')}\n${table(['', 'step', 'result', { title: 'time', align: 'right' }], rows)}\n\n  All of it really happened, in ${total}: every ✓ was checked against the two chains.\n`
  }

  #print(text: string): void {
    if (!this.#quiet) process.stdout.write(`${text}\n`)
  }
}
