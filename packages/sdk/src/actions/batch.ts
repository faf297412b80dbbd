import { type Guard, type Hash, isTradingBalance, type OmgError } from '@omg/protocol'
import type { Client } from '../client.ts'
import { type SdkError, sdkError } from '../error.ts'
import type { Market } from '../market/market.ts'
import { amendedTerms, changesTerms, type OrderChanges, requireSigner } from '../order/amend.ts'
import {
  type Instruction,
  type InstructionOptions,
  type InstructionUnknownError,
  instruct,
} from '../order/instruction.ts'
import type { Order } from '../order/live.ts'
import { type OrderRequest, prepareOrder } from '../order/request.ts'
import {
  amendSteps,
  cancelStep,
  type Destination,
  FreeBalances,
  type PlannedStep,
  placeStep,
  stepsOf,
} from '../order/steps.ts'
import { heldToken } from '../order/terms.ts'
import { marketOf } from './getMarkets.ts'
import { liveOrder } from './getOrder.ts'
import { getTradingBalances } from './getTradingBalances.ts'

/** An order with other terms or another size. */
export type AmendRequest = OrderChanges & {
  readonly order: Order | Guard
  /** Default: what it has. `all`: as many as what it holds makes under the new terms. */
  readonly lots?: bigint | 'all'
}

/** An order that is taken back. */
export interface CancelRequest {
  readonly order: Order | Guard
  /** Default: where its terms send what it does not trade. */
  readonly into?: Destination
}

/** One of place, amend, cancel. Orders are placed from trading balances. */
export type BatchStep =
  | { readonly place: OrderRequest }
  | { readonly amend: AmendRequest }
  | { readonly cancel: CancelRequest }

export interface BatchParameters extends InstructionOptions {
  /** Up to 16, where an amendment that needs more money than the order holds counts twice. All of one owner. */
  readonly steps: readonly BatchStep[]
}

export interface BatchReturnType {
  readonly instruction: Instruction
  /** The name of the order after each step; undefined of one that is taken back. */
  readonly orders: readonly (Guard | undefined)[]
}

export type BatchErrorType = SdkError | InstructionUnknownError | OmgError

/**
 * Places, amends and cancels up to 16 orders under one signature, all or nothing, and returns when the node has taken it. Costs no fee.
 * What a step names is the order, not the output that holds it now, so a fill in between does no harm.
 */
export async function batch(client: Client, parameters: BatchParameters): Promise<BatchReturnType> {
  const { steps, ...options } = parameters
  if (steps.length === 0) throw sdkError('batch.size', 'a batch of no steps')
  const context: BatchContext = { free: await freeBalances(client, steps), markets: new Map() }
  const planned: PlannedStep[] = []
  const orders: (Guard | undefined)[] = []
  for (const step of steps) {
    const added = await planStep(client, step, context)
    planned.push(...added)
    orders.push('cancel' in step ? undefined : nameAfter(added))
  }
  return { instruction: await instruct(client, stepsOf(planned), options), orders }
}

interface BatchContext {
  readonly free: FreeBalances
  readonly markets: Map<Hash, Market>
}

/** Read once, and only where a step takes from one. */
async function freeBalances(client: Client, steps: readonly BatchStep[]): Promise<FreeBalances> {
  const isNeeded = steps.some(step => !('cancel' in step))
  return new FreeBalances(isNeeded ? await getTradingBalances(client) : [])
}

async function planStep(client: Client, step: BatchStep, context: BatchContext): Promise<PlannedStep[]> {
  if ('place' in step) return planPlacement(client, step.place, context.free)
  const request = 'amend' in step ? step.amend : step.cancel
  const order = await liveOrder(client, request.order)
  requireSigner(client, order.terms)
  if ('cancel' in step) return [cancelStep(order, step.cancel.into)]
  const { order: _, lots = order.lots, ...changes } = step.amend
  const market = context.markets.get(order.market) ?? (await marketOf(client, order.market))
  context.markets.set(order.market, market)
  const amendment = {
    order,
    market,
    lots: lots === 'all' ? undefined : lots,
    isNewTerms: changesTerms(changes),
    next: amendedTerms(order, changes),
  }
  return amendSteps(amendment, context.free)
}

async function planPlacement(
  client: Client,
  request: OrderRequest,
  free: FreeBalances,
): Promise<PlannedStep[]> {
  const prepared = await prepareOrder(client, { from: 'trading', ...request })
  const { market, chain, units, balance } = prepared
  if (balance === undefined)
    throw sdkError('order.invalid', 'an order from coins is a payment of its own: use placeOrder()')
  requireSigner(client, chain.terms)
  free.take(balance, heldToken(market, chain.terms.side), units)
  return [placeStep(balance, units, chain)]
}

/** A reduction keeps the order's name, anything else gives it a new one. */
function nameAfter(steps: readonly PlannedStep[]): Guard {
  const { step, to } = steps.at(-1)!
  return to && !isTradingBalance(to.terms) ? to.guard : step.guard
}
