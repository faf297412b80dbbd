import type { Address, Hex, OutputId, Pay, TxHash } from '@omg/protocol'
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
  /** What a challenger earns, in wei. */
  readonly bond: bigint
  readonly startedAt: bigint
  /** From here on it is paid, and can no longer be challenged. */
  readonly exitableAt: bigint
  readonly state: 'open' | 'challenged' | 'paid' | 'dropped'
  readonly answeredBy: Address | null
  /** Absent where the output is a deposit, or the exit was not started by a plain transaction. */
  readonly shown?: Shown
}

/** The in-flight exit of a PAY: decides which of its piggybacks are paid. Times in seconds. */
export interface InFlightClaim {
  readonly kind: 'inFlight'
  readonly id: TxHash
  readonly pay: Pay
  readonly startedAt: bigint
  /** Rivals are taken until here. */
  readonly piggybackUntil: bigint
  /** Inclusions are taken until here. */
  readonly exitableAt: bigint
  /** R7: it was dead when the exit started, so only its inclusion makes it canonical. */
  readonly expired: boolean
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
  /** The exiting output was never made: Ethereum holds its transaction void. */
  | { readonly kind: 'exit.void'; readonly claim: ExitClaim; readonly maker: Maker }
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

/** Until when a violation can be answered, in seconds. */
export function deadlineOf(violation: Violation): bigint {
  const { claim } = violation
  if (violation.kind === 'inFlight.rival' && violation.spend.leaf === null)
    return violation.claim.piggybackUntil
  return claim.exitableAt
}
