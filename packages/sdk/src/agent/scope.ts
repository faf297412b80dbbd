import { type Address, type Guard, type OrderTerms, orderGuard, tradingTerms } from '@omg/protocol'

/** What the terms of a trading balance let an agent do. */
export interface AgentScope {
  readonly owner: Address
  readonly agent: Address
  /** Who gets the proceeds of orders that pay in coins. */
  readonly receiver: Address
  /** The trading balance of these three. */
  readonly guard: Guard
  readonly terms: OrderTerms
}

export function scopeOf(owner: Address, agent: Address, receiver: Address): AgentScope {
  const terms = tradingTerms(owner, agent, receiver)
  return { owner, agent, receiver, guard: orderGuard(terms), terms }
}
