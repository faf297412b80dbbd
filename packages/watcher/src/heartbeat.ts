import type { AlarmBook } from './alarm/book.ts'

/** A part of the watcher that does rounds. */
export type Part = 'node' | 'ethereum' | 'guard'

export interface HeartbeatOptions {
  /** Wall clock in milliseconds. */
  readonly now: () => number
  readonly alarms: AlarmBook
  /** Silence of a part for longer than this is a stall, in milliseconds. */
  readonly limitMilliseconds: number
}

/**
 * Silence must never look like safety: every part reports each of its rounds, and a part that does not is an alarm,
 * as is the process itself when it could not run (a frozen machine, a blocked thread), which shows as soon as it can
 * run again.
 */
export class Heartbeat {
  readonly #options: HeartbeatOptions
  readonly #beats = new Map<Part, number>()
  #checkedAt: number

  constructor(parts: readonly Part[], options: HeartbeatOptions) {
    this.#options = options
    this.#checkedAt = options.now()
    for (const part of parts) this.#beats.set(part, this.#checkedAt)
  }

  /** A part has done a round, be it only to find that there is nothing to do. */
  beat(part: Part): void {
    this.#beats.set(part, this.#options.now())
  }

  /** Raises or resolves `watcher.stalled`. To be called regularly, several times within the limit. */
  check(): void {
    const { now, alarms, limitMilliseconds } = this.#options
    const time = now()
    const frozen = time - this.#checkedAt
    this.#checkedAt = time
    if (frozen > limitMilliseconds)
      alarms.see('watcher.stalled', 'process', { silentSeconds: seconds(frozen) })
    else alarms.clear('watcher.stalled', 'process')
    for (const [part, beat] of this.#beats) {
      const silence = time - beat
      if (silence > limitMilliseconds)
        alarms.see('watcher.stalled', part, { silentSeconds: seconds(silence) })
      else alarms.clear('watcher.stalled', part)
    }
  }

  /** Milliseconds since the last round of each part. */
  ages(): Record<string, number> {
    const time = this.#options.now()
    return Object.fromEntries([...this.#beats].map(([part, beat]) => [part, time - beat]))
  }

  /** Whether every part did its rounds in time. */
  alive(): boolean {
    return Object.values(this.ages()).every(age => age <= this.#options.limitMilliseconds)
  }
}

function seconds(milliseconds: number): string {
  return Math.round(milliseconds / 1000).toString()
}
