/** @omg/rootchain: the Ethereum side of the network. Browser-safe; deployment is in '@omg/rootchain/deploy'. */
export * from './abi.ts'
export {
  ANNOUNCEMENT_LIFE_SECONDS,
  type AnnounceChallengeParameters,
  type AnnouncedChallenge,
  announceChallenge,
  announcementOf,
  type ExitGame,
  type PlannedChallenge,
} from './actions/announceChallenge.ts'
export { type BondParameters, bond } from './actions/bond.ts'
export {
  type ChallengeCanonicityParameters,
  challengeCanonicity,
} from './actions/challengeCanonicity.ts'
export { type ChallengeLosingExitParameters, challengeLosingExit } from './actions/challengeLosingExit.ts'
export { type ChallengePiggybackParameters, challengePiggyback } from './actions/challengePiggyback.ts'
export {
  type ChallengeStandardExitParameters,
  challengeStandardExit,
} from './actions/challengeStandardExit.ts'
export { type ChallengeVoidExitParameters, challengeVoidExit } from './actions/challengeVoidExit.ts'
export {
  type ChallengeVoidPiggybackParameters,
  challengeVoidPiggyback,
} from './actions/challengeVoidPiggyback.ts'
export { type ClaimRewardParameters, claimReward, type Reward, rewardIn } from './actions/claimReward.ts'
export {
  type DelegateParameters,
  delegate,
  type RedelegateParameters,
  redelegate,
  type SettleRedelegationParameters,
  settleRedelegation,
} from './actions/delegate.ts'
export type { Deposit } from './actions/deposit.ts'
export {
  type DepositErc20Parameters,
  depositErc20,
  type Permit,
  type Permit2Transfer,
} from './actions/depositErc20.ts'
export { type DepositErc721Parameters, depositErc721 } from './actions/depositErc721.ts'
export { type DepositEthParameters, depositEth } from './actions/depositEth.ts'
export {
  type ConcludeDowntimeParameters,
  concludeDowntime,
  DOWNTIME,
  getDowntimeReport,
  type ReportDowntimeParameters,
  reportDowntime,
  type ShowSignaturesParameters,
  showSignatures,
} from './actions/downtime.ts'
export type { Creator, Delegation, Inclusion, Origin, Side, SignedPay, Spend } from './actions/evidence.ts'
export { type ListMarketParameters, listMarket } from './actions/listMarket.ts'
export { type NoteVoidParameters, noteVoid } from './actions/noteVoid.ts'
export type { Piggyback } from './actions/piggyback.ts'
export { type PiggybackInputParameters, piggybackInput } from './actions/piggybackInput.ts'
export { type PiggybackOutputParameters, piggybackOutput } from './actions/piggybackOutput.ts'
export { type ProcessExitsParameters, type ProcessedExits, processExits } from './actions/processExits.ts'
export { type ProveInclusionParameters, proveInclusion } from './actions/proveInclusion.ts'
export {
  commitmentOf,
  commitProof,
  type Equivocation,
  getRevealBlock,
  isPunished,
  type Offence,
  type PlannedProof,
  type ProofParameters,
  type ProvenDoubleVote,
  type PunishmentQuery,
  proveOffence,
} from './actions/proveOffence.ts'
export {
  advanceProof,
  decidingHeight,
  type RelayDoubleVoteParameters,
  type RelayOffenceParameters,
  relayDoubleVote,
  relayOffence,
} from './actions/relayDoubleVote.ts'
export {
  type ClaimRewardsParameters,
  type CollectedFees,
  type CollectFeesParameters,
  claimRewards,
  collectFees,
  type DivideFeesParameters,
  divideFees,
  getCollectionBonds,
  MAX_TALLY_CHECKPOINTS,
  type PayInsuranceParameters,
  payInsurance,
  type SweepFeesParameters,
  sweepFees,
  type TallyParticipationParameters,
  tallyParticipation,
  withdrawCollectionBonds,
} from './actions/rewards.ts'
export { type SetFeePreferenceParameters, setFeePreference } from './actions/setFeePreference.ts'
export { type SetMarketStateParameters, setMarketState } from './actions/setMarketState.ts'
export { type SetSignerParameters, setSigner } from './actions/setSigner.ts'
export { proveSigningKey, type SigningKeyProof } from './actions/signingKey.ts'
export type { Started } from './actions/started.ts'
export {
  type InFlightExit,
  type StartInFlightExitParameters,
  startInFlightExit,
} from './actions/startInFlightExit.ts'
export {
  type StandardExit,
  type StartStandardExitParameters,
  startStandardExit,
} from './actions/startStandardExit.ts'
export { type SubmitCheckpointParameters, submitCheckpoint } from './actions/submitCheckpoint.ts'
export {
  type StartedUnbonding,
  type UnbondParameters,
  type UndelegateParameters,
  unbond,
  undelegate,
  type WithdrawStakeParameters,
  withdrawStake,
} from './actions/undelegate.ts'
export {
  type DescribeValidatorParameters,
  describeValidator,
  type JoinValidatorsParameters,
  joinValidators,
  MAX_COMMISSION_BPS,
  MAX_COMMISSION_RISE_BPS,
  MAX_DESCRIPTION_BYTES,
  publishValidatorSet,
  type SetCommissionParameters,
  setCommission,
  unjail,
} from './actions/validator.ts'
export { type VoidTransactionParameters, voidTransaction } from './actions/voidTransaction.ts'
export { type WithdrawParameters, withdraw } from './actions/withdraw.ts'
export { type WithdrawBondsParameters, withdrawBonds } from './actions/withdrawBonds.ts'
export { type WithdrawItemParameters, withdrawItem } from './actions/withdrawItem.ts'
export {
  type Airdrop,
  type ClaimAirdropParameters,
  type ClaimOrder,
  claimAirdrop,
  getAirdrop,
  isClaimed,
  reclaimAirdrop,
  type SignClaimOrderParameters,
  signClaimOrder,
} from './airdrop/claim.ts'
export {
  type AllocationTable,
  allocationOf,
  createAllocationTable,
  decodeAllocationTable,
  encodeAllocationTable,
  MAX_ALLOCATIONS,
} from './airdrop/table.ts'
export { type Allocation, type AllocationTree, allocationLeaf, createAllocationTree } from './airdrop/tree.ts'
export { createRootChain, type EthereumAccount, type RootChain, type RootChainParameters } from './client.ts'
export {
  CONTRACT_NAMES,
  type ContractName,
  type Deployment,
  decodeDeployment,
  domainOf,
  encodeDeployment,
  type FeeToken,
  type TestAsset,
} from './deployment.ts'
export { RevertedError, ROOT_CHAIN_ERRORS, type RootChainErrorCode, rootChainError } from './error.ts'
export { failureOf } from './failure.ts'
export { type DoubleVotesQuery, findDoubleVotes } from './offences/doubleVotes.ts'
export {
  type DowntimeEvent,
  type DowntimeLedger,
  type DowntimeReport,
  downtimeLedgerOf,
  findDowntimes,
  findLeftOut,
  getDowntimeEvents,
  type LeftOut,
  type LeftOutQuery,
} from './offences/downtimes.ts'
export { COMPARED_CHECKPOINTS, findOffences, firstCompared } from './offences/find.ts'
export {
  type AskNode,
  type ClosedCheckpoint,
  type FoundOffence,
  isSlashable,
  type OffenceState,
  offenceId,
} from './offences/offence.ts'
export {
  type CompareHeadersQuery,
  compareHeaders,
  findTwoHeaders,
  offenceOfShown,
  readShownHeaders,
  type ShownHeaders,
  type SignedHeader,
  type TwoHeadersQuery,
} from './offences/twoHeaders.ts'
export {
  checkParameters,
  type DevnetParameters,
  devnetParameters,
  type LateOrigins,
  lateOriginsOf,
  mainnetParameters,
  type Parameters,
} from './parameters.ts'
export type { BlockRef } from './reader/chainFollower.ts'
export {
  type CheckpointEvent,
  type ContractEvent,
  createEventReader,
  type DepositEvent,
  decodeEventCursor,
  type EventCounters,
  type EventCursor,
  type EventPlace,
  type EventReader,
  type EventReaderParameters,
  type EventStep,
  encodeEventCursor,
  type FollowOptions,
  type RootChainEvent,
} from './reader/eventReader.ts'
export type { SourceHealth, SourceState } from './reader/source.ts'
export {
  type Checkpoint,
  getCheckpoint,
  getLastCheckpoint,
  getSubmission,
  type Submission,
} from './reads/checkpoints.ts'
export { getShownCreators } from './reads/creators.ts'
export {
  type DueDivision,
  type DueTally,
  getDueDivision,
  getFirstCheckpointOf,
  MAX_DIVIDED_SETS,
} from './reads/division.ts'
export * from './reads/exits.ts'
export { getExitsOf } from './reads/exitsOf.ts'
export { type DepositRecord, getDeposit, getInbox, type Inbox } from './reads/inbox.ts'
export { type BlockRange, LOG_BLOCKS } from './reads/logs.ts'
export { getListingFee, getMarketState, MARKET_STATES, type MarketState } from './reads/markets.ts'
export { checkDeployment, getParameters } from './reads/parameters.ts'
export {
  type FeeCollection,
  getRewardsEvents,
  type RewardsEvent,
  type RewardsLedger,
  rewardsLedgerOf,
  type SetIncome,
} from './reads/rewardsEvents.ts'
export {
  getEarned,
  getRewardsProgress,
  getStake,
  getStakePool,
  getStandingValidators,
  getUnbonding,
  type Stake,
  type StakePool,
  sharesWorth,
  type Unbonding,
} from './reads/stake.ts'
export { getStakeEvents, type StakeEvent } from './reads/stakeEvents.ts'
export { getStakesOf, type OwnStake, type OwnUnbonding, type StakesOf } from './reads/stakesOf.ts'
export {
  getParticipation,
  getStandings,
  type Participation,
  type ValidatorStanding,
  type ValidatorState,
} from './reads/standings.ts'
export { getValidatorSet, type Validator, type ValidatorSet } from './reads/validators.ts'
export { getCredit, getItemCredit, getPermit2 } from './reads/vaults.ts'
export { REFUSALS } from './refusals.ts'
export { BLOB_GAS, type BlobSidecar, versionedHash } from './send/blobs.ts'
export { bumpFees, defaultFeeStrategy, estimateFees, type FeeStrategy, type Fees } from './send/fees.ts'
export {
  createTransactionSender,
  type SendOptions,
  type TransactionRequest,
  type TransactionSender,
  type TransactionSenderParameters,
} from './send/transactionSender.ts'
export { createWalletSender, isRefusal, type WalletAccount } from './send/walletSender.ts'
export { type WriteContractParameters, type Writer, writeContract } from './send/writeContract.ts'
export { type DoubleVote, readConsensusVote, readDoubleVote } from './votes/read.ts'
export {
  type ConsensusVote,
  recoverVoter,
  VOTE_TYPES,
  type VotedBlock,
  type VoteSlot,
  type VoteType,
  voteSignBytes,
} from './votes/vote.ts'
