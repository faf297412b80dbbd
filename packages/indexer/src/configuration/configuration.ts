import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { indexerError } from '../errors.ts'

const url = z.url({ protocol: /^https?$/ })

/** Accepts `a,b` (flags, environment) and `["a","b"]` (file). */
const urls = z.preprocess(
  value =>
    typeof value === 'string'
      ? value
          .split(',')
          .map(part => part.trim())
          .filter(part => part !== '')
      : value,
  z.array(url).min(1).max(8),
)

/** Every setting: its flag is `--kebab-case`, its variable `OMG_INDEXER_SNAKE_CASE`. */
export const configurationSchema = z.strictObject({
  node: urls.describe('nodes of the chain, tried in this order'),
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

export interface ConfigurationSources {
  /** Flags by setting name, as strings. */
  readonly flags?: Readonly<Record<string, unknown>>
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** Path of a JSON file. */
  readonly file?: string | undefined
}

export const SETTINGS = Object.keys(configurationSchema.shape) as readonly (keyof Configuration)[]

/** The flag of a setting, without its dashes. */
export function flagOf(setting: string): string {
  return setting.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)
}

/** The environment variable of a setting. */
export function variableOf(setting: string): string {
  return `OMG_INDEXER_${setting.replace(/[A-Z]/g, letter => `_${letter}`).toUpperCase()}`
}

/** Settings from flags, then environment, then file, then defaults. Throws `configuration.invalid` naming the setting. */
export function loadConfiguration({
  flags = {},
  environment = {},
  file,
}: ConfigurationSources): Configuration {
  const merged: Record<string, unknown> = file === undefined ? {} : readFile(file)
  for (const setting of SETTINGS) {
    const value = flags[setting] ?? environment[variableOf(setting)]
    if (value !== undefined) merged[setting] = value
  }
  const parsed = configurationSchema.safeParse(merged)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  throw indexerError('configuration.invalid', `${issue.path.join('.') || 'configuration'}: ${issue.message}`)
}

/** The configuration without the password of its database, to show and to log. */
export function redact(configuration: Configuration): Configuration {
  const { database } = configuration
  return { ...configuration, database: database.replace(/^(\w+:\/\/[^:/@]*):[^@]*@/, '$1:(hidden)@') }
}

function readFile(path: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw indexerError('configuration.invalid', `${path}: cannot be read as JSON`, error)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw indexerError('configuration.invalid', `${path}: is not a JSON object`)
  }
  return { ...value }
}
