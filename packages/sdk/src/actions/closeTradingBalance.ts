import { type Address, amount, coinGuard, MAX_INPUTS, type OmgError, type OutputId } from '@omg/protocol'
import type { Client } from '../client.ts'
import { type SdkError, sdkError } from '../error.ts'
import { balanceOf, isAgent, type Source } from '../order/request.ts'
import { payOutputs } from '../payment/outputs.ts'
import type { Payment } from '../payment/payment.ts'
import type { GivenInput, PaymentOptions } from '../payment/plan.ts'
import type { PaymentUnknownError } from '../payment/send.ts'
import { outputFrom } from './getOutputs.ts'
import { getTradingBalances } from './getTradingBalances.ts'

export interface CloseTradingBalanceParameters extends PaymentOptions {
  /** Default: the account's own, without an agent. */
  readonly balance?: Exclude<Source, 'coins'>
  readonly token: Address
  /** Seconds until the payment is dead if it was not included, default 30 min (R7). */
  readonly validFor?: bigint
}

export interface CloseTradingBalanceReturnType {
  readonly payment: Payment
  /** What becomes a coin, in token units; less the fee if it is paid in this token. */
  readonly amount: bigint
  /** What is left in the balance, in token units: a payment spends at most 16 outputs. Close it again. */
  readonly left: bigint
}

export type CloseTradingBalanceErrorType = SdkError | PaymentUnknownError | OmgError

/** Room for a coin that pays the fee. */
const MAX_CLOSED = MAX_INPUTS - 1

/**
 * Makes coins of a trading balance: only its owner can. Live orders are not in it: cancel them first.
 *
 * @throws SdkError `trading.unknown`, `coins.*`, `agent.owner_only`
 */
export async function closeTradingBalance(
  client: Client,
  parameters: CloseTradingBalanceParameters,
): Promise<CloseTradingBalanceReturnType> {
  const { balance = 'trading', finality = 'committed' } = parameters
  if (isAgent(client)) throw sdkError('agent.owner_only', 'an agent never withdraws')
  const token = parameters.token.toLowerCase() as Address
  const { guard } = await balanceOf(client, balance)
  const found = (await getTradingBalances(client)).find(each => each.guard === guard && each.token === token)
  if (!found) throw sdkError('trading.unknown', `nothing of ${token} is in trading balance ${guard}`)
  const largest = [...found.outputs].sort((a, b) => (a.amount < b.amount ? 1 : -1)).slice(0, MAX_CLOSED)
  const given: GivenInput[] = []
  for (const { id } of largest) {
    const input = await spendable(client, id, finality)
    if (input) given.push(input)
  }
  if (given.length === 0) {
    throw sdkError('coins.uncommitted', `nothing in trading balance ${guard} may be spent yet`)
  }
  const total = given.reduce((sum, input) => sum + input.amount, 0n)
  const fee = await feeTaken(client, parameters.feeToken, token)
  if (total <= fee) throw sdkError('coins.insufficient', `${total} of ${token} do not pay the fee of ${fee}`)
  const outputs = [
    {
      type: 'coin' as const,
      guard: coinGuard(client.address()),
      token,
      amount: amount(total - fee),
    },
  ]
  const payment = await payOutputs(client, { outputs, given, options: parameters })
  return { payment, amount: total - fee, left: found.amount - total }
}

/** The fee if it is paid in this token: then the balance itself pays it. */
async function feeTaken(client: Client, feeToken: Address | undefined, token: Address): Promise<bigint> {
  if (feeToken !== undefined && feeToken.toLowerCase() !== token) return 0n
  const { feeTokens } = await client.network()
  return feeTokens.find(known => known.token === token)?.fees.payment ?? 0n
}

async function spendable(
  client: Client,
  id: OutputId,
  finality: 'committed' | 'fast',
): Promise<GivenInput | undefined> {
  const output = outputFrom(await client.node.request('omg_getOutput', { outputId: id }))
  const isFree = !output.locked && (finality === 'fast' || output.status === 'committed')
  return isFree ? { id, token: output.token, amount: output.amount } : undefined
}
