import { type Hash, type Hex, ZERO_HASH } from '@omg/protocol'

/** That a transaction is a leaf of an accepted checkpoint. */
export interface Inclusion {
  /** The encoded header of the checkpoint. */
  readonly header: Hex
  /** `shard << 16 | index`. */
  readonly path: number
  readonly witnessHash: Hash
  /** The encoded positions of the inputs, 12 bytes each. */
  readonly inputPositions: Hex
  /** The fee lanes of the leaf, packed. */
  readonly lanes: bigint
  /** The encoded proof. */
  readonly proof: Hex
}

/** Who made an output: a PAY, a FEE, or a DEPOSIT. */
export interface Creator {
  /** The encoded transaction. */
  readonly transaction: Hex
  /** Index of the output in it; 0 for a DEPOSIT. */
  readonly outputIndex: number
}

/** Where an output comes from. */
export interface Origin {
  readonly creator: Creator
  /** Proof that the creator is in a checkpoint. Not needed for a DEPOSIT, which Ethereum knows. */
  readonly inclusion?: Inclusion
}

/** A valid PAY with everything that shows its validity: all signatures, and who made its inputs, in their order. */
export interface SignedPay {
  /** The encoded PAY. */
  readonly transaction: Hex
  /** Its encoded witness. */
  readonly witness: Hex
  readonly creators: readonly Creator[]
}

/** That an output is spent, by a PAY that was included, or that may still be (R7). */
export interface Spend extends SignedPay {
  /** Which of its inputs is the output in question. */
  readonly inputIndex: number
  /** Absent: the transaction is not claimed to be included. */
  readonly inclusion?: Inclusion
}

/** That the sender may act for an owner: her signature of ExitDelegate(owner, sender, validUntil). */
export interface Delegation {
  /** Seconds. */
  readonly validUntil: bigint
  readonly signature: Hex
}

const NOT_INCLUDED: Inclusion = {
  header: '0x',
  path: 0,
  witnessHash: ZERO_HASH,
  inputPositions: '0x',
  lanes: 0n,
  proof: '0x',
}

const OWN: Delegation = { validUntil: 0n, signature: '0x' }

export const inclusionOf = (inclusion: Inclusion | undefined): Inclusion => inclusion ?? NOT_INCLUDED

export const delegationOf = (delegation: Delegation | undefined): Delegation => delegation ?? OWN

export const spendOf = (spend: Spend) => ({ ...spend, inclusion: inclusionOf(spend.inclusion) })

/** Which end of an in-flight transaction a piggyback is on. */
export type Side = 'input' | 'output'

export const SIDES = ['input', 'output'] as const satisfies readonly Side[]

export const sideOf = (side: Side): number => SIDES.indexOf(side)
