import type { Address, OutputId } from '@omg/protocol'

/** Something that was done for sets and fees, or cannot be done now. Amounts in wei of the token. */
export type RewardsStep =
  /** The next validator set stands. */
  | { readonly kind: 'published'; readonly validatorSetId: bigint }
  /** The exit of a fee coin has started. */
  | {
      readonly kind: 'collected'
      readonly exitId: OutputId
      readonly checkpoint: bigint
      readonly validatorSetId: bigint
      readonly token: Address
      readonly amount: bigint
    }
  /** A fee coin is worth less than what it costs to collect it. */
  | {
      readonly kind: 'left'
      readonly checkpoint: bigint
      readonly token: Address
      readonly amount: bigint
      readonly least: bigint
    }
  /** The exits of a queue whose time had come were processed. */
  | { readonly kind: 'processed'; readonly token: Address; readonly paid: number }
  /** The money of a fee coin is income of its set. */
  | {
      readonly kind: 'swept'
      readonly exitId: OutputId
      readonly validatorSetId: bigint
      readonly token: Address
      readonly amount: bigint
    }
  | { readonly kind: 'bondsReturned'; readonly amount: bigint }
  | { readonly kind: 'tallied'; readonly validatorSetId: bigint; readonly from: bigint; readonly to: bigint }
  /** The income of all sets up to one is divided. */
  | { readonly kind: 'divided'; readonly token: Address; readonly upTo: bigint }
  | { readonly kind: 'insured'; readonly token: Address; readonly amount: bigint }
  | Failure

/** Something that was done about an offence of a validator. */
export type OffenceStep =
  /** The proof of an offence is committed to, and shown some blocks later (A39). */
  | { readonly kind: 'announced'; readonly offence: string }
  /** An offence is proven. */
  | {
      readonly kind: 'slashed'
      readonly offence: string
      readonly validator: Address
      readonly slashed: bigint
    }
  /** A key signs almost nothing; its owner may answer. */
  | { readonly kind: 'reported'; readonly signer: Address; readonly from: bigint }
  /** A report was answered with signatures that submitters had left out. */
  | { readonly kind: 'answered'; readonly signer: Address; readonly signatures: number }
  /** The time to answer was over. */
  | { readonly kind: 'concluded'; readonly signer: Address; readonly jailed: boolean }
  | Failure

/** A duty was not done, and is tried again: an endpoint is away, a contract refuses. */
export interface Failure {
  readonly kind: 'failed'
  readonly duty: Duty
  readonly error: unknown
}

export type KeeperStep = RewardsStep | OffenceStep

/** What a keeper looks after. */
export const DUTIES = ['sets', 'collection', 'division', 'offences'] as const
export type Duty = (typeof DUTIES)[number]

/** Is told of every step, in order. */
export type Tell<Step extends KeeperStep> = (step: Step) => void
