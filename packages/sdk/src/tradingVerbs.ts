import { type AcceptSwapParameters, type AcceptSwapReturnType, acceptSwap } from './actions/acceptSwap.ts'
import { type AmendOrderParameters, type AmendOrderReturnType, amendOrder } from './actions/amendOrder.ts'
import { type BatchParameters, type BatchReturnType, batch } from './actions/batch.ts'
import { type CancelAllParameters, type CancelAllReturnType, cancelAll } from './actions/cancelAll.ts'
import {
  type CancelAllAfterParameters,
  type CancelAllAfterReturnType,
  cancelAllAfter,
  type DisarmCancelAllParameters,
  disarmCancelAll,
} from './actions/cancelAllAfter.ts'
import { type CancelOrderParameters, type CancelOrderReturnType, cancelOrder } from './actions/cancelOrder.ts'
import {
  type CloseTradingBalanceParameters,
  type CloseTradingBalanceReturnType,
  closeTradingBalance,
} from './actions/closeTradingBalance.ts'
import {
  type CompleteSwapParameters,
  type CompleteSwapReturnType,
  completeSwap,
} from './actions/completeSwap.ts'
import { type CreateAgentParameters, type CreateAgentReturnType, createAgent } from './actions/createAgent.ts'
import {
  type DescribeAgentParameters,
  type DescribeAgentReturnType,
  describeAgent,
} from './actions/describeAgent.ts'
import { type GetBookParameters, type GetBookReturnType, getBook } from './actions/getBook.ts'
import {
  type GetInstructionParameters,
  getInstruction,
  type InstructionInfo,
} from './actions/getInstruction.ts'
import { type GetMarketsReturnType, getMarkets } from './actions/getMarkets.ts'
import { type GetOrderParameters, type GetOrderReturnType, getOrder } from './actions/getOrder.ts'
import { type GetOrdersParameters, type GetOrdersReturnType, getOrders } from './actions/getOrders.ts'
import {
  type GetTradingBalancesParameters,
  type GetTradingBalancesReturnType,
  getTradingBalances,
} from './actions/getTradingBalances.ts'
import {
  type OpenTradingBalanceParameters,
  type OpenTradingBalanceReturnType,
  openTradingBalance,
} from './actions/openTradingBalance.ts'
import { type PayWithParameters, type PayWithReturnType, payWith } from './actions/payWith.ts'
import { type PlaceOrderParameters, type PlaceOrderReturnType, placeOrder } from './actions/placeOrder.ts'
import { type ProposeSwapParameters, type ProposeSwapReturnType, proposeSwap } from './actions/proposeSwap.ts'
import {
  type QuotePayWithParameters,
  type QuotePayWithReturnType,
  quotePayWith,
} from './actions/quotePayWith.ts'
import { type RevokeAgentParameters, type RevokeAgentReturnType, revokeAgent } from './actions/revokeAgent.ts'
import { type SubscribeBatchesParameters, subscribeBatches } from './actions/subscribeBatches.ts'
import { type SubscribeOrdersParameters, subscribeOrders } from './actions/subscribeOrders.ts'
import {
  type InstructionReceipt,
  type WaitForInstructionParameters,
  waitForInstruction,
} from './actions/waitForInstruction.ts'
import {
  type WaitForOrderParameters,
  type WaitForOrderReturnType,
  waitForOrder,
} from './actions/waitForOrder.ts'
import type { Client } from './client.ts'

/** The verbs of the exchange, bound to a client. */
export interface TradingVerbs {
  getMarkets(): Promise<GetMarketsReturnType>
  getBook(parameters: GetBookParameters): Promise<GetBookReturnType>
  getOrders(parameters?: GetOrdersParameters): Promise<GetOrdersReturnType>
  getOrder(parameters: GetOrderParameters): Promise<GetOrderReturnType>
  getTradingBalances(parameters?: GetTradingBalancesParameters): Promise<GetTradingBalancesReturnType>
  openTradingBalance(parameters: OpenTradingBalanceParameters): Promise<OpenTradingBalanceReturnType>
  closeTradingBalance(parameters: CloseTradingBalanceParameters): Promise<CloseTradingBalanceReturnType>
  placeOrder(parameters: PlaceOrderParameters): Promise<PlaceOrderReturnType>
  amendOrder(parameters: AmendOrderParameters): Promise<AmendOrderReturnType>
  cancelOrder(parameters: CancelOrderParameters): Promise<CancelOrderReturnType>
  cancelAll(parameters?: CancelAllParameters): Promise<CancelAllReturnType>
  /** Unless it is called again in time: a dead-man switch. */
  cancelAllAfter(parameters: CancelAllAfterParameters): Promise<CancelAllAfterReturnType>
  disarmCancelAll(parameters: DisarmCancelAllParameters): Promise<boolean>
  batch(parameters: BatchParameters): Promise<BatchReturnType>
  getInstruction(parameters: GetInstructionParameters): Promise<InstructionInfo>
  waitForInstruction(parameters: WaitForInstructionParameters): Promise<InstructionReceipt>
  waitForOrder(parameters: WaitForOrderParameters): Promise<WaitForOrderReturnType>
  quotePayWith(parameters: QuotePayWithParameters): Promise<QuotePayWithReturnType>
  payWith(parameters: PayWithParameters): Promise<PayWithReturnType>
  /** Two parties, one payment: one proposes, the other accepts, the first completes. */
  readonly swapDirect: {
    propose(parameters: ProposeSwapParameters): Promise<ProposeSwapReturnType>
    accept(parameters: AcceptSwapParameters): Promise<AcceptSwapReturnType>
    complete(parameters: CompleteSwapParameters): Promise<CompleteSwapReturnType>
  }
  subscribeBatches(parameters: SubscribeBatchesParameters): () => void
  subscribeOrders(parameters: SubscribeOrdersParameters): () => void
  createAgent(parameters?: CreateAgentParameters): CreateAgentReturnType
  describeAgent(parameters: DescribeAgentParameters): Promise<DescribeAgentReturnType>
  revokeAgent(parameters: RevokeAgentParameters): Promise<RevokeAgentReturnType>
}

export function tradingVerbs(client: Client): TradingVerbs {
  return {
    getMarkets: () => getMarkets(client),
    getBook: given => getBook(client, given),
    getOrders: given => getOrders(client, given),
    getOrder: given => getOrder(client, given),
    getTradingBalances: given => getTradingBalances(client, given),
    openTradingBalance: given => openTradingBalance(client, given),
    closeTradingBalance: given => closeTradingBalance(client, given),
    placeOrder: given => placeOrder(client, given),
    amendOrder: given => amendOrder(client, given),
    cancelOrder: given => cancelOrder(client, given),
    cancelAll: given => cancelAll(client, given),
    cancelAllAfter: given => cancelAllAfter(client, given),
    disarmCancelAll: given => disarmCancelAll(client, given),
    batch: given => batch(client, given),
    getInstruction: given => getInstruction(client, given),
    waitForInstruction: given => waitForInstruction(client, given),
    waitForOrder: given => waitForOrder(client, given),
    quotePayWith: given => quotePayWith(client, given),
    payWith: given => payWith(client, given),
    swapDirect: {
      propose: given => proposeSwap(client, given),
      accept: given => acceptSwap(client, given),
      complete: given => completeSwap(client, given),
    },
    subscribeBatches: given => subscribeBatches(client, given),
    subscribeOrders: given => subscribeOrders(client, given),
    createAgent: given => createAgent(client, given),
    describeAgent: given => describeAgent(client, given),
    revokeAgent: given => revokeAgent(client, given),
  }
}
