/** @omg/watcher: follows both chains, re-executes everything, alarms, challenges, guards customers. */
export { type Alarm, AlarmBook, type AlarmChange } from './alarm/book.ts'
export { ALARM_CODES, ALARMS, type AlarmCode, type AlarmKind, type Severity } from './alarm/catalogue.ts'
export type { Delegation, Status, WatcherView } from './api/view.ts'
export {
  type Configuration,
  configurationSchema,
  flagOf,
  loadConfiguration,
  redact,
  SETTINGS,
  variableOf,
} from './configuration/configuration.ts'
export type {
  DepositExitData,
  ExitData,
  TransactionExitData,
  UncommittedExitData,
} from './customer/exit-data.ts'
export { WATCHER_ERRORS, type WatcherErrorCode } from './error.ts'
export type { Claim, ExitClaim, InFlightClaim } from './guard/claim.ts'
export type { Dispute } from './guard/dispute.ts'
export type { ExitEstimate } from './guard/estimate.ts'
export { type RunningWatcher, type StartWatcherOptions, startWatcher } from './watcher.ts'
