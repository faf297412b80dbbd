import {
  flagOf,
  followerError,
  listSetting,
  loadSettings,
  readSettingFile,
  type SettingsDefinition,
  type SettingsSources,
  settingNames,
  urlSetting,
  variableOf as variableOfSetting,
} from '@omg/follower'
import { z } from 'zod'

const hexAddress = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, 'is not an address')
  .transform(text => text.toLowerCase() as `0x${string}`)
const seconds = z.coerce.number().int().min(0).max(10_000_000)
const wei = z
  .union([z.string().regex(/^\d{1,30}$/, 'is not a number of wei'), z.number().int().min(0)])
  .transform(value => BigInt(value))

/** Every setting: its flag is `--kebab-case`, its variable `OMG_WATCHER_SNAKE_CASE`. */
export const configurationSchema = z.strictObject({
  dataDirectory: z.string().min(1).default('data/watcher').describe("directory of the watcher's own store"),
  deployment: z.string().min(1).describe('file with the deployment record'),
  ethereum: listSetting(urlSetting, { min: 1, max: 4 }).describe(
    'Ethereum JSON-RPC providers: the first is read, the others check it',
  ),
  node: listSetting(urlSetting, { min: 1, max: 8 }).describe('nodes of the chain, tried in this order'),
  blobs: listSetting(z.string().min(1), { max: 8 })
    .default([])
    .describe(
      'where the blobs of checkpoints are read when no node serves their blocks: beacon nodes, or folders of archives',
    ),
  key: z
    .string()
    .regex(/^0x[0-9a-fA-F]{64}$/, 'is not a private key of 32 bytes')
    .transform(text => text as `0x${string}`)
    .optional()
    .describe('private key for challenges and exits; without one it only watches and alarms'),
  keyFile: z.string().min(1).optional().describe('file that holds the private key'),
  customers: listSetting(hexAddress, { max: 1000 }).default([]).describe('addresses whose exit data is kept'),
  open: z
    .union([z.boolean(), z.enum(['true', 'false']).transform(text => text === 'true')])
    .default(false)
    .describe('take delegations of anybody, not only of customers'),
  host: z.string().min(1).default('127.0.0.1').describe('address to listen on'),
  port: z.coerce
    .number()
    .int()
    .min(0)
    .max(65_535)
    .default(8700)
    .describe('port of the API; 0 takes a free one'),
  workers: z.coerce.number().int().min(0).max(64).default(2).describe('threads that recover signatures'),
  confirmations: z.coerce
    .number()
    .int()
    .min(0)
    .max(1000)
    .default(0)
    .describe('Ethereum blocks to wait before believing one'),
  pollMilliseconds: z.coerce
    .number()
    .int()
    .min(10)
    .max(60_000)
    .default(1000)
    .describe('pause between rounds, in ms'),
  turnSeconds: seconds.default(24).describe('one turn among watchers, in seconds: about two Ethereum blocks'),
  reserve: wei
    .default(50_000_000_000_000_000n)
    .describe('balance of the key below which funds.low is raised, in wei'),
  dataGraceSeconds: seconds
    .default(600)
    .describe('blocks missing this long after their checkpoint are withheld'),
  nodeGraceSeconds: seconds.default(60).describe('a node silent this long is an alarm'),
  providerGraceSeconds: seconds.default(60).describe('a provider wrong this long is an alarm'),
  headAgeSeconds: seconds.default(300).describe('an Ethereum head older than this is an alarm; 0 = never'),
  submissionGraceSeconds: seconds
    .default(1800)
    .describe('blocks this long without a checkpoint are an alarm'),
  stallGraceSeconds: seconds.default(120).describe('a part of the watcher silent this long is an alarm'),
  webhook: urlSetting.optional().describe('URL to which alarms are posted as JSON'),
  logLevel: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('what is logged'),
})

export type Configuration = z.infer<typeof configurationSchema>

export const SETTINGS = settingNames(configurationSchema)

/** The settings, with the prefix of their environment variables. */
export const WATCHER_SETTINGS = {
  schema: configurationSchema,
  prefix: 'OMG_WATCHER',
} satisfies SettingsDefinition<typeof configurationSchema>

export { flagOf }

/** The environment variable of a setting. */
export const variableOf = (setting: string): string => variableOfSetting(WATCHER_SETTINGS, setting)

/** Settings from flags, then environment, then file, then defaults. Throws `configuration.invalid` naming the setting. */
export const loadConfiguration = (sources: SettingsSources): Configuration =>
  withKey(loadSettings(WATCHER_SETTINGS, sources))

/** The configuration with its secret removed, to show and to log. */
export function redact(configuration: Configuration): Record<string, unknown> {
  const shown: Record<string, unknown> = { ...configuration, reserve: configuration.reserve.toString() }
  if (configuration.key !== undefined) shown.key = '(hidden)'
  return shown
}

function withKey(configuration: Configuration): Configuration {
  if (configuration.key !== undefined || configuration.keyFile === undefined) return configuration
  const text = readSettingFile(configuration.keyFile).trim()
  const key = configurationSchema.shape.key.safeParse(text)
  if (!key.success)
    throw followerError('configuration.invalid', 'keyFile: does not hold a private key of 32 bytes')
  return { ...configuration, key: key.data }
}
