/** @omg/stake: stake and votes from Ethereum's events, and the fees that follow from them. docs/fees.md explains it with numbers. */
export { CONGESTION_ONE, congested, multipleAfter } from './congestion.ts'
export { type StakeFact, stakeFactsOf } from './fact.ts'
export { type FeeVotes, median, nextSchedule } from './median.ts'
export { mostAfter, type Quote, type QuotePolicy, quoteFee } from './quote.ts'
export {
  FEE_FIELDS,
  type FeeField,
  type FeeSchedule,
  fieldsOf,
  isPreference,
  LANES,
  readSchedule,
  scheduleOf,
  stepped,
  TIERS,
  type Tier,
  writeSchedule,
} from './schedule.ts'
export { type Ballot, type Pool, Stakes, type StakeView, weightOf } from './stakes.ts'
