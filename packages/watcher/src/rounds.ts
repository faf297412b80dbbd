import { sleep } from '@omg/follower'
import type { Logger } from 'pino'
import type { Heartbeat, Part } from './heartbeat.ts'

/** What a round says about the next one: at once, or after the pause; `silent` = it could not do its duty. */
export type RoundOutcome = 'again' | 'pause' | 'silent'

export interface RoundsOptions {
  readonly part: Part
  readonly heartbeat: Heartbeat
  readonly log: Logger
  readonly pauseMilliseconds: number
  readonly signal: AbortSignal
  readonly round: () => Promise<RoundOutcome>
}

/**
 * Does a part's rounds until the signal. A round that throws is logged and does not beat: nothing may end the loop, and
 * nothing may hide that it fails, so the silence becomes `watcher.stalled`.
 */
export class Rounds {
  readonly #options: RoundsOptions
  #wake = new AbortController()
  readonly done: Promise<void>

  constructor(options: RoundsOptions) {
    this.#options = options
    this.done = this.#run()
  }

  /** Ends the pause: there is something to do. */
  wake(): void {
    this.#wake.abort()
  }

  async #run(): Promise<void> {
    const { part, heartbeat, log, pauseMilliseconds, signal, round } = this.#options
    while (!signal.aborted) {
      let outcome: RoundOutcome = 'silent'
      try {
        outcome = await round()
      } catch (error) {
        if (!signal.aborted) log.error({ part, err: error }, 'a round failed')
      }
      if (outcome !== 'silent') heartbeat.beat(part)
      // A burst of work must not keep timers and requests from running.
      if (outcome === 'again') await new Promise<void>(resolve => setImmediate(resolve))
      else await this.#pause(pauseMilliseconds, signal)
    }
  }

  async #pause(milliseconds: number, signal: AbortSignal): Promise<void> {
    if (this.#wake.signal.aborted) this.#wake = new AbortController()
    await sleep(milliseconds, AbortSignal.any([signal, this.#wake.signal]))
  }
}
