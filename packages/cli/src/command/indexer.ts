import {
  configurationSchema,
  flagOf,
  loadConfiguration,
  SETTINGS,
  startIndexer,
  variableOf,
} from '@omg/indexer'
import { type Command, Option } from 'commander'
import { action } from '../action.ts'
import type { Session } from '../session.ts'
import { untilSignal } from '../terminal/signals.ts'

const EXAMPLES = `
Settings come from flags, then the environment, then the file, then defaults. See what is in force: omg config indexer
It keeps its history in an embedded database, or on a Postgres server (--database postgres://...).

Examples:
  $ omg index --port 0                                                     on the network of this folder
  $ omg index --node https://node.example --database postgres://indexer@localhost/indexer`

/** Shared with `omg config`, so that both read the same sources. */
export function indexerFlags(command: Command): Command {
  command.option('--config <file>', 'JSON file with any of these settings')
  for (const setting of SETTINGS) {
    // An option of every command.
    if (setting === 'node') continue
    const description = configurationSchema.shape[setting].description ?? ''
    command.addOption(
      new Option(`--${flagOf(setting)} <value>`, `${description} (${variableOf(setting)})`.trim()),
    )
  }
  return command
}

export function indexCommand(program: Command): void {
  indexerFlags(
    program.command('index').description('run an indexer: history, balances and market data of every block'),
  )
    .addHelpText('after', EXAMPLES)
    .action(
      action<Record<string, string>>(async (session, options) => {
        const indexer = await startIndexer(indexerConfiguration(session, options))
        await untilSignal()
        await indexer.stop()
        return undefined
      }),
    )
}

/** The configuration in force for a command line. */
export function indexerConfiguration(
  session: Session,
  { config, ...options }: Record<string, string>,
): ReturnType<typeof loadConfiguration> {
  const { running, given } = session
  const flags = {
    ...(running && { node: running.nodeUrl }),
    ...options,
    ...(given.node && { node: given.node }),
  }
  return loadConfiguration({ flags, environment: process.env, file: config })
}
