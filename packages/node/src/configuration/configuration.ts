import { readFileSync } from 'node:fs'
import type { z } from 'zod'
import { nodeError } from '../errors.ts'
import { type Configuration, configurationSchema } from './schema.ts'

export type Settings = { [name: string]: unknown }

export interface ConfigurationSources {
  /** By path, such as `checkpoint.intervalSeconds`. */
  flags?: Settings
  /** Variables such as OMG_CHECKPOINT_INTERVAL_SECONDS. */
  environment?: Readonly<Record<string, string | undefined>>
  /** Path of a JSON file. OMG_CONFIG names it too. */
  file?: string
}

/** One setting as `omg config` lists it. */
export interface Setting {
  path: string
  environment: string
  description: string
  secret: boolean
}

/** Environment variable of a setting: OMG_ and its path in upper snake case. */
export function environmentName(path: string): string {
  const snake = path.replaceAll('.', '_').replaceAll(/([a-z])([A-Z])/g, '$1_$2')
  return `OMG_${snake.toUpperCase()}`
}

/** All settings, from the schema itself. */
export function settings(): Setting[] {
  return paths(configurationSchema).map(({ path, description }) => ({
    path,
    environment: environmentName(path),
    description,
    secret: description.includes('(secret)'),
  }))
}

/**
 * The configuration that is in force: flags over environment over file over defaults.
 * Errors (thrown): config.invalid, naming the setting.
 */
export function effectiveConfig(sources: ConfigurationSources = {}): Configuration {
  const environment = sources.environment ?? {}
  const file = sources.file ?? environment.OMG_CONFIG
  const merged: Settings = file ? readFile(file) : {}
  for (const { path, environment: name } of settings()) {
    const value = environment[name]
    if (value !== undefined && value !== '') assign(merged, path, value)
  }
  for (const [path, value] of Object.entries(sources.flags ?? {})) {
    if (value !== undefined) assign(merged, path, value)
  }
  const parsed = configurationSchema.safeParse(merged)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map(issue => `${issue.path.join('.') || '(root)'}: ${issue.message}`)
  throw nodeError('config.invalid', problems.join('; '))
}

/** The configuration for people: bigints as text, secrets hidden. */
export function describeConfig(configuration: Configuration): Settings {
  const shown = JSON.parse(
    JSON.stringify(configuration, (_, value) => (typeof value === 'bigint' ? value.toString() : value)),
  ) as Settings
  for (const { path, secret } of settings()) {
    if (secret && read(shown, path) !== undefined) assign(shown, path, '(set)')
  }
  return shown
}

function readFile(path: string): Settings {
  try {
    const value = JSON.parse(readFileSync(path, 'utf8'))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  } catch (cause) {
    throw nodeError('config.invalid', `The file ${path} cannot be read as JSON.`, cause)
  }
  throw nodeError('config.invalid', `The file ${path} is not a JSON object.`)
}

/** Sets a value by path; JSON text from the environment becomes a value where the setting is a list of objects. */
function assign(target: Settings, path: string, value: unknown): void {
  const names = path.split('.')
  const last = names.pop()!
  let at = target
  for (const name of names) {
    if (typeof at[name] !== 'object' || at[name] === null) at[name] = {}
    at = at[name] as Settings
  }
  at[last] = typeof value === 'string' && /^\s*\[/.test(value) ? parseList(path, value) : value
}

function parseList(path: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw nodeError('config.invalid', `${path}: not valid JSON.`, cause)
  }
}

function read(source: Settings, path: string): unknown {
  let at: unknown = source
  for (const name of path.split('.')) at = (at as Settings | undefined)?.[name]
  return at
}

interface SchemaNode {
  def: { type: string; innerType?: SchemaNode }
  shape?: Record<string, z.ZodType>
  description?: string | undefined
}

/** The leaves of the schema. Lists are leaves: they come whole. */
function paths(schema: z.ZodType, prefix = ''): { path: string; description: string }[] {
  const node = schema as unknown as SchemaNode
  let inner = node
  while (inner.def.innerType) inner = inner.def.innerType
  if (!inner.shape) return [{ path: prefix, description: node.description ?? '' }]
  return Object.entries(inner.shape).flatMap(([name, child]) =>
    paths(child, prefix ? `${prefix}.${name}` : name),
  )
}
