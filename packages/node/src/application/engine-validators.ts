import type { Block, Tip } from '@omg/ledger'
import { fromHex, type Hex, toHex } from '@omg/protocol'
import type { EngineValidator } from '../engines/engine.ts'
import {
  enginePowers,
  type PowerChange,
  powerChanges,
  type ValidatorSets,
} from '../rootchain/validator-sets.ts'
import type { Tables } from '../store/tables.ts'

const KEY = 'engineGenesis'

/**
 * What the engine is told about validators: those of its genesis rule until a block has an origin, from then on the set of Ethereum at
 * the origin of the newest block. So each block's updates follow from the chain alone.
 */
export class EngineValidators {
  readonly #tables: Tables
  readonly #sets: () => ValidatorSets

  constructor(tables: Tables, sets: () => ValidatorSets) {
    this.#tables = tables
    this.#sets = sets
  }

  /** The chain begins with these. */
  async begin(validators: readonly EngineValidator[]): Promise<void> {
    const powers = validators.map(({ address, power }) => [toHex(address), String(power)])
    await this.#tables.meta.put(KEY, Buffer.from(JSON.stringify(powers)))
    await this.#tables.root.flushed
  }

  /** What a block on top of a tip changes. */
  updates(tip: Tip, { origin }: Pick<Block, 'origin'>): EngineValidator[] {
    const sets = this.#sets()
    const before = tip.height === 0n ? this.#genesis() : enginePowers(sets.at(tip.origin))
    return powerChanges(before, enginePowers(sets.at(origin))).map(({ address, power }) => {
      const publicKey = sets.publicKeyOf(address)
      return { address: fromHex(address), power, ...(publicKey ? { publicKey: fromHex(publicKey) } : {}) }
    })
  }

  #genesis(): PowerChange[] {
    const bytes = this.#tables.meta.get(KEY)
    const powers = bytes ? (JSON.parse(bytes.toString()) as [Hex, string][]) : []
    return powers.map(([address, power]) => ({ address, power: BigInt(power) }))
  }
}
