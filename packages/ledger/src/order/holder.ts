import {
  type Address,
  coinGuard,
  type OrderTerms,
  type Output,
  type OutputId,
  orderGuard,
  packLanes,
  tradingTerms,
} from '@omg/protocol'
import type { FeeToken } from '../types.ts'
import type { MadeOutput, SpentOutput } from './draft.ts'

/** The order and the output that hold a guard's value while the batches are planned. */
export interface Holder {
  readonly id: OutputId
  readonly output: Output
  readonly terms: OrderTerms
  readonly lots: number
  /** Made by a transaction of the plan. */
  readonly fresh: boolean
}

/** Where what an order gives back goes: into the owner's trading balance, or (undefined) to her COIN. */
export function returnTerms({ proceedsKind, owner, agent, receiver }: OrderTerms): OrderTerms | undefined {
  return proceedsKind === 'trading' ? tradingTerms(owner, agent, receiver) : undefined
}

/** An ORDER under some terms, or without any a COIN of `owner`. */
export function ordered(
  outputIds: readonly OutputId[],
  index: number,
  { token, amount }: Pick<Output, 'token' | 'amount'>,
  terms: OrderTerms | undefined,
  owner: Address,
): MadeOutput {
  const id = outputIds[index]!
  if (!terms) return { index, id, output: { type: 'coin', guard: coinGuard(owner), token, amount } }
  return { index, id, output: { type: 'order', guard: orderGuard(terms), token, amount }, terms }
}

export function spentOf({ id, output, fresh }: Holder): SpentOutput {
  return { id, output, fresh }
}

export function laneOf({ lane }: FeeToken, units: bigint): bigint {
  const lanes: [bigint, bigint, bigint, bigint] = [0n, 0n, 0n, 0n]
  lanes[lane] = units
  return packLanes(lanes)
}
