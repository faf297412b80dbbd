import type { Address, Hex, OutputId, Pay, Position, TxHash } from '@omg/protocol'
import type { Creator } from '@omg/rootchain'

/** Where a transaction stands in a checkpoint that Ethereum has: `checkpoint << 24 | shard << 16 | index`. */
export type Leaf = bigint

/** A transaction, and which of its outputs. */
export interface Maker {
  readonly txHash: TxHash
  readonly outputIndex: number
}

/** The inclusion by which an exit was started, and the PAY that it shows to have made the output. */
export interface Shown {
  readonly txHash: TxHash
  readonly inputs: readonly OutputId[]
  readonly creator: Creator
  readonly leaf: Leaf
}

/** A claim on a vault that waits in a queue: a standard exit or a piggyback. Times in seconds. */
export interface ExitClaim {
  readonly kind: 'exit'
  readonly id: Hex
  /** The output that must not be spent. */
  readonly outputId: OutputId
  /** The end of the in-flight transaction it is on; null for a standard exit. */
  readonly piggyback: {
    readonly transaction: TxHash
    readonly side: 'input' | 'output'
    readonly index: number
  } | null
  readonly owner: Address
  readonly token: Address
  /** Whether it is an ITEM; then the amount is the token id. */
  readonly item: boolean
  readonly amount: bigint
  /** What was put up, in wei. Who challenges earns the half that is not burnt. */
  readonly bond: bigint
  readonly startedAt: bigint
  /** The Ethereum transaction that started it. */
  readonly startedBy: Hex
  /** From here on it is paid when the queue is processed, and a spend of it counts for nothing. */
  readonly exitableAt: bigint
  readonly state: 'open' | 'challenged' | 'paid' | 'dropped'
  readonly answeredBy: Address | null
  /** The transaction that made the output, and where Ethereum was shown it; null for a deposit and for a piggyback. */
  readonly origin: { readonly txHash: TxHash; readonly position: Position } | null
  /** That transaction itself; absent until it is found, and where it is no PAY. */
  readonly shown?: Shown
}

/** The in-flight exit of a PAY: decides which of its piggybacks are paid. Times in seconds. */
export interface InFlightClaim {
  readonly kind: 'inFlight'
  readonly id: TxHash
  readonly pay: Pay
  readonly startedAt: bigint
  /** The first half ends here: rivals are taken before it. */
  readonly piggybackUntil: bigint
  /** Inclusions are taken before this. */
  readonly exitableAt: bigint
  /** R7: it was dead when the exit started, so only its inclusion makes it canonical. */
  readonly expired: boolean
  /** Ethereum was shown its inclusion. */
  readonly inclusionShown: boolean
  /** What Ethereum would decide now. */
  readonly verdict: 'canonical' | 'void'
  /** `decided`: that is final. `over`: an expired payment whose inclusion nobody has shown; it stays undecided. */
  readonly state: 'open' | 'decided' | 'over'
  /** Who showed the last rival, who the last inclusion, and who that it is void. */
  readonly challengedBy: Address | null
  readonly provenBy: Address | null
  readonly voidedBy: Address | null
}

export type Claim = ExitClaim | InFlightClaim

/** A transaction that spends an output, as this watcher has seen it. */
export interface Spend {
  readonly txHash: TxHash
  /** `transaction ‖ witness`. */
  readonly signed: Hex
  /** Which input of the transaction the output is. */
  readonly inputIndex: number
  /** Where it stands in a checkpoint that Ethereum has; null while it stands in none. */
  readonly leaf: Leaf | null
  /** R7: until here, in seconds, it proves the spend without standing in a checkpoint. */
  readonly validUntil: bigint
}

/** What this watcher has seen of the chain; the only thing a judgement depends on besides the claims. */
export interface Sightings {
  /** Every transaction seen that spends an output and can prove so on Ethereum now, included or not. */
  spendsOf(outputId: OutputId): readonly Spend[]
  /** Where the spender of these inputs stands in a checkpoint that Ethereum has. */
  leafOf(txHash: TxHash, inputs: readonly OutputId[]): Leaf | null
}

/** What is wrong with a claim, and what proves it. */
export type Violation =
  /** A20: the exiting output was spent. */
  | { readonly kind: 'exit.spent'; readonly claim: ExitClaim; readonly spend: Spend }
  /** The exiting output was never made: its transaction is void, or will be once Ethereum is shown why. */
  | {
      readonly kind: 'exit.void'
      readonly claim: ExitClaim
      readonly maker: Maker
      /** The input of the transaction that is final by another; null where Ethereum holds the transaction void already. */
      readonly lost: { readonly shown: Shown; readonly inputIndex: number } | null
    }
  /** The transaction that made the exiting output was included after another spend of one of its inputs (A5). */
  | {
      readonly kind: 'exit.losing'
      readonly claim: ExitClaim
      readonly shown: Shown
      readonly inputIndex: number
      readonly spend: Spend
    }
  /** A piggyback on an input or output that was spent elsewhere. */
  | { readonly kind: 'piggyback.spent'; readonly claim: ExitClaim; readonly spend: Spend }
  /** Ethereum holds an in-flight transaction canonical, but another spend of one of its inputs stands earlier. */
  | {
      readonly kind: 'inFlight.rival'
      readonly claim: InFlightClaim
      readonly input: OutputId
      readonly spend: Spend
    }
  /** An in-flight transaction spends what is final by another, or what a void transaction made (I2). */
  | {
      readonly kind: 'inFlight.void'
      readonly claim: InFlightClaim
      readonly inputIndex: number
      /** Null: the input is final by an exit or by another transaction. */
      readonly parent: Maker | null
    }
  /** Ethereum holds an in-flight transaction void, although it was included before every rival. */
  | { readonly kind: 'inFlight.included'; readonly claim: InFlightClaim; readonly leaf: Leaf }

/** One name for each thing that can be disputed, stable over restarts and reorganisations. */
export function keyOfViolation(violation: Violation): string {
  return `${violation.kind}:${violation.claim.id}`
}

/**
 * From which second on Ethereum no longer takes the answer to a violation; null where it does for as long as the claim is
 * open, however late its queue is processed. The checks are those of contracts/src/exits.
 */
export function deadlineOf(violation: Violation): bigint | null {
  switch (violation.kind) {
    // ExitGame._requireChallengeable
    case 'exit.spent':
    case 'piggyback.spent':
      return violation.claim.exitableAt
    // challengeVoidExit, challengeVoidPiggyback, challengeLosingExit: no time is checked
    case 'exit.void':
    case 'exit.losing':
      return null
    case 'inFlight.rival': {
      // SpendRegistry._show: in its second half it loses no input, included rival or not (A15), unless what it wins by is a
      // later inclusion of its own.
      const { claim, spend } = violation
      return claim.inclusionShown && spend.leaf !== null ? claim.exitableAt : claim.piggybackUntil
    }
    // SpendRegistry._verdict: from here on it is decided
    case 'inFlight.void':
    case 'inFlight.included':
      return violation.claim.exitableAt
  }
}

/**
 * Before which second a violation must be answered so that nothing can come between: its deadline, the death of a spend
 * that is in no checkpoint (R7), or the moment from which on whoever processes the queue pays the claim.
 */
export function safeUntil(violation: Violation): bigint {
  const deadline = deadlineOf(violation) ?? violation.claim.exitableAt
  if (!('spend' in violation) || violation.spend.leaf !== null) return deadline
  const dead = violation.spend.validUntil + 1n
  return dead < deadline ? dead : deadline
}
