import {
  type Address,
  address,
  amount,
  MAX_INPUTS,
  OmgError,
  type OrderTerms,
  type Output,
  orderGuard,
  tradingTerms,
  ZERO_ADDRESS,
} from '@omg/protocol'
import type { Client } from '../client.ts'
import { SdkError, sdkError } from '../error.ts'
import { isAgent } from '../order/request.ts'
import { payOutputs } from '../payment/outputs.ts'
import type { Payment } from '../payment/payment.ts'
import type { GivenInput, PaymentOptions } from '../payment/plan.ts'
import type { PaymentUnknownError } from '../payment/send.ts'
import { describeAgent } from './describeAgent.ts'
import { waitForReceipt } from './waitForReceipt.ts'

export interface RevokeAgentParameters extends Pick<PaymentOptions, 'feeToken'> {
  readonly agent: Address
  /** Who may trade from now on. Default: only the owner. */
  readonly newAgent?: Address
  /** How often it tries again where the agent, or a batch, moves an order in the same moment. Default 5. */
  readonly attempts?: number
}

export interface RevokeAgentReturnType {
  /** In the order in which they were included. Each moves up to 15 orders and balances. */
  readonly payments: readonly Payment[]
}

export type RevokeAgentErrorType = SdkError | PaymentUnknownError | OmgError

/** Room for a coin that pays the fee. */
const MAX_MOVED = MAX_INPUTS - 1
const ATTEMPTS = 5

/**
 * Takes everything that an agent may trade with away from it: its live orders are taken back, and all of it becomes trading balances of
 * the owner under `newAgent`. By payments that the owner signs (R2), since no instruction changes who the agent is (A38b). They spend
 * outputs that are seconds old: what an agent may lose until the next checkpoint weighs more than the in-flight exit (R5).
 *
 * @throws SdkError `agent.busy`, `agent.owner_only`, `coins.*`
 */
export async function revokeAgent(
  client: Client,
  parameters: RevokeAgentParameters,
): Promise<RevokeAgentReturnType> {
  const { newAgent = ZERO_ADDRESS, attempts = ATTEMPTS, feeToken } = parameters
  const agent = address(parameters.agent)
  if (isAgent(client)) throw sdkError('agent.owner_only', 'an agent does not revoke itself')
  if (agent === ZERO_ADDRESS || agent === address(newAgent)) {
    throw sdkError('order.invalid', `${newAgent} would be the agent as before`)
  }
  const payments: Payment[] = []
  for (let failures = 0; failures < attempts; ) {
    const held = (await heldBy(client, agent)).slice(0, MAX_MOVED)
    if (held.length === 0) return { payments }
    try {
      const payment = await moveTo(client, held, address(newAgent), feeToken)
      await waitForReceipt(client, { hash: payment.hash })
      payments.push(payment)
    } catch (error) {
      if (!isRace(error)) throw error
      failures++
    }
  }
  throw sdkError('agent.busy', `${agent} still had something to trade with after ${attempts} attempts`)
}

interface Held extends GivenInput {
  readonly terms: OrderTerms
}

async function heldBy(client: Client, agent: Address): Promise<Held[]> {
  const { balances, orders } = await describeAgent(client, { agent, owner: client.address() })
  return [
    ...balances.flatMap(({ terms, token, outputs }) =>
      outputs.map(({ id, amount: value }) => ({ id, token, amount: value, terms })),
    ),
    ...orders.map(({ output, token, amount: value, terms }) => ({ id: output, token, amount: value, terms })),
  ]
}

/** One trading balance for each receiver and token. */
function moveTo(
  client: Client,
  held: readonly Held[],
  agent: Address,
  feeToken: Address | undefined,
): Promise<Payment> {
  const made = new Map<string, { output: Output; terms: OrderTerms }>()
  for (const { token, amount: value, terms: old } of held) {
    const terms = tradingTerms(old.owner, agent, old.receiver)
    const guard = orderGuard(terms)
    const sum = (made.get(guard + token)?.output.amount ?? 0n) + value
    made.set(guard + token, { output: { type: 'order', guard, token, amount: amount(sum) }, terms })
  }
  const parts = [...made.values()]
  return payOutputs(client, {
    outputs: parts.map(({ output }) => output),
    orderTerms: parts.map(({ terms }) => terms),
    given: held,
    options: { finality: 'fast', ...(feeToken && { feeToken }) },
  })
}

/** Somebody spent one of the outputs first. */
function isRace(error: unknown): boolean {
  const cause = error instanceof SdkError && error.code === 'receipt.rejected' ? error.cause : error
  return cause instanceof OmgError && /^(input\.(missing|spent)|mempool\.conflict)$/.test(cause.code)
}
