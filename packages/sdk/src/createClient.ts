import {
  type AnnounceChallengeParameters,
  type AnnounceChallengeReturnType,
  announceChallenge,
} from './actions/announceChallenge.ts'
import {
  type ChallengeExitParameters,
  type ChallengeExitReturnType,
  challengeExit,
} from './actions/challengeExit.ts'
import { type ClaimParameters, type ClaimReturnType, claim } from './actions/claim.ts'
import { type ClaimRewardParameters, type ClaimRewardReturnType, claimReward } from './actions/claimReward.ts'
import { type DepositParameters, type DepositReturnType, deposit } from './actions/deposit.ts'
import { type Balance, type GetBalancesParameters, getBalances } from './actions/getBalances.ts'
import { type GetExitParameters, type GetExitReturnType, getExit } from './actions/getExit.ts'
import {
  type GetExitProofParameters,
  type GetExitProofReturnType,
  getExitProof,
} from './actions/getExitProof.ts'
import { type GetExitsParameters, type GetExitsReturnType, getExits } from './actions/getExits.ts'
import { type Fees, getFees } from './actions/getFees.ts'
import type { OwnedOutput } from './actions/getOutputs.ts'
import { type GetOutputsParameters, getOutputs, type OutputPage } from './actions/getOutputs.ts'
import {
  type GetTransactionParameters,
  getTransaction,
  type TransactionInfo,
} from './actions/getTransaction.ts'
import { type MergeParameters, type MergeReturnType, merge } from './actions/merge.ts'
import { type NoteVoidParameters, type NoteVoidReturnType, noteVoid } from './actions/noteVoid.ts'
import { type PayParameters, type PayReturnType, pay } from './actions/pay.ts'
import { type PiggybackParameters, type PiggybackReturnType, piggyback } from './actions/piggyback.ts'
import {
  type ProcessExitsParameters,
  type ProcessExitsReturnType,
  processExits,
} from './actions/processExits.ts'
import { type QuoteExitParameters, type QuoteExitReturnType, quoteExit } from './actions/quoteExit.ts'
import { type FeeQuote, type QuoteFeeParameters, quoteFee } from './actions/quoteFee.ts'
import { type ResubmitParameters, type ResubmitReturnType, resubmit } from './actions/resubmit.ts'
import { type StartExitParameters, type StartExitReturnType, startExit } from './actions/startExit.ts'
import {
  type StartInFlightExitParameters,
  type StartInFlightExitReturnType,
  startInFlightExit,
} from './actions/startInFlightExit.ts'
import { type SubscribeParameters, subscribe } from './actions/subscribe.ts'
import { type WaitForOutputParameters, waitForOutput } from './actions/waitForOutput.ts'
import { type Receipt, type WaitForReceiptParameters, waitForReceipt } from './actions/waitForReceipt.ts'
import { type Client, type ClientParameters, createBareClient } from './client.ts'
import { type TradingVerbs, tradingVerbs } from './tradingVerbs.ts'

/** Every verb of the SDK, bound to a client. */
export interface Verbs extends TradingVerbs {
  deposit(parameters: DepositParameters): Promise<DepositReturnType>
  pay(parameters: PayParameters): Promise<PayReturnType>
  merge(parameters?: MergeParameters): Promise<MergeReturnType>
  resubmit(parameters: ResubmitParameters): Promise<ResubmitReturnType>
  getOutputs(parameters?: GetOutputsParameters): Promise<OutputPage>
  getBalances(parameters?: GetBalancesParameters): Promise<Balance[]>
  getTransaction(parameters: GetTransactionParameters): Promise<TransactionInfo | undefined>
  waitForReceipt(parameters: WaitForReceiptParameters): Promise<Receipt>
  waitForOutput(parameters: WaitForOutputParameters): Promise<OwnedOutput>
  quoteFee(parameters?: QuoteFeeParameters): Promise<FeeQuote>
  getFees(): Promise<Fees>
  subscribe(parameters: SubscribeParameters): () => void
  quoteExit(parameters: QuoteExitParameters): Promise<QuoteExitReturnType>
  getExitProof(parameters: GetExitProofParameters): Promise<GetExitProofReturnType>
  startExit(parameters: StartExitParameters): Promise<StartExitReturnType>
  startInFlightExit(parameters: StartInFlightExitParameters): Promise<StartInFlightExitReturnType>
  piggyback(parameters: PiggybackParameters): Promise<PiggybackReturnType>
  getExit(parameters: GetExitParameters): Promise<GetExitReturnType>
  getExits(parameters?: GetExitsParameters): Promise<GetExitsReturnType>
  processExits(parameters?: ProcessExitsParameters): Promise<ProcessExitsReturnType>
  noteVoid(parameters: NoteVoidParameters): Promise<NoteVoidReturnType>
  claim(parameters: ClaimParameters): Promise<ClaimReturnType>
  announceChallenge(parameters: AnnounceChallengeParameters): Promise<AnnounceChallengeReturnType>
  challengeExit(parameters: ChallengeExitParameters): Promise<ChallengeExitReturnType>
  claimReward(parameters: ClaimRewardParameters): Promise<ClaimRewardReturnType>
}

export type OmgClient = Client & Verbs

/**
 * Connects a wallet to a network.
 *
 * @example
 * ```ts
 * const client = createClient({
 *   node: 'http://127.0.0.1:8600',
 *   ethereum: 'http://127.0.0.1:8545',
 *   account: privateKeyToAccount(key),
 * })
 * await client.deposit({ amount: parseEther('1') })
 * ```
 */
export function createClient(parameters: ClientParameters): OmgClient {
  const client = createBareClient(parameters)
  return {
    ...client,
    deposit: given => deposit(client, given),
    pay: given => pay(client, given),
    merge: given => merge(client, given),
    resubmit: given => resubmit(client, given),
    getOutputs: given => getOutputs(client, given),
    getBalances: given => getBalances(client, given),
    getTransaction: given => getTransaction(client, given),
    waitForReceipt: given => waitForReceipt(client, given),
    waitForOutput: given => waitForOutput(client, given),
    quoteFee: given => quoteFee(client, given),
    getFees: () => getFees(client),
    subscribe: given => subscribe(client, given),
    quoteExit: given => quoteExit(client, given),
    getExitProof: given => getExitProof(client, given),
    startExit: given => startExit(client, given),
    startInFlightExit: given => startInFlightExit(client, given),
    piggyback: given => piggyback(client, given),
    getExit: given => getExit(client, given),
    getExits: given => getExits(client, given),
    processExits: given => processExits(client, given),
    noteVoid: given => noteVoid(client, given),
    claim: given => claim(client, given),
    announceChallenge: given => announceChallenge(client, given),
    challengeExit: given => challengeExit(client, given),
    claimReward: given => claimReward(client, given),
    ...tradingVerbs(client),
  }
}
