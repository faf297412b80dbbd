import { type Address, address, type Hex } from '@omg/protocol'
import { generatePrivateKey, type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'
import { type AgentScope, scopeOf } from '../agent/scope.ts'
import type { Client } from '../client.ts'
import { type SdkError, sdkError } from '../error.ts'
import { isAgent } from '../order/request.ts'

export interface CreateAgentParameters {
  /** Who gets the proceeds of orders that pay in coins. Default: the account. */
  readonly receiver?: Address
}

export interface CreateAgentReturnType {
  /** Keep it where the agent runs. Whoever has it can trade within the scope, and nothing else. */
  readonly privateKey: Hex
  /** For `createClient({ account, owner, ... })`. */
  readonly account: PrivateKeyAccount
  readonly scope: AgentScope
}

export type CreateAgentErrorType = SdkError

/**
 * Makes a fresh key that may trade for the account and never withdraw. Nothing is sent: it may do something once the owner opens a
 * trading balance with it, `openTradingBalance({ agent: scope.agent, ... })`. `describeAgent` says what.
 */
export function createAgent(client: Client, parameters: CreateAgentParameters = {}): CreateAgentReturnType {
  if (isAgent(client)) throw sdkError('agent.owner_only', 'an agent makes no agents')
  const owner = client.address()
  const privateKey = generatePrivateKey()
  const account = privateKeyToAccount(privateKey)
  const receiver = address(parameters.receiver ?? owner)
  return { privateKey, account, scope: scopeOf(owner, address(account.address), receiver) }
}
