/** @omg/sdk: a wallet's view of the network. For browsers and Node, with local keys and EIP-1193 wallets. */
export type { Account } from './account/account.ts'
export {
  type AnnounceChallengeErrorType,
  type AnnounceChallengeParameters,
  type AnnounceChallengeReturnType,
  announceChallenge,
} from './actions/announceChallenge.ts'
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
  DEPOSIT_APPROVALS,
  type DepositApproval,
  type DepositErrorType,
  type DepositParameters,
  type DepositReturnType,
  deposit,
} from './actions/deposit.ts'
export { type FeeQuote, type FeeQuoteParameters, feeQuote, type Operation } from './actions/feeQuote.ts'
export { type Balance, type GetBalancesParameters, getBalances } from './actions/getBalances.ts'
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
export {
  type GetOutputsParameters,
  getOutputs,
  OUTPUT_STATES,
  type OutputPage,
  type OutputState,
  type OwnedOutput,
} from './actions/getOutputs.ts'
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
export { type PayErrorType, type PayParameters, type PayReturnType, pay } from './actions/pay.ts'
export {
  type PiggybackErrorType,
  type PiggybackParameters,
  type PiggybackReturnType,
  piggyback,
} from './actions/piggyback.ts'
export {
  type ProcessExitsErrorType,
  type ProcessExitsParameters,
  type ProcessExitsReturnType,
  processExits,
} from './actions/processExits.ts'
export {
  type QuoteExitErrorType,
  type QuoteExitParameters,
  type QuoteExitReturnType,
  quoteExit,
} from './actions/quoteExit.ts'
export {
  type ResubmitErrorType,
  type ResubmitParameters,
  type ResubmitReturnType,
  resubmit,
} from './actions/resubmit.ts'
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
export { type HttpOptions, http } from './node/http.ts'
export type { NodeTransport } from './node/transport.ts'
export { type WebSocketOptions, webSocket } from './node/webSocket.ts'
export type { Memo, Payment, PaymentOutput, Recipient } from './payment/payment.ts'
export { PaymentUnknownError } from './payment/send.ts'
