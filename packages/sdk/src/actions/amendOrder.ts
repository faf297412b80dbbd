import type { Guard, OmgError } from '@omg/protocol'
import type { Client } from '../client.ts'
import type { SdkError } from '../error.ts'
import type { Instruction, InstructionOptions, InstructionUnknownError } from '../order/instruction.ts'
import { type AmendRequest, batch } from './batch.ts'

export type AmendOrderParameters = AmendRequest & InstructionOptions

export interface AmendOrderReturnType {
  /** The order's name from now on: the same if it only became smaller. */
  readonly guard: Guard
  readonly instruction: Instruction
}

export type AmendOrderErrorType = SdkError | InstructionUnknownError | OmgError

/**
 * Changes an order. A smaller size alone keeps its place in the queue; anything else makes it a new order, in the same block in which the
 * old one ends. Where the new one needs more or less money than the old one holds, the difference comes from the trading balance of the
 * same owner, agent and receiver, and goes there.
 *
 * @throws SdkError `order.gone`, `order.invalid`, `order.not_yours`, `trading.insufficient`
 */
export async function amendOrder(
  client: Client,
  parameters: AmendOrderParameters,
): Promise<AmendOrderReturnType> {
  const { validFor, ...amend } = parameters
  const options = validFor === undefined ? {} : { validFor }
  const { instruction, orders } = await batch(client, { steps: [{ amend }], ...options })
  return { guard: orders[0]!, instruction }
}
