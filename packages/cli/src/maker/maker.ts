import { MAX_STEPS, OmgError } from '@omg/protocol'
import type { BatchStep, Market, OmgClient, Order } from '@omg/sdk'
import { pause } from '../pause.ts'
import { middleOf, type QuotePlan, quotesAround, stepsTo } from './quotes.ts'

export interface MakerParameters extends QuotePlan {
  readonly client: OmgClient
  readonly market: Market
  /** In ticks; undefined: the middle of the book, or the last price. */
  readonly reference: bigint | undefined
  /** Told of every change and of every round that failed. */
  readonly onRound: (round: MakerRound) => void
}

export interface MakerRound {
  readonly reference: bigint | undefined
  readonly steps: number
  /** Why nothing was changed. */
  readonly error: OmgError | undefined
}

/** Reads the book, and moves the quotes to where they belong. Nothing is kept in memory: what stands is asked for each time. */
export async function makeRound(parameters: MakerParameters): Promise<MakerRound> {
  const { client, market } = parameters
  try {
    const live = await ownOrders(client, market)
    const reference = parameters.reference ?? middleOf(await marketNow(client, market), live)
    if (reference === undefined) return { reference, steps: 0, error: undefined }
    const steps = stepsTo(market, quotesAround(reference, parameters), live, parameters)
    await carryOut(client, steps, POLL_MS)
    return { reference, steps: steps.length, error: undefined }
  } catch (error) {
    // A fill in the same moment, a market that halts, a node that is away: the next round reads everything anew.
    if (!(error instanceof OmgError)) throw error
    return { reference: undefined, steps: 0, error }
  }
}

/** Rounds until the signal, one after the other, with a pause between them; then everything is cancelled. Returns what was cancelled. */
export async function makeMarket(
  parameters: MakerParameters,
  pauseMilliseconds: number,
  signal: AbortSignal,
): Promise<readonly Order[]> {
  const { client, market, onRound } = parameters
  while (!signal.aborted) {
    const round = await makeRound(parameters)
    if (round.steps > 0 || round.error) onRound(round)
    await pause(pauseMilliseconds, signal)
  }
  const { orders, instructions } = await client.cancelAll({ market })
  for (const { hash } of instructions) await client.waitForInstruction({ hash })
  return orders
}

const marketNow = async (client: OmgClient, market: Market) =>
  (await client.getMarkets()).find(({ id }) => id === market.id)!

/** Between two questions whether an instruction is in a block, in milliseconds. */
const POLL_MS = 50

/** Sends steps under as few signatures as they need, one after the other, and waits until they are in a block. */
export async function carryOut(client: OmgClient, steps: readonly BatchStep[], poll: number): Promise<void> {
  for (const group of signatures(steps)) {
    const { instruction } = await client.batch({ steps: group })
    await client.waitForInstruction({ hash: instruction.hash, interval: poll })
  }
}

/** As few signatures as the steps need: an amendment counts twice. */
function signatures(steps: readonly BatchStep[]): BatchStep[][] {
  const groups: BatchStep[][] = [[]]
  let used = 0
  for (const step of steps) {
    const weight = 'amend' in step ? 2 : 1
    if (used + weight > MAX_STEPS) {
      groups.push([])
      used = 0
    }
    groups.at(-1)!.push(step)
    used += weight
  }
  return groups.filter(group => group.length > 0)
}

/** The orders of whom a client trades for. */
export async function ownOrders(client: OmgClient, market: Market): Promise<Order[]> {
  const orders: Order[] = []
  let cursor: string | undefined
  do {
    const page = await client.getOrders({ market, ...(cursor && { cursor }) })
    orders.push(...page.orders)
    cursor = page.cursor
  } while (cursor !== undefined)
  return orders
}
