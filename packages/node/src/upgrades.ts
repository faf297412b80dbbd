import { concat, fromHex, type Hash, keccak256, toHex, ZERO_HASH } from '@omg/protocol'

/** What a block may hold: rules that every validator checks, beside the limits that each sets for its own proposals (`block.*`). */
export interface ChainParameters {
  /** Most transactions of people. */
  readonly transactions: number
  /** Most bytes of these transactions. */
  readonly bytes: number
  /** Deposits that a block takes while more of them wait. */
  readonly deposits: number
}

/** Before the first upgrade: as much as a node may be configured to propose. */
export const FIRST_PARAMETERS: ChainParameters = {
  transactions: 1_000_000,
  bytes: 60 * 1024 * 1024,
  deposits: 4_096,
}

/** From a height on, the chain has these parameters; what is left out stays as it was. */
export interface Upgrade {
  readonly height: bigint
  readonly parameters: { readonly [Name in keyof ChainParameters]?: number | undefined }
}

/** Most upgrades that a configuration lists. */
export const MAX_UPGRADES = 1_024

/** What is in force from a height on. */
interface Period {
  readonly from: bigint
  readonly parameters: ChainParameters
  /** Of all upgrades up to this one; undefined before the first. */
  readonly hash: Hash | undefined
}

/**
 * The upgrades of a chain by height. Each block says, by {@link hashAt}, which ones have happened, so no validator can go on with a list of its
 * own. An upgrade that lies ahead may still be added, moved or taken out.
 */
export class Upgrades {
  readonly #periods: Period[] = [{ from: 0n, parameters: FIRST_PARAMETERS, hash: undefined }]

  /** In ascending order of height, as the configuration checks. */
  constructor(upgrades: readonly Upgrade[] = []) {
    for (const { height, parameters: changes } of upgrades) {
      const last = this.#periods.at(-1)!
      const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined))
      const parameters = { ...last.parameters, ...given }
      this.#periods.push({ from: height, parameters, hash: hashOf(last.hash, height, parameters) })
    }
  }

  /** What a block of this height may hold. */
  at(height: bigint): ChainParameters {
    return this.#period(height).parameters
  }

  /** Names all upgrades up to this height; undefined before the first. */
  hashAt(height: bigint): Hash | undefined {
    return this.#period(height).hash
  }

  /** What begins with this very height. */
  startingAt(height: bigint): ChainParameters | undefined {
    const period = this.#period(height)
    return period.from === height && period.hash !== undefined ? period.parameters : undefined
  }

  /** The next upgrade after a height. */
  next(height: bigint): { height: bigint; parameters: ChainParameters } | undefined {
    const period = this.#periods.find(({ from }) => from > height)
    return period && { height: period.from, parameters: period.parameters }
  }

  #period(height: bigint): Period {
    return this.#periods.findLast(({ from }) => from <= height)!
  }
}

/** `keccak256(hash before ‖ height u64 ‖ transactions u32 ‖ bytes u32 ‖ deposits u32)`, big-endian. */
function hashOf(before: Hash | undefined, height: bigint, parameters: ChainParameters): Hash {
  const numbers = new DataView(new ArrayBuffer(20))
  numbers.setBigUint64(0, height)
  numbers.setUint32(8, parameters.transactions)
  numbers.setUint32(12, parameters.bytes)
  numbers.setUint32(16, parameters.deposits)
  const bytes = concat(fromHex(before ?? ZERO_HASH), new Uint8Array(numbers.buffer))
  return toHex(keccak256(bytes)) as Hash
}
