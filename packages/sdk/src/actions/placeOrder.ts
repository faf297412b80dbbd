import { amount, type Guard, type OmgError, type OrderTerms } from '@omg/protocol'
import type { Client } from '../client.ts'
import type { SdkError } from '../error.ts'
import { requireSigner } from '../order/amend.ts'
import {
  type Instruction,
  type InstructionOptions,
  type InstructionUnknownError,
  instruct,
} from '../order/instruction.ts'
import { type OrderRequest, type PreparedOrder, prepareOrder } from '../order/request.ts'
import { placeStep, stepsOf } from '../order/steps.ts'
import { heldToken } from '../order/terms.ts'
import { payOutputs } from '../payment/outputs.ts'
import type { Payment } from '../payment/payment.ts'
import type { PaymentOptions } from '../payment/plan.ts'
import type { PaymentUnknownError } from '../payment/send.ts'

/** Finality and fee token concern an order from coins, which is a payment. */
export type PlaceOrderParameters = OrderRequest & PaymentOptions & InstructionOptions

/** An order that the node has taken. */
export type PlacedOrder = {
  /** Its name. */
  readonly guard: Guard
  readonly terms: OrderTerms
  readonly lots: bigint
  /** What it holds, in token units: its size at its worst price with the highest fee. */
  readonly amount: bigint
} & ({ readonly payment: Payment } | { readonly instruction: Instruction })

export type PlaceOrderReturnType = PlacedOrder

export type PlaceOrderErrorType = SdkError | PaymentUnknownError | InstructionUnknownError | OmgError

/**
 * Places an order, from coins with a payment or from a trading balance with an instruction, and returns when the node has taken it. It
 * takes part from the block after the one that includes it.
 *
 * @example
 * ```ts
 * const [market] = await client.getMarkets()
 * const order = { market, side: 'buy', price: market.priceOf('2000.5'), lots: market.lotsOf('0.1') } as const
 * const { guard } = await client.placeOrder({ ...order, postOnly: true, from: 'trading' })
 * ```
 */
export async function placeOrder(
  client: Client,
  parameters: PlaceOrderParameters,
): Promise<PlaceOrderReturnType> {
  const prepared = await prepareOrder(client, parameters)
  const { chain, units } = prepared
  const placed = { guard: chain.guard, terms: chain.terms, lots: parameters.lots, amount: units }
  if (prepared.balance !== undefined) {
    requireSigner(client, chain.terms)
    const planned = stepsOf([placeStep(prepared.balance, units, chain)])
    return { ...placed, instruction: await instruct(client, planned, parameters) }
  }
  return { ...placed, payment: await payForOrder(client, prepared, parameters) }
}

/** An order from coins: a payment whose first output is the order. */
export function payForOrder(
  client: Client,
  { market, chain, units }: PreparedOrder,
  options: PaymentOptions & InstructionOptions,
): Promise<Payment> {
  const { guard, terms, chained } = chain
  const token = heldToken(market, terms.side)
  const outputs = [{ type: 'order' as const, guard, token, amount: amount(units) }]
  return payOutputs(client, { outputs, orderTerms: [terms, ...chained], options })
}
