import { type Address, amount, coinGuard, MAX_INPUTS, type OmgError, type OutputId } from '@omg/protocol'
import type { Client } from '../client.ts'
import { type SdkError, sdkError } from '../error.ts'
import { balanceOf, isAgent, type Source } from '../order/request.ts'
import { payOutputs } from '../payment/outputs.ts'
import type { Payment } from '../payment/payment.ts'
import type { GivenInput, PaymentOptions } from '../payment/plan.ts'
import type { PaymentUnknownError } from '../payment/send.ts'
import { networkNow } from './getFees.ts'
import { outputFrom } from './getOutputs.ts'
import { getTradingBalances, type TradingBalance } from './getTradingBalances.ts'

export interface CloseTradingBalanceParameters extends PaymentOptions {
  /** Default: the account's own, without an agent. */
  readonly balance?: Exclude<Source, 'coins'>
  readonly token: Address
  /** What becomes a coin, in token units; the rest stays in the balance. Default: all that one payment can spend, less the fee. */
  readonly amount?: bigint
  /** Seconds until the payment is dead if it was not included, default 30 min and two greatest ages of an origin (R7). */
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
 * @throws SdkError `trading.unknown`, `trading.insufficient`, `coins.*`, `agent.owner_only`
 */
export async function closeTradingBalance(
  client: Client,
  parameters: CloseTradingBalanceParameters,
): Promise<CloseTradingBalanceReturnType> {
  const { balance = 'trading', finality = 'committed' } = parameters
  if (isAgent(client)) throw sdkError('agent.owner_only', 'an agent never withdraws')
  const token = parameters.token.toLowerCase() as Address
  const { guard, terms } = await balanceOf(client, balance)
  const found = (await getTradingBalances(client)).find(each => each.guard === guard && each.token === token)
  if (!found) throw sdkError('trading.unknown', `nothing of ${token} is in trading balance ${guard}`)
  const fee = await feeTaken(client, parameters.feeToken, token)
  const wanted = parameters.amount === undefined ? undefined : parameters.amount + fee
  const given = await gathered(client, found, finality, wanted)
  if (given.length === 0) {
    throw sdkError('coins.uncommitted', `nothing in trading balance ${guard} may be spent yet`)
  }
  const total = given.reduce((sum, input) => sum + input.amount, 0n)
  if (total <= fee) throw sdkError('coins.insufficient', `${total} of ${token} do not pay the fee of ${fee}`)
  if (wanted !== undefined && total < wanted) {
    throw sdkError(
      'trading.insufficient',
      `one payment can take ${total} of ${token}, where ${wanted} are needed`,
    )
  }
  const closed = (wanted ?? total) - fee
  const stays = total - fee - closed
  const coin = { type: 'coin' as const, guard: coinGuard(client.address()), token, amount: amount(closed) }
  const rest = { type: 'order' as const, guard, token, amount: amount(stays) }
  const payment = await payOutputs(client, {
    outputs: stays > 0n ? [coin, rest] : [coin],
    ...(stays > 0n && { orderTerms: [terms] }),
    given,
    options: parameters,
  })
  return { payment, amount: closed, left: found.amount - fee - closed }
}

/** The largest outputs that may be spent: as many as make up `wanted`, or all that one payment has room for. */
async function gathered(
  client: Client,
  { outputs }: TradingBalance,
  finality: 'committed' | 'fast',
  wanted: bigint | undefined,
): Promise<GivenInput[]> {
  const given: GivenInput[] = []
  let total = 0n
  for (const { id } of [...outputs].sort((a, b) => (a.amount < b.amount ? 1 : -1)).slice(0, MAX_CLOSED)) {
    if (wanted !== undefined && total >= wanted) break
    const input = await spendable(client, id, finality)
    if (!input) continue
    given.push(input)
    total += input.amount
  }
  return given
}

/** The fee if it is paid in this token: then the balance itself pays it. */
async function feeTaken(client: Client, feeToken: Address | undefined, token: Address): Promise<bigint> {
  if (feeToken !== undefined && feeToken.toLowerCase() !== token) return 0n
  const { feeTokens } = await networkNow(client)
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
