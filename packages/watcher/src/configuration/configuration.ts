import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { watcherError } from '../error.ts'

const hexAddress = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, 'is not an address')
  .transform(text => text.toLowerCase() as `0x${string}`)
const url = z.url({ protocol: /^https?$/ })
const seconds = z.coerce.number().int().min(0).max(10_000_000)
const wei = z
  .union([z.string().regex(/^\d{1,30}$/, 'is not a number of wei'), z.number().int().min(0)])
  .transform(value => BigInt(value))

/** Accepts `a,b` (flags, environment) and `["a","b"]` (file). */
function listOf<T extends z.ZodType>(item: T) {
  return z.preprocess(
    value =>
      typeof value === 'string'
        ? value
            .split(',')
            .map(part => part.trim())
            .filter(part => part !== '')
        : value,
    z.array(item).max(1000),
  )
}

/** Every setting: its flag is `--kebab-case`, its variable `OMG_WATCHER_SNAKE_CASE`. */
export const configurationSchema = z.strictObject({
  /** Directory of the watcher's own store. */
  dataDirectory: z.string().min(1).default('data/watcher'),
  /** File with the deployment record. */
  deployment: z.string().min(1),
  /** Ethereum JSON-RPC providers. The first is read; the others are asked whether it tells the truth. */
  ethereum: listOf(url).pipe(z.array(url).min(1).max(4)),
  /** Nodes of the chain, tried in this order. */
  node: listOf(url).pipe(z.array(url).min(1).max(8)),
  /** Private key for challenges and exits, 32 bytes of hex. Without one the watcher watches and alarms only. */
  key: z
    .string()
    .regex(/^0x[0-9a-fA-F]{64}$/, 'is not a private key of 32 bytes')
    .transform(text => text as `0x${string}`)
    .optional(),
  /** File that holds the private key, instead of `key`. */
  keyFile: z.string().min(1).optional(),
  /** Addresses whose exit data is kept. */
  customers: listOf(hexAddress).default([]),
  /** Address to listen on. */
  host: z.string().min(1).default('127.0.0.1'),
  /** Port of the API; 0 takes a free one. */
  port: z.coerce.number().int().min(0).max(65_535).default(8700),
  /** Map workers for re-execution; 0 = in the main thread. */
  workers: z.coerce.number().int().min(0).max(64).default(2),
  /** Depth in blocks at which Ethereum's records are taken as final for alarms about checkpoints. */
  confirmations: z.coerce.number().int().min(0).max(1000).default(1),
  /** How often Ethereum and the node are asked, in milliseconds. */
  pollMilliseconds: z.coerce.number().int().min(10).max(60_000).default(1000),
  /** One turn among watchers, in seconds: about two Ethereum blocks. */
  turnSeconds: seconds.default(24),
  /** Ether below which `funds.low` is raised, in wei. */
  reserve: wei.default(50_000_000_000_000_000n),
  /** Blocks missing for this long after their checkpoint reached Ethereum are withheld, in seconds. */
  dataGraceSeconds: seconds.default(600),
  /** A node silent for this long is an alarm, in seconds. */
  nodeGraceSeconds: seconds.default(60),
  /** A provider wrong for this long is an alarm, in seconds. */
  providerGraceSeconds: seconds.default(60),
  /** Blocks without a new checkpoint on Ethereum for this long are an alarm, in seconds. */
  submissionGraceSeconds: seconds.default(1800),
  /** A part of the watcher without a round for this long is an alarm, in seconds. */
  stallGraceSeconds: seconds.default(120),
  /** Blocks between two snapshots of the unspent set. */
  snapshotBlocks: z.coerce.number().int().min(1).max(1_000_000).default(1000),
  /** Where alarms are posted to as JSON, besides the log and the API. */
  webhook: url.optional(),
  logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
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

/** The environment variable of a setting. */
export function variableOf(setting: string): string {
  return `OMG_WATCHER_${setting.replace(/[A-Z]/g, letter => `_${letter}`).toUpperCase()}`
}

/** Settings from flags, then environment, then file, then defaults. Throws `configuration.invalid` naming the setting. */
export function loadConfiguration(sources: ConfigurationSources): Configuration {
  const { flags = {}, environment = {} } = sources
  const merged: Record<string, unknown> = sources.file === undefined ? {} : readFile(sources.file)
  for (const setting of SETTINGS) {
    const value = flags[setting] ?? environment[variableOf(setting)]
    if (value !== undefined) merged[setting] = value
  }
  const parsed = configurationSchema.safeParse(merged)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!
    throw watcherError(
      'configuration.invalid',
      `${issue.path.join('.') || 'configuration'}: ${issue.message}`,
    )
  }
  return withKey(parsed.data)
}

/** The configuration with its secret removed, to show and to log. */
export function redact(configuration: Configuration): Record<string, unknown> {
  const shown: Record<string, unknown> = { ...configuration, reserve: configuration.reserve.toString() }
  if (configuration.key !== undefined) shown.key = '(hidden)'
  return shown
}

function withKey(configuration: Configuration): Configuration {
  if (configuration.key !== undefined || configuration.keyFile === undefined) return configuration
  const text = readText(configuration.keyFile).trim()
  const key = configurationSchema.shape.key.safeParse(text)
  if (!key.success)
    throw watcherError('configuration.invalid', 'keyFile: does not hold a private key of 32 bytes')
  return { ...configuration, key: key.data }
}

function readFile(path: string): Record<string, unknown> {
  const text = readText(path)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw watcherError('configuration.invalid', `${path}: is not JSON`, error)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw watcherError('configuration.invalid', `${path}: is not a JSON object`)
  }
  return { ...value }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw watcherError('configuration.invalid', `${path}: cannot be read`, error)
  }
}
