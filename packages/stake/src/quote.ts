import { congested } from './congestion.ts'
import { stepped } from './schedule.ts'

/** What a fee depends on besides the vote. */
export interface QuotePolicy {
  /** Seconds of an epoch. */
  readonly epoch: bigint
  /** The highest congestion multiple, in parts per million; at least one. */
  readonly maximum: bigint
}

export interface Quote {
  /** Due in the next block. */
  readonly now: bigint
  /** Due at today's congestion once the votes as they stand are counted. */
  readonly nextEpoch: bigint
  /** Not more than this can become due for a transaction while it is valid, whatever is voted and however full blocks are. */
  readonly maximum: bigint
}

/** The most that a voted number can be after so many epochs, each of which takes it one step up, as far as its range goes. */
export function mostAfter(from: bigint, epochs: bigint, ceiling: bigint): bigint {
  let value = from
  for (let epoch = 0n; epoch < epochs && value < ceiling; epoch++) value = stepped(value, ceiling)
  return value
}

/**
 * The fee of an operation for one signature, in lane units. R7: a transaction lives while the origin's time is at most its
 * `validUntil`, and the schedule takes one step at most in each epoch that the origin enters, so both together bound what it may cost.
 */
export function quoteFee(
  fee: {
    readonly voted: bigint
    readonly votedNext: bigint
    readonly multiple: bigint
    readonly ceiling: bigint
  },
  time: { readonly origin: bigint; readonly validUntil: bigint },
  policy: QuotePolicy | undefined,
): Quote {
  const { voted, votedNext, multiple, ceiling } = fee
  if (policy === undefined) return { now: voted, nextEpoch: voted, maximum: voted }
  const { epoch, maximum } = policy
  const epochs = time.validUntil / epoch - time.origin / epoch
  return {
    now: congested(voted, multiple),
    nextEpoch: congested(votedNext, multiple),
    maximum: congested(mostAfter(voted, epochs, ceiling), maximum),
  }
}
