import { type Guard, type Hash, type OmgError, toHex } from '@omg/protocol'
import type { Client } from '../client.ts'
import { type SdkError, sdkError } from '../error.ts'
import type { Market } from '../market/market.ts'
import { Fields } from '../node/decode.ts'
import { type Instruction, signInstruction } from '../order/instruction.ts'
import { cancelStep, type Destination, stepsOf } from '../order/steps.ts'
import { chainTime } from '../payment/validity.ts'
import { getAllOrders } from './getOrders.ts'

/** Orders that one switch cancels: as many as the chain takes back for an owner in one block. */
export const MAX_SWITCH_ORDERS = 256

export interface CancelAllAfterParameters {
  /** Without another call for so long, the orders are cancelled: 1 s to two hours. */
  readonly seconds: number
  /** Default: all markets. */
  readonly market?: Market | Hash
  /** Default: where each order's terms send what it does not trade. */
  readonly into?: Destination
  /** What the call before returned: starts its time anew, for the orders that live now. */
  readonly refresh?: DeadManSwitch
}

/** Signed cancels that the node holds. Keep it: with it the time is started anew, or the switch disarmed. */
export interface DeadManSwitch {
  /** A secret between the client and the node. */
  readonly id: Hash
  /** Seconds of the node's clock; undefined while there is no order to cancel, and nothing is armed. */
  readonly firesAt: bigint | undefined
  /** One for each order, so that one which is gone by then keeps no other from being cancelled. */
  readonly instructions: ReadonlyMap<Guard, Instruction>
}

export type CancelAllAfterReturnType = DeadManSwitch

export type CancelAllAfterErrorType = SdkError | OmgError

/**
 * Dead-man switch: the orders that live now are cancelled unless this is called again in time with `refresh`. Signs a cancel of each
 * order ahead, which the node holds; a call that changes nothing signs nothing. The node must be there to do it: the chain knows nothing
 * of switches, and whoever does not trust one node with it arms a client of another one too.
 *
 * @throws SdkError `switch.size` beyond 256 orders
 */
export async function cancelAllAfter(
  client: Client,
  { seconds, market, into, refresh }: CancelAllAfterParameters,
): Promise<CancelAllAfterReturnType> {
  const signer = client.address()
  const live = await getAllOrders(client, market === undefined ? {} : { market })
  const orders = live.filter(({ terms, release }) => {
    return release === undefined && (signer === terms.owner || signer === terms.agent)
  })
  if (orders.length > MAX_SWITCH_ORDERS) {
    throw sdkError('switch.size', `${orders.length} orders, where a switch cancels ${MAX_SWITCH_ORDERS}`)
  }
  const id = refresh?.id ?? (toHex(crypto.getRandomValues(new Uint8Array(32))) as Hash)
  if (orders.length === 0) {
    if (refresh?.firesAt !== undefined) await disarmCancelAll(client, { switch: refresh })
    return { id, firesAt: undefined, instructions: new Map() }
  }
  const now = await chainTime(client)
  const instructions = new Map<Guard, Instruction>()
  for (const order of orders) {
    const held = refresh?.instructions.get(order.guard)
    const lives = held !== undefined && held.validUntil > now + BigInt(seconds) + MARGIN_SECONDS
    const sign = () => signInstruction(client, stepsOf([cancelStep(order, into)]), validUntil(now, seconds))
    instructions.set(order.guard, lives ? held : await sign())
  }
  const isSame =
    refresh?.firesAt !== undefined &&
    refresh.instructions.size === instructions.size &&
    [...instructions].every(([guard, { hash }]) => refresh.instructions.get(guard)?.hash === hash)
  const signed = [...instructions.values()].map(instruction => instruction.signed)
  const arm = (given: object) => client.node.request('omg_armDeadMan', { id, seconds, ...given })
  // A node that has fired, or lost it, is given everything again.
  const answer = isSame
    ? await arm({}).catch(() => arm({ instructions: signed }))
    : await arm({ instructions: signed })
  return { id, firesAt: new Fields(answer, 'switch').integer('firesAt'), instructions }
}

export interface DisarmCancelAllParameters {
  readonly switch: Pick<DeadManSwitch, 'id'>
}

/** Takes the cancels back from the node. False: it had none of this switch (any more), because it has fired. */
export async function disarmCancelAll(
  client: Client,
  { switch: { id } }: DisarmCancelAllParameters,
): Promise<boolean> {
  return new Fields(await client.node.request('omg_disarmDeadMan', { id }), 'switch').flag('disarmed')
}

/** An instruction that would die this soon after firing is signed anew. */
const MARGIN_SECONDS = 60n
const MOST_SECONDS = 7_200

/** Long enough for a few refreshes, and no longer than the chain allows. */
function validUntil(now: bigint, seconds: number): bigint {
  return now + BigInt(Math.min(2 * seconds + 600, MOST_SECONDS))
}
