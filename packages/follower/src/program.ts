import { parseArgs } from 'node:util'
import { OmgError } from '@omg/protocol'
import type { z } from 'zod'
import {
  flagOf,
  type SettingsDefinition,
  type SettingsSources,
  settingNames,
  variableOf,
} from './settings.ts'

/** A server that a program runs until it is told to stop. */
export interface RunningProgram {
  readonly url: string
  stop(): Promise<void>
}

export interface ProgramOptions<Configuration> extends SettingsDefinition<z.ZodObject> {
  readonly load: (sources: SettingsSources) => Configuration
  readonly start: (configuration: Configuration) => Promise<RunningProgram>
  /** The code of an error that nobody foresaw. */
  readonly internal: string
}

/**
 * A server as a process: reads its settings from the command line, the environment and a file, prints one JSON line with its URL
 * when it is up, and stops cleanly on SIGTERM and SIGINT. Errors are one JSON line on standard error; exit code 2 is a wrong setting.
 */
export async function runProgram<Configuration>(options: ProgramOptions<Configuration>): Promise<void> {
  try {
    await run(options)
  } catch (error) {
    const known = error instanceof OmgError
    const shown = known ? error.toJSON() : { code: options.internal, message: String(error) }
    process.stderr.write(`${JSON.stringify(shown)}\n`)
    process.exit(known && error.code === 'configuration.invalid' ? 2 : 1)
  }
}

async function run<Configuration>(options: ProgramOptions<Configuration>): Promise<void> {
  const names = settingNames(options.schema)
  const named = ['config', ...names.map(flagOf)].map(name => [name, { type: 'string' as const }])
  const { values } = parseArgs({ options: { ...Object.fromEntries(named), help: { type: 'boolean' } } })
  const { help, ...given } = values as Record<string, string | undefined> & { help?: boolean }
  if (help === true) {
    process.stdout.write(usage(options))
    return
  }
  const flags = Object.fromEntries(names.map(name => [name, given[flagOf(name)]]))
  const running = await options.start(options.load({ flags, environment: process.env, file: given.config }))
  process.stdout.write(`${JSON.stringify({ url: running.url })}\n`)
  let stopping = false
  const stop = () => {
    // A second signal means now.
    if (stopping) process.exit(1)
    stopping = true
    void running.stop().then(() => process.exit(0))
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
}

function usage(definition: SettingsDefinition<z.ZodObject>): string {
  const lines = settingNames(definition.schema).map(name => {
    const words = (definition.schema.shape[name] as z.ZodType).description ?? ''
    return `  --${flagOf(name)}  (${variableOf(definition, name)})  ${words}`
  })
  return ['Usage: node main.ts [--config file.json] [--<setting> value]...', ...lines, ''].join('\n')
}
