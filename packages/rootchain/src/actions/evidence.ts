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

/** That the owner of an output signed its spending: a PAY that was included, or that may still be (R7). */
export interface Spend {
  /** The encoded PAY. */
  readonly transaction: Hex
  /** Which of its inputs is the output in question. */
  readonly inputIndex: number
  /** The owner's signature of it. */
  readonly signature: Hex
  /** Absent: the transaction is not claimed to be included. */
  readonly inclusion?: Inclusion
}

/** That the sender may act for an owner: her signature of ExitDelegate(owner, sender, validUntil). */
export interface Delegation {
  /** Seconds. */
  readonly validUntil: bigint
  readonly signature: Hex
}

/** Where an output comes from: the transaction that made it. */
export interface Origin {
  /** The encoded transaction: a PAY, a FEE, or a DEPOSIT. */
  readonly creator: Hex
  /** Its index there; 0 for a DEPOSIT. */
  readonly outputIndex: number
  /** Not needed for a DEPOSIT, which Ethereum knows. */
  readonly inclusion?: Inclusion
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

export const originOf = (origin: Origin) => ({ ...origin, inclusion: inclusionOf(origin.inclusion) })

/** Which end of an in-flight transaction a piggyback is on. */
export type Side = 'input' | 'output'

export const SIDES = ['input', 'output'] as const satisfies readonly Side[]

export const sideOf = (side: Side): number => SIDES.indexOf(side)
