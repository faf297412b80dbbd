import type { Address } from '@omg/protocol'
import type { FeeToken } from '../types.ts'
import type { StateHolding } from './holding.ts'
import type { HeldOutput } from './types.ts'

/** Live ORDER value of an owner, by lane of the fee token: token units. */
export class OwnerValues {
  readonly lanes: [bigint, bigint, bigint, bigint] = [0n, 0n, 0n, 0n]

  get isZero(): boolean {
    const [a, b, c, d] = this.lanes
    return a === 0n && b === 0n && c === 0n && d === 0n
  }
}

/** Live ORDER value of everybody who has any, on which the budget of instructions depends (A30). */
export class LiveValues {
  readonly #feeTokens: readonly FeeToken[]
  readonly #lanes: ReadonlyMap<Address, number>
  readonly #values = new Map<Address, OwnerValues>()

  constructor(feeTokens: readonly FeeToken[]) {
    this.#feeTokens = feeTokens
    this.#lanes = new Map(feeTokens.map(({ token, lane }) => [token, lane]))
  }

  /** Steps that the value of an owner allows: one for each `unitsPerStep` lane units of a fee token. */
  stepsOf(owner: Address, unitsPerStep: bigint): number {
    const lanes = this.#values.get(owner)?.lanes
    if (lanes === undefined) return 0
    const steps = this.#feeTokens.reduce(
      (sum, { lane, unit }) => sum + lanes[lane]! / (unit * unitsPerStep),
      0n,
    )
    return Number(steps < 1_000_000n ? steps : 1_000_000n)
  }

  /** An output under a guard came, or went. */
  add(holding: StateHolding, { token, amount }: HeldOutput, sign: 1n | -1n): void {
    const lane = this.#lanes.get(token)
    if (holding.terms === undefined || lane === undefined) return
    const { owner } = holding.terms
    let values = holding.values
    if (values === undefined || values.isZero) {
      // Whoever had nothing left was forgotten, and may have come back under another guard.
      values = this.#values.get(owner) ?? values ?? new OwnerValues()
      holding.values = values
      this.#values.set(owner, values)
    }
    const { lanes } = values
    lanes[lane] = sign === 1n ? lanes[lane]! + amount : lanes[lane]! - amount
    if (values.isZero) this.#values.delete(owner)
  }
}
