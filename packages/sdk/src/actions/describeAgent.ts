import { type Address, address } from '@omg/protocol'
import { type AgentScope, scopeOf } from '../agent/scope.ts'
import type { Client } from '../client.ts'
import type { SdkError } from '../error.ts'
import { decimalText } from '../market/decimal.ts'
import { readToken } from '../market/token.ts'
import type { Order } from '../order/live.ts'
import { getAllOrders } from './getOrders.ts'
import { getTradingBalances, type TradingBalance } from './getTradingBalances.ts'

export interface DescribeAgentParameters {
  readonly agent: Address
  /** Default: whom the client trades for. */
  readonly owner?: Address
}

export interface DescribeAgentReturnType {
  readonly scopes: readonly AgentScope[]
  /** What it may trade with. */
  readonly balances: readonly TradingBalance[]
  /** Live orders that it may amend and cancel. */
  readonly orders: readonly Order[]
  /** The same in sentences, to show before somebody signs, and beside a button that revokes. */
  readonly text: readonly string[]
}

export type DescribeAgentErrorType = SdkError

/** What an agent may do for an owner now, in facts and in words. */
export async function describeAgent(
  client: Client,
  parameters: DescribeAgentParameters,
): Promise<DescribeAgentReturnType> {
  const owner = address(parameters.owner ?? client.owner())
  const agent = address(parameters.agent)
  const balances = (await getTradingBalances(client, { owner })).filter(({ terms }) => terms.agent === agent)
  const orders = (await getAllOrders(client, { owner })).filter(({ terms }) => terms.agent === agent)
  const receivers = new Set([...balances, ...orders].map(({ terms }) => terms.receiver))
  const scopes = [...receivers].map(receiver => scopeOf(owner, agent, receiver))
  return {
    scopes,
    balances,
    orders,
    text: await sentences(client, { owner, agent, scopes, balances, orders }),
  }
}

async function sentences(
  client: Client,
  {
    owner,
    agent,
    scopes,
    balances,
    orders,
  }: Omit<DescribeAgentReturnType, 'text'> & { owner: Address; agent: Address },
): Promise<string[]> {
  if (scopes.length === 0) return [`${agent} may do nothing for ${owner}.`]
  const amounts: string[] = []
  for (const { token, amount } of balances) {
    const { symbol, decimals } = await readToken(client, token)
    amounts.push(`${decimalText(amount, decimals)} ${symbol}`)
  }
  const others = scopes.map(({ receiver }) => receiver).filter(receiver => receiver !== owner)
  return [
    `${agent} may place, amend and cancel orders for ${owner} in every market.`,
    amounts.length > 0 ? `It trades with ${amounts.join(' and ')}.` : 'It has no balance to trade with.',
    `It may amend and cancel ${orders.length} live ${orders.length === 1 ? 'order' : 'orders'}.`,
    'It can lose money by trading badly. It can never withdraw, pay anybody, or change who gets the proceeds.',
    ...others.map(receiver => `Proceeds that are paid out go to ${receiver}, as the owner has set.`),
    'The owner can take all of it back at any time.',
  ]
}
