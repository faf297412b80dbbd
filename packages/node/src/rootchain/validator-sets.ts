import type { Hex } from '@omg/protocol'

/** A validator as Ethereum knows it: the address of the key that signs, lower case, and its stake in OMG wei. */
export interface SetMember {
  readonly address: Hex
  readonly power: bigint
}

/** A set as it was published on Ethereum; its members in ascending order of address. */
export interface ValidatorSet {
  readonly id: bigint
  readonly validators: readonly SetMember[]
}

/** Something on Ethereum that says who validates. `block` is the number of the Ethereum block that it stands in. */
export type ValidatorFact = { readonly block: bigint } & (
  | ({ readonly kind: 'set' } & ValidatorSet)
  /** A key was proven: its compressed public key, 33 bytes, which an address alone does not tell. */
  | { readonly kind: 'key'; readonly signer: Hex; readonly publicKey: Hex }
)

/** OMG wei of one unit of power in the engine, whose powers must add up to less than 2^60. */
export const WEI_PER_POWER = 10n ** 18n

/** What a validator weighs in the engine: whole OMG, and one at least. */
export function enginePower({ power }: SetMember): bigint {
  const whole = power / WEI_PER_POWER
  return whole > 0n ? whole : 1n
}

/**
 * The validator sets of Ethereum. Which one rules is a pure function of the origin: the newest that was published at or before it,
 * so every node names the same whenever it executes a block. Facts come in the order of Ethereum; those of a fork that died are
 * forgotten by starting anew.
 */
export class ValidatorSets {
  readonly #first: ValidatorSet
  readonly #sets: { block: bigint; set: ValidatorSet }[] = []
  readonly #keys = new Map<Hex, Hex>()

  /** @param first The first set of the chain: it rules as long as no origin has seen any. */
  constructor(first: ValidatorSet, facts: Iterable<ValidatorFact> = []) {
    this.#first = first
    for (const fact of facts) this.add(fact)
  }

  /** Ethereum block of the newest set; 0 if none was seen. */
  get newest(): bigint {
    return this.#sets.at(-1)?.block ?? 0n
  }

  /** The newest set that was seen, whether or not an origin has. */
  get last(): ValidatorSet {
    return this.#sets.at(-1)?.set ?? this.#first
  }

  add(fact: ValidatorFact): void {
    if (fact.kind === 'key') this.#keys.set(fact.signer, fact.publicKey)
    // A chain without validators could never have others again, so the set before goes on.
    else if (fact.validators.length > 0)
      this.#sets.push({ block: fact.block, set: { id: fact.id, validators: fact.validators } })
  }

  /** The set whose keys sign checkpoints with this origin. */
  at(origin: bigint): ValidatorSet {
    return this.#sets.findLast(({ block }) => block <= origin)?.set ?? this.#first
  }

  /** By its number on Ethereum. */
  get(id: bigint): ValidatorSet | undefined {
    if (id === this.#first.id) return this.#first
    return this.#sets.find(({ set }) => set.id === id)?.set
  }

  /** The compressed public key behind an address; undefined if it was never proven. */
  publicKeyOf(signer: Hex): Hex | undefined {
    return this.#keys.get(signer)
  }
}

/** More than 2/3 of the power of a set (R4). */
export function isQuorum({ validators }: ValidatorSet, signers: Iterable<Hex>): boolean {
  const signed = new Set(signers)
  let [power, total] = [0n, 0n]
  for (const validator of validators) {
    total += validator.power
    if (signed.has(validator.address)) power += validator.power
  }
  return total > 0n && power * 3n > total * 2n
}

/** A validator whose weight in the engine changes; it leaves with 0. */
export interface PowerChange {
  readonly address: Hex
  readonly power: bigint
}

/** What the engine is told when one set follows another: in ascending order of address, so that all nodes say it alike. */
export function powerChanges(
  before: readonly PowerChange[],
  after: readonly PowerChange[],
): readonly PowerChange[] {
  const known = new Map(before.map(({ address, power }) => [address, power]))
  const changes = after.filter(({ address, power }) => known.get(address) !== power)
  const kept = new Set(after.map(({ address }) => address))
  const gone = before
    .filter(({ address }) => !kept.has(address))
    .map(({ address }) => ({ address, power: 0n }))
  return [...changes, ...gone].sort((a, b) => (a.address < b.address ? -1 : 1))
}

/** A set as the engine weighs it. */
export function enginePowers({ validators }: ValidatorSet): readonly PowerChange[] {
  return validators.map(member => ({ address: member.address, power: enginePower(member) }))
}
