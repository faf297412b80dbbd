import type { OmgError } from '@omg/protocol'
import type { Client } from '../client.ts'
import type { SdkError } from '../error.ts'
import type { Instruction, InstructionOptions, InstructionUnknownError } from '../order/instruction.ts'
import { batch, type CancelRequest } from './batch.ts'

export type CancelOrderParameters = CancelRequest & InstructionOptions

export type CancelOrderReturnType = Instruction

export type CancelOrderErrorType = SdkError | InstructionUnknownError | OmgError

/**
 * Takes back what is left of an order. In the block that includes it the cancel wins over a fill (R11).
 *
 * @throws SdkError `order.gone`, `order.not_yours`
 */
export async function cancelOrder(
  client: Client,
  parameters: CancelOrderParameters,
): Promise<CancelOrderReturnType> {
  const { validFor, ...cancel } = parameters
  const options = validFor === undefined ? {} : { validFor }
  return (await batch(client, { steps: [{ cancel }], ...options })).instruction
}
