/** @omg/cli/keeper: validator sets and fees looked after, for programs that do it themselves. */
export type { LeastWorth } from './collection.ts'
export { Keeper, type KeeperOptions, type KeeperState } from './keeper.ts'
export type { Duty, KeeperStep, Tell } from './step.ts'
