import { createPublicClient, http, type PublicClient } from 'viem'

/** What a reader thinks of an endpoint. */
export type SourceState =
  | 'healthy'
  /** Answers, but is behind the other endpoints or behind what it said before. */
  | 'lagging'
  /** Contradicts itself, the contracts' own counters or the majority of the endpoints. */
  | 'lying'
  /** Does not answer, or answers with an error. */
  | 'dead'

export interface SourceHealth {
  readonly url: string
  readonly state: SourceState
  /** Why it is not healthy. */
  readonly reason: string | undefined
  /** The highest block it has named. */
  readonly head: bigint | undefined
}

/** One Ethereum endpoint and our experience with it. */
export interface Source {
  readonly url: string
  readonly client: PublicClient
  state: SourceState
  reason: string | undefined
  head: bigint | undefined
  headTimestamp: bigint | undefined
  failures: number
  retryAt: number
}

/** An endpoint failed in a way that another one may not. */
export class SourceFailure extends Error {
  readonly state: Exclude<SourceState, 'healthy'>

  constructor(state: Exclude<SourceState, 'healthy'>, reason: string, options?: { cause?: unknown }) {
    super(reason, options)
    this.name = 'SourceFailure'
    this.state = state
  }
}

const REQUEST_TIMEOUT_MS = 10_000
const FIRST_RETRY_MS = 250
const LAST_RETRY_MS = 30_000

/** A liar is asked again much later than a node that was restarted. */
const LIAR_RETRY_MS = 120_000

export interface SourceParameters {
  readonly url: string
  /** Milliseconds until a request counts as failed. */
  readonly timeout?: number
}

export function createSource({ url, timeout = REQUEST_TIMEOUT_MS }: SourceParameters): Source {
  return {
    url,
    client: createPublicClient({ transport: http(url, { batch: true, retryCount: 0, timeout }) }),
    state: 'healthy',
    reason: undefined,
    head: undefined,
    headTimestamp: undefined,
    failures: 0,
    retryAt: 0,
  }
}

/** Those that may be asked now: healthy ones first, in the order in which they were named. */
export function askable(sources: readonly Source[], now: number): Source[] {
  const ready = sources.filter(({ retryAt }) => retryAt <= now)
  return [
    ...ready.filter(({ state }) => state === 'healthy'),
    ...ready.filter(({ state }) => state !== 'healthy'),
  ]
}

export function markHealthy(source: Source): void {
  Object.assign(source, { state: 'healthy', reason: undefined, failures: 0, retryAt: 0 })
}

/** Notes a failure and doubles the time until this endpoint is asked again. */
export function markFailed(source: Source, { state, message }: SourceFailure, now: number): void {
  const backoff = Math.min(FIRST_RETRY_MS * 2 ** source.failures, LAST_RETRY_MS)
  const retryAt = now + (state === 'lying' ? LIAR_RETRY_MS : backoff)
  Object.assign(source, { state, reason: message, failures: source.failures + 1, retryAt })
}

export function healthOf({ url, state, reason, head }: Source): SourceHealth {
  return { url, state, reason, head }
}
