import { type ConditionState, conditionMachine } from '../machine/condition.ts'
import { step } from '../machine/table.ts'
import { ALARMS, type AlarmCode, type AlarmKind, type Severity } from './catalogue.ts'

/** One alarm about one subject, as the API shows it and the store keeps it. Times are RFC 3339 UTC. */
export interface Alarm {
  readonly code: AlarmCode
  /** What it is about: an exit id, a height, a checkpoint number, a provider. */
  readonly subject: string
  readonly severity: Severity
  readonly meaning: string
  readonly safe: string
  readonly action: string
  /** Facts of this case, for whoever has to act by hand. */
  readonly details: Readonly<Record<string, string>>
  readonly since: string
  readonly resolvedAt: string | null
}

export type AlarmChange = { readonly kind: 'raised' | 'resolved'; readonly alarm: Alarm }

export interface AlarmBookOptions {
  /** Wall clock in milliseconds. */
  readonly now: () => number
  /** Seconds for each kind of grace. */
  readonly graces: Readonly<Record<AlarmKind['grace'], bigint>>
  /** Alarms of an earlier life of this process that were not resolved, and the latest resolved ones. */
  readonly known?: readonly Alarm[]
  /** Called with each change, before subscribers: the store. */
  readonly keep?: (alarm: Alarm) => void
}

/** Resolved alarms kept in memory for `GET /alarms?state=resolved`; the store keeps all of them. */
export const RESOLVED_ALARMS_KEPT = 1000

interface Condition {
  state: ConditionState
  since: bigint
}

/**
 * All alarms, standing and past. Callers report what they see (`see`, `clear`); the condition machine decides when
 * that becomes an alarm.
 */
export class AlarmBook {
  readonly #options: AlarmBookOptions
  readonly #conditions = new Map<string, Condition>()
  readonly #standing = new Map<string, Alarm>()
  readonly #resolved: Alarm[] = []
  readonly #subscribers = new Set<(change: AlarmChange) => void>()

  constructor(options: AlarmBookOptions) {
    this.#options = options
    for (const alarm of options.known ?? []) {
      if (alarm.resolvedAt !== null) {
        this.#resolved.push(alarm)
        continue
      }
      const key = keyOf(alarm.code, alarm.subject)
      this.#standing.set(key, alarm)
      this.#conditions.set(key, {
        state: 'raised',
        since: BigInt(Math.floor(Date.parse(alarm.since) / 1000)),
      })
    }
  }

  /** The condition behind `code` is true for `subject` now. Raises the alarm once its grace is over. */
  see(code: AlarmCode, subject: string, details: Readonly<Record<string, string>> = {}): void {
    const key = keyOf(code, subject)
    const now = BigInt(Math.floor(this.#options.now() / 1000))
    const condition = this.#conditions.get(key) ?? { state: conditionMachine.initial, since: now }
    const kind: AlarmKind = ALARMS[code]
    const next = step(conditionMachine, condition.state, 'seen', {
      now,
      since: condition.since,
      grace: this.#options.graces[kind.grace],
    })
    this.#conditions.set(key, { state: next.state, since: condition.since })
    if (next.effects.includes('raise')) this.#raise(key, code, subject, kind, details)
    if (next.effects.includes('refresh')) this.#refresh(key, details)
  }

  /** The condition behind `code` is no longer true for `subject`. Resolves the alarm if it stands. */
  clear(code: AlarmCode, subject: string): void {
    const key = keyOf(code, subject)
    const condition = this.#conditions.get(key)
    if (condition === undefined) return
    const next = step(conditionMachine, condition.state, 'unseen', { now: 0n, since: 0n, grace: 0n })
    this.#conditions.delete(key)
    if (next.effects.includes('resolve')) this.#resolve(key)
  }

  /** Clears every subject of `code` that is not in `subjects`: for conditions that are computed as a whole. */
  clearOthers(code: AlarmCode, subjects: ReadonlySet<string>): void {
    for (const key of [...this.#conditions.keys()]) {
      const [known, subject] = splitKey(key)
      if (known === code && !subjects.has(subject)) this.clear(code, subject)
    }
  }

  standing(): readonly Alarm[] {
    return [...this.#standing.values()]
  }

  isStanding(code: AlarmCode, subject?: string): boolean {
    if (subject !== undefined) return this.#standing.has(keyOf(code, subject))
    return this.standing().some(alarm => alarm.code === code)
  }

  /** The latest resolved alarms, newest first. */
  resolved(): readonly Alarm[] {
    return [...this.#resolved].reverse()
  }

  subscribe(subscriber: (change: AlarmChange) => void): () => void {
    this.#subscribers.add(subscriber)
    return () => this.#subscribers.delete(subscriber)
  }

  #raise(key: string, code: AlarmCode, subject: string, kind: AlarmKind, details: Alarm['details']): void {
    const { severity, meaning, safe, action } = kind
    const since = new Date(this.#options.now()).toISOString()
    const alarm: Alarm = { code, subject, severity, meaning, safe, action, details, since, resolvedAt: null }
    this.#standing.set(key, alarm)
    this.#announce({ kind: 'raised', alarm })
  }

  #refresh(key: string, details: Alarm['details']): void {
    const alarm = this.#standing.get(key)
    if (alarm === undefined || sameDetails(alarm.details, details)) return
    const refreshed = { ...alarm, details }
    this.#standing.set(key, refreshed)
    this.#options.keep?.(refreshed)
  }

  #resolve(key: string): void {
    const alarm = this.#standing.get(key)
    if (alarm === undefined) return
    this.#standing.delete(key)
    const resolved = { ...alarm, resolvedAt: new Date(this.#options.now()).toISOString() }
    this.#resolved.push(resolved)
    if (this.#resolved.length > RESOLVED_ALARMS_KEPT) this.#resolved.shift()
    this.#announce({ kind: 'resolved', alarm: resolved })
  }

  #announce(change: AlarmChange): void {
    this.#options.keep?.(change.alarm)
    for (const subscriber of this.#subscribers) subscriber(change)
  }
}

function keyOf(code: AlarmCode, subject: string): string {
  return `${code} ${subject}`
}

function splitKey(key: string): [string, string] {
  const space = key.indexOf(' ')
  return [key.slice(0, space), key.slice(space + 1)]
}

function sameDetails(a: Alarm['details'], b: Alarm['details']): boolean {
  const keys = Object.keys(b)
  return keys.length === Object.keys(a).length && keys.every(key => a[key] === b[key])
}
