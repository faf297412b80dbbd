/** @omg/sdk: a wallet's view of the network. For browsers and Node, with local keys and EIP-1193 wallets. */
export { MAX_LOTS, MAX_TICK } from '@omg/exchange'
export type { Account } from './account/account.ts'
export { decryptKey, encryptKey, type Keystore } from './account/keystore.ts'
export {
  type AcceptSwapErrorType,
  type AcceptSwapParameters,
  type AcceptSwapReturnType,
  acceptSwap,
} from './actions/acceptSwap.ts'
export {
  type AmendOrderErrorType,
  type AmendOrderParameters,
  type AmendOrderReturnType,
  amendOrder,
} from './actions/amendOrder.ts'
export {
  type AnnounceChallengeErrorType,
  type AnnounceChallengeParameters,
  type AnnounceChallengeReturnType,
  announceChallenge,
} from './actions/announceChallenge.ts'
export {
  type AmendRequest,
  type BatchErrorType,
  type BatchParameters,
  type BatchReturnType,
  type BatchStep,
  batch,
  type CancelRequest,
} from './actions/batch.ts'
export {
  type CancelAllErrorType,
  type CancelAllParameters,
  type CancelAllReturnType,
  cancelAll,
} from './actions/cancelAll.ts'
export {
  type CancelAllAfterErrorType,
  type CancelAllAfterParameters,
  type CancelAllAfterReturnType,
  cancelAllAfter,
  type DeadManSwitch,
  type DisarmCancelAllParameters,
  disarmCancelAll,
  MAX_SWITCH_ORDERS,
} from './actions/cancelAllAfter.ts'
export {
  type CancelOrderErrorType,
  type CancelOrderParameters,
  type CancelOrderReturnType,
  cancelOrder,
} from './actions/cancelOrder.ts'
export {
  type ChallengeExitErrorType,
  type ChallengeExitParameters,
  type ChallengeExitReturnType,
  challengeExit,
} from './actions/challengeExit.ts'
export { type ClaimErrorType, type ClaimParameters, type ClaimReturnType, claim } from './actions/claim.ts'
export {
  type ClaimRewardErrorType,
  type ClaimRewardParameters,
  type ClaimRewardReturnType,
  claimReward,
} from './actions/claimReward.ts'
export {
  type CloseTradingBalanceErrorType,
  type CloseTradingBalanceParameters,
  type CloseTradingBalanceReturnType,
  closeTradingBalance,
} from './actions/closeTradingBalance.ts'
export {
  type CompleteSwapErrorType,
  type CompleteSwapParameters,
  type CompleteSwapReturnType,
  completeSwap,
} from './actions/completeSwap.ts'
export {
  type CreateAgentErrorType,
  type CreateAgentParameters,
  type CreateAgentReturnType,
  createAgent,
} from './actions/createAgent.ts'
export {
  DEPOSIT_APPROVALS,
  type DepositApproval,
  type DepositErrorType,
  type DepositParameters,
  type DepositReturnType,
  deposit,
} from './actions/deposit.ts'
export {
  type DescribeAgentErrorType,
  type DescribeAgentParameters,
  type DescribeAgentReturnType,
  describeAgent,
} from './actions/describeAgent.ts'
export { type Balance, type GetBalancesParameters, getBalances } from './actions/getBalances.ts'
export {
  type BookLevel,
  type GetBookErrorType,
  type GetBookParameters,
  type GetBookReturnType,
  getBook,
  type MarketBook,
} from './actions/getBook.ts'
export {
  type GetExitErrorType,
  type GetExitParameters,
  type GetExitReturnType,
  getExit,
} from './actions/getExit.ts'
export {
  type GetExitProofErrorType,
  type GetExitProofParameters,
  type GetExitProofReturnType,
  getExitProof,
} from './actions/getExitProof.ts'
export {
  type GetExitsErrorType,
  type GetExitsParameters,
  type GetExitsReturnType,
  getExits,
} from './actions/getExits.ts'
export { type Fees, getFees, networkNow } from './actions/getFees.ts'
export {
  type GetInstructionErrorType,
  type GetInstructionParameters,
  getInstruction,
  INSTRUCTION_STATES,
  type InstructionInfo,
  type InstructionStatus,
} from './actions/getInstruction.ts'
export { type GetMarketsErrorType, type GetMarketsReturnType, getMarkets } from './actions/getMarkets.ts'
export {
  type GetOrderErrorType,
  type GetOrderParameters,
  type GetOrderReturnType,
  getOrder,
} from './actions/getOrder.ts'
export {
  type GetOrdersErrorType,
  type GetOrdersParameters,
  type GetOrdersReturnType,
  getOrders,
  type OrderPage,
} from './actions/getOrders.ts'
export {
  type GetOutputsParameters,
  getOutputs,
  OUTPUT_STATES,
  type OutputPage,
  type OutputState,
  type OwnedOutput,
} from './actions/getOutputs.ts'
export {
  type GetTradingBalancesErrorType,
  type GetTradingBalancesParameters,
  type GetTradingBalancesReturnType,
  getTradingBalances,
  type TradingBalance,
  type TradingOutput,
} from './actions/getTradingBalances.ts'
export {
  type GetTransactionParameters,
  getTransaction,
  TRANSACTION_STATES,
  type TransactionInfo,
  type TransactionStatus,
} from './actions/getTransaction.ts'
export { type MergeErrorType, type MergeParameters, type MergeReturnType, merge } from './actions/merge.ts'
export {
  type NoteVoidErrorType,
  type NoteVoidParameters,
  type NoteVoidReturnType,
  noteVoid,
} from './actions/noteVoid.ts'
export {
  type OpenTradingBalanceErrorType,
  type OpenTradingBalanceParameters,
  type OpenTradingBalanceReturnType,
  openTradingBalance,
  type TradingAmount,
} from './actions/openTradingBalance.ts'
export { type PayErrorType, type PayParameters, type PayReturnType, pay } from './actions/pay.ts'
export {
  type PayWithErrorType,
  type PayWithParameters,
  type PayWithReturnType,
  payWith,
} from './actions/payWith.ts'
export {
  type PiggybackErrorType,
  type PiggybackParameters,
  type PiggybackReturnType,
  piggyback,
} from './actions/piggyback.ts'
export {
  type PlacedOrder,
  type PlaceOrderErrorType,
  type PlaceOrderParameters,
  type PlaceOrderReturnType,
  placeOrder,
} from './actions/placeOrder.ts'
export {
  type ProcessExitsErrorType,
  type ProcessExitsParameters,
  type ProcessExitsReturnType,
  processExits,
} from './actions/processExits.ts'
export {
  type ProposeSwapErrorType,
  type ProposeSwapParameters,
  type ProposeSwapReturnType,
  proposeSwap,
} from './actions/proposeSwap.ts'
export {
  type QuoteExitErrorType,
  type QuoteExitParameters,
  type QuoteExitReturnType,
  quoteExit,
} from './actions/quoteExit.ts'
export { type FeeQuote, type Operation, type QuoteFeeParameters, quoteFee } from './actions/quoteFee.ts'
export {
  type PaymentQuote,
  type QuotePayWithErrorType,
  type QuotePayWithParameters,
  type QuotePayWithReturnType,
  quotePayWith,
} from './actions/quotePayWith.ts'
export {
  type ResubmitErrorType,
  type ResubmitParameters,
  type ResubmitReturnType,
  resubmit,
} from './actions/resubmit.ts'
export {
  type RevokeAgentErrorType,
  type RevokeAgentParameters,
  type RevokeAgentReturnType,
  revokeAgent,
} from './actions/revokeAgent.ts'
export {
  type StartExitErrorType,
  type StartExitParameters,
  type StartExitReturnType,
  startExit,
} from './actions/startExit.ts'
export {
  type StartInFlightExitErrorType,
  type StartInFlightExitParameters,
  type StartInFlightExitReturnType,
  startInFlightExit,
} from './actions/startInFlightExit.ts'
export { type SubscribeParameters, subscribe } from './actions/subscribe.ts'
export {
  type BatchEvent,
  type SubscribeBatchesParameters,
  subscribeBatches,
} from './actions/subscribeBatches.ts'
export {
  type OrderChange,
  type SubscribeOrdersParameters,
  subscribeOrders,
} from './actions/subscribeOrders.ts'
export {
  type InstructionReceipt,
  type WaitForInstructionErrorType,
  type WaitForInstructionParameters,
  waitForInstruction,
} from './actions/waitForInstruction.ts'
export {
  type WaitForOrderErrorType,
  type WaitForOrderParameters,
  type WaitForOrderReturnType,
  waitForOrder,
} from './actions/waitForOrder.ts'
export {
  type WaitForOutputErrorType,
  type WaitForOutputParameters,
  waitForOutput,
} from './actions/waitForOutput.ts'
export {
  type Receipt,
  type WaitForReceiptErrorType,
  type WaitForReceiptParameters,
  waitForReceipt,
} from './actions/waitForReceipt.ts'
export type { AgentScope } from './agent/scope.ts'
export {
  type Client,
  type ClientParameters,
  createBareClient,
  type FeeToken,
  type Network,
} from './client.ts'
export {
  type Coin,
  type Finality,
  type Need,
  type SelectCoinsParameters,
  type Selection,
  selectCoins,
} from './coins/selectCoins.ts'
export { createClient, type OmgClient, type Verbs } from './createClient.ts'
export { ERROR_DOCS, SDK_ERRORS, SdkError, type SdkErrorCode } from './error.ts'
export type { ExitProof } from './exit/exitProof.ts'
export { durationText, type ExitStatus, type ExitView } from './exit/exitView.ts'
export type { PaymentReference } from './exit/inFlight.ts'
export { ungrouped } from './market/decimal.ts'
export { type Market, type Units, unitsOf } from './market/market.ts'
export type { Token } from './market/token.ts'
export { Fields } from './node/decode.ts'
export { type HttpOptions, http } from './node/http.ts'
export type { NodeTransport } from './node/transport.ts'
export { type WebSocketOptions, webSocket } from './node/webSocket.ts'
export type { OrderChanges } from './order/amend.ts'
export {
  INSTRUCTION_SECONDS,
  type Instruction,
  type InstructionOptions,
  InstructionUnknownError,
} from './order/instruction.ts'
export { type Order, RELEASE_REASONS, type ReleaseReason } from './order/live.ts'
export { type OrderRequest, type PriceRequest, type Source, worstPrice } from './order/request.ts'
export type { Leg } from './order/route.ts'
export type { Destination } from './order/steps.ts'
export type { ChainedOrder, Expiry, OrderConditions, Trigger } from './order/terms.ts'
export type { Memo, Payment, PaymentOutput, Recipient } from './payment/payment.ts'
export type { PaymentOptions } from './payment/plan.ts'
export { PaymentUnknownError } from './payment/send.ts'
export type { SwapAcceptance, SwapAsset, SwapProposal } from './swap/swap.ts'
export type { TradingVerbs } from './tradingVerbs.ts'
