import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { followerError } from './error.ts'

/** The settings of a program: every one has a flag `--kebab-case`, a variable `<PREFIX>_SNAKE_CASE`, words, and a place in the file. */
export interface SettingsDefinition<Schema extends z.ZodObject> {
  readonly schema: Schema
  /** Of the environment variables: `OMG_WATCHER`. */
  readonly prefix: string
}

/** Where settings come from. */
export interface SettingsSources {
  /** Flags by setting name, as strings. */
  readonly flags?: Readonly<Record<string, unknown>>
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** Path of a JSON file. */
  readonly file?: string | undefined
}

/** Web addresses of programs. */
export const urlSetting = z.url({ protocol: /^https?$/ })

/** A list that accepts `a,b` (flags, environment) and `["a","b"]` (file). */
export function listSetting<T extends z.ZodType>(item: T, { min = 0, max }: { min?: number; max: number }) {
  const parts = (value: unknown) =>
    typeof value === 'string'
      ? value
          .split(',')
          .map(part => part.trim())
          .filter(part => part !== '')
      : value
  return z.preprocess(parts, z.array(item).min(min).max(max))
}

/** The names of all settings, in their order. */
export function settingNames<Schema extends z.ZodObject>(
  schema: Schema,
): readonly (keyof z.output<Schema> & string)[] {
  return Object.keys(schema.shape) as (keyof z.output<Schema> & string)[]
}

/** The flag of a setting, without its dashes. */
export function flagOf(setting: string): string {
  return setting.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)
}

/** The environment variable of a setting. */
export function variableOf(
  { prefix }: Pick<SettingsDefinition<z.ZodObject>, 'prefix'>,
  setting: string,
): string {
  return `${prefix}_${setting.replace(/[A-Z]/g, letter => `_${letter}`).toUpperCase()}`
}

/** Settings from flags, then environment, then file, then defaults. Throws `configuration.invalid` naming the setting. */
export function loadSettings<Schema extends z.ZodObject>(
  definition: SettingsDefinition<Schema>,
  { flags = {}, environment = {}, file }: SettingsSources,
): z.output<Schema> {
  const merged: Record<string, unknown> = file === undefined ? {} : readObject(file)
  for (const setting of settingNames(definition.schema)) {
    const value = flags[setting] ?? environment[variableOf(definition, setting)]
    if (value !== undefined) merged[setting] = value
  }
  const parsed = definition.schema.safeParse(merged)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  throw followerError('configuration.invalid', `${issue.path.join('.') || 'configuration'}: ${issue.message}`)
}

/** The text of a file that a setting names. Throws `configuration.invalid`. */
export function readSettingFile(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw followerError('configuration.invalid', `${path}: cannot be read`, error)
  }
}

function readObject(path: string): Record<string, unknown> {
  const text = readSettingFile(path)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw followerError('configuration.invalid', `${path}: is not JSON`, error)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw followerError('configuration.invalid', `${path}: is not a JSON object`)
  }
  return { ...value }
}

/** All settings as a table in Markdown. */
export function drawSettings(definition: SettingsDefinition<z.ZodObject>): string {
  const rows = settingNames(definition.schema).map(name => {
    const setting = definition.schema.shape[name] as z.ZodType
    const value: unknown = setting.safeParse(undefined).data
    const shown = value === undefined || String(value) === '' ? '' : `\`${String(value)}\``
    const words = setting.description ?? ''
    return `| \`--${flagOf(name)}\` | ${words} | \`${variableOf(definition, name)}\` | ${shown} |`
  })
  return ['| flag | meaning | environment | default |', '|---|---|---|---|', ...rows].join('\n')
}

/** Fills what stands between the markers of a page with what follows from the code. Throws where a marker is missing. */
export function fillSections(
  text: string,
  page: string,
  sections: Readonly<Record<string, () => string>>,
): string {
  let filled = text
  for (const [name, draw] of Object.entries(sections)) {
    const [begin, end] = [`<!-- begin ${name} -->`, `<!-- end ${name} -->`]
    const [from, to] = [filled.indexOf(begin), filled.indexOf(end)]
    if (from < 0 || to < from) throw new Error(`${page} has no place for "${name}"`)
    filled = `${filled.slice(0, from + begin.length)}\n${draw()}\n${filled.slice(to)}`
  }
  return filled
}
