import {
  flagOf,
  listSetting,
  loadSettings,
  type SettingsDefinition,
  type SettingsSources,
  settingNames,
  urlSetting,
  variableOf as variableOfSetting,
} from '@omg/follower'
import { z } from 'zod'

/** Every setting: its flag is `--kebab-case`, its variable `OMG_INDEXER_SNAKE_CASE`. */
export const configurationSchema = z.strictObject({
  node: listSetting(urlSetting, { min: 1, max: 8 }).describe('nodes of the chain, tried in this order'),
  database: z
    .string()
    .min(1)
    .default('data/indexer')
    .describe('postgres://... for a server, memory: for none, or the directory of the embedded database'),
  host: z.string().min(1).default('127.0.0.1').describe('address to listen on'),
  port: z.coerce
    .number()
    .int()
    .min(0)
    .max(65_535)
    .default(8800)
    .describe('port of REST and WebSocket; 0 takes a free one'),
  workers: z.coerce.number().int().min(0).max(64).default(1).describe('threads that recover signatures'),
  pollMilliseconds: z.coerce
    .number()
    .int()
    .min(10)
    .max(60_000)
    .default(1000)
    .describe('pause between rounds where no announcement wakes it, in ms'),
  requestsPerSecond: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .default(50)
    .describe('REST requests of one address a second; twice as many at once'),
  stallGraceSeconds: z.coerce
    .number()
    .int()
    .min(1)
    .max(10_000_000)
    .default(120)
    .describe('an indexer behind its node without progress for this long is unhealthy'),
  logLevel: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('what is logged'),
})

export type Configuration = z.infer<typeof configurationSchema>

export const SETTINGS = settingNames(configurationSchema)

/** The settings, with the prefix of their environment variables. */
export const INDEXER_SETTINGS = {
  schema: configurationSchema,
  prefix: 'OMG_INDEXER',
} satisfies SettingsDefinition<typeof configurationSchema>

export { flagOf }

/** The environment variable of a setting. */
export const variableOf = (setting: string): string => variableOfSetting(INDEXER_SETTINGS, setting)

/** Settings from flags, then environment, then file, then defaults. Throws `configuration.invalid` naming the setting. */
export const loadConfiguration = (sources: SettingsSources): Configuration =>
  loadSettings(INDEXER_SETTINGS, sources)

/** The configuration without the password of its database, to show and to log. */
export function redact(configuration: Configuration): Configuration {
  const { database } = configuration
  return { ...configuration, database: database.replace(/^(\w+:\/\/[^:/@]*):[^@]*@/, '$1:(hidden)@') }
}
