import type { Address, OutputId } from '@omg/protocol'

/** Something that a keeper did, or found that it cannot do now. Amounts in wei of the token. */
export type KeeperStep =
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
  /** A duty was not done, and is tried again: somebody else was faster, an endpoint is away. */
  | { readonly kind: 'failed'; readonly duty: Duty; readonly error: unknown }

/** What a keeper looks after. */
export const DUTIES = ['sets', 'collection', 'division'] as const
export type Duty = (typeof DUTIES)[number]

/** Is told of every step, in order. */
export type Tell = (step: KeeperStep) => void
