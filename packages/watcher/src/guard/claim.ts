import type { Address, Amount, Hex, OutputId, Pay, Position, TxHash } from '@omg/protocol'

/** A standard exit, as Ethereum records it. Times in seconds. */
export interface StandardClaim {
  readonly kind: 'standard'
  /** Id of the exit in its exit game. */
  readonly id: Hex
  readonly outputId: OutputId
  readonly owner: Address
  readonly token: Address
  readonly amount: Amount
  readonly startedAt: bigint
  /** Nobody can challenge it after this. */
  readonly deadline: bigint
  readonly state: 'open' | 'challenged' | 'paid'
  /** Who challenged it. */
  readonly answeredBy: Address | null
}

/** Somebody's wish to be paid from an in-flight exit. */
export interface Piggyback {
  readonly side: 'input' | 'output'
  readonly index: number
  /** Who showed that this input or output was spent elsewhere; null while nobody did. */
  readonly blockedBy: Address | null
}

/** An in-flight exit of a PAY, as Ethereum records it. Times in seconds. */
export interface InFlightClaim {
  readonly kind: 'inFlight'
  readonly id: Hex
  readonly txHash: TxHash
  readonly pay: Pay
  readonly startedAt: bigint
  /** Competitors and responses are taken until here. */
  readonly canonicityDeadline: bigint
  /** Spends of piggybacked inputs and outputs are taken until here. */
  readonly deadline: bigint
  /** The competitor that stands against it; null while it counts as canonical. */
  readonly competitor: {
    readonly txHash: TxHash
    readonly position: Position | null
    readonly by: Address
  } | null
  /** Where its inclusion was shown, and by whom. */
  readonly inclusion: { readonly position: Position; readonly by: Address } | null
  readonly piggybacks: readonly Piggyback[]
  readonly state: 'open' | 'finalised'
}

export type Claim = StandardClaim | InFlightClaim

/** A transaction that spends an output, as this watcher has seen it. */
export interface Spend {
  readonly txHash: TxHash
  /** `transaction ‖ witness`. */
  readonly signed: Hex
  /** Which input of the transaction the output is. */
  readonly inputIndex: number
  /** Where it stands in a checkpoint that Ethereum has; null while it has none. Output index 0. */
  readonly position: Position | null
}

/** What this watcher has seen of the chain; the only thing a judgement depends on besides the claim. */
export interface Sightings {
  /** Every valid transaction seen that spends an output, included or not. */
  spendsOf(outputId: OutputId): readonly Spend[]
  /** Where a transaction stands in a checkpoint that Ethereum has. */
  positionOf(txHash: TxHash): Position | null
}

/** What is wrong with a claim, and what proves it. */
export type Violation =
  /** A20: the exiting output was spent. */
  | { readonly kind: 'exit.spent'; readonly claim: StandardClaim; readonly spend: Spend }
  /** Another transaction spends an input of the in-flight one, and stands earlier. */
  | {
      readonly kind: 'inFlight.competitor'
      readonly claim: InFlightClaim
      readonly inputIndex: number
      readonly spend: Spend
    }
  /** The in-flight transaction is disputed although it was included before the competitor. */
  | { readonly kind: 'inFlight.included'; readonly claim: InFlightClaim; readonly position: Position }
  /** A piggybacked input was spent by another transaction. */
  | {
      readonly kind: 'piggyback.input'
      readonly claim: InFlightClaim
      readonly index: number
      readonly spend: Spend
    }
  /** A piggybacked output was spent. */
  | {
      readonly kind: 'piggyback.output'
      readonly claim: InFlightClaim
      readonly index: number
      readonly spend: Spend
    }

/** One name for each thing that can be disputed, stable over restarts and reorganisations. */
export function keyOfViolation(violation: Violation): string {
  const suffix = violation.kind.startsWith('piggyback') ? `:${(violation as { index: number }).index}` : ''
  return `${violation.kind}:${violation.claim.id}${suffix}`
}

/** Until when a violation can be answered, in seconds. */
export function deadlineOf(violation: Violation): bigint {
  switch (violation.kind) {
    case 'inFlight.competitor':
    case 'inFlight.included':
      return violation.claim.canonicityDeadline
    default:
      return violation.claim.deadline
  }
}
