/** @omg/follower: what programs that follow a chain from outside share. */
export { FOLLOWER_ERRORS, type FollowerErrorCode, followerError } from './error.ts'
export { createNodes, type Nodes, type NodesOptions, sleep } from './nodes.ts'
export { parametersSchema } from './parameters.ts'
export { type ProgramOptions, type RunningProgram, runProgram } from './program.ts'
export {
  drawSettings,
  fillSections,
  flagOf,
  listSetting,
  loadSettings,
  readSettingFile,
  type SettingsDefinition,
  type SettingsSources,
  settingNames,
  urlSetting,
  variableOf,
} from './settings.ts'
