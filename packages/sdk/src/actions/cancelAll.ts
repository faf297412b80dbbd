import { type Hash, MAX_STEPS, type OmgError } from '@omg/protocol'
import type { Client } from '../client.ts'
import type { SdkError } from '../error.ts'
import type { Market } from '../market/market.ts'
import type { Instruction, InstructionOptions, InstructionUnknownError } from '../order/instruction.ts'
import type { Order } from '../order/live.ts'
import type { Destination } from '../order/steps.ts'
import { batch } from './batch.ts'
import { getAllOrders } from './getOrders.ts'

export interface CancelAllParameters extends InstructionOptions {
  /** Default: all markets. */
  readonly market?: Market | Hash
  /** Default: where each order's terms send what it does not trade. */
  readonly into?: Destination
}

export interface CancelAllReturnType {
  /** One for every 16 orders; each is carried out whole. */
  readonly instructions: readonly Instruction[]
  readonly orders: readonly Order[]
}

export type CancelAllErrorType = SdkError | InstructionUnknownError | OmgError

/** Takes back every order that the client may: of an agent, those that name her. Orders on their way out are left alone. */
export async function cancelAll(
  client: Client,
  parameters: CancelAllParameters = {},
): Promise<CancelAllReturnType> {
  const { market, into, ...options } = parameters
  const signer = client.address()
  const live = await getAllOrders(client, market === undefined ? {} : { market })
  const orders = live.filter(({ terms, release }) => {
    return release === undefined && (signer === terms.owner || signer === terms.agent)
  })
  const instructions: Instruction[] = []
  for (let i = 0; i < orders.length; i += MAX_STEPS) {
    const steps = orders.slice(i, i + MAX_STEPS).map(order => {
      return { cancel: { order, ...(into && { into }) } }
    })
    instructions.push((await batch(client, { steps, ...options })).instruction)
  }
  return { instructions, orders }
}
