/** @omg/cli/keeper: validator sets, fees and offences looked after, for programs that do it themselves. */
export type { LeastWorth } from './collection.ts'
export { Keeper, type KeeperOptions, type KeeperState } from './keeper.ts'
export { DUTIES, type Duty, type KeeperStep, type OffenceStep, type RewardsStep, type Tell } from './step.ts'
