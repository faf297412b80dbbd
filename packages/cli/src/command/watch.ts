import { findSignatureProgram } from '@omg/node'
import {
  configurationSchema,
  flagOf,
  loadConfiguration,
  SETTINGS,
  startWatcher,
  variableOf,
} from '@omg/watcher'
import { type Command, Option } from 'commander'
import { action } from '../action.ts'
import { deploymentFile } from '../devnet/record.ts'
import type { Session } from '../session.ts'
import { untilSignal } from '../terminal/signals.ts'

const EXAMPLES = `
Settings come from flags, then the environment, then the file, then defaults. See what is in force: omg config watcher
A watcher with a key challenges wrong exits by itself; without one it watches and raises alarms.

Examples:
  $ omg watch --deployment deployment.json --ethereum https://ethereum.example --node https://node.example --key-file key.txt
  $ omg watch --customers 0x70997970c51812dc3a010c7d01b50e0d17dc79c8 --port 0      on the network of this folder`

/** These two are options of every command. */
const GLOBAL = ['ethereum', 'node']

/** Shared with `omg config`, so that both read the same sources. */
export function watcherFlags(command: Command): Command {
  command.option('--config <file>', 'JSON file with any of these settings')
  for (const setting of SETTINGS) {
    // A secret in a command line is visible to every user of the machine: --key-file or the environment.
    if (setting === 'key' || GLOBAL.includes(setting)) continue
    const description = configurationSchema.shape[setting].description ?? ''
    command.addOption(
      new Option(`--${flagOf(setting)} <value>`, `${description} (${variableOf(setting)})`.trim()),
    )
  }
  return command
}

export function watchCommand(program: Command): void {
  watcherFlags(
    program.command('watch').description('run a watcher: re-execute every block, alarm, challenge'),
  )
    .addHelpText('after', EXAMPLES)
    .action(
      action<Record<string, string>>(async (session, options) => {
        const signatureProgram = await findSignatureProgram()
        const watcher = await startWatcher({ ...watcherConfiguration(session, options), signatureProgram })
        await untilSignal()
        await watcher.stop()
        return undefined
      }),
    )
}

/** The configuration in force for a command line. */
export function watcherConfiguration(
  session: Session,
  { config, ...options }: Record<string, string>,
): ReturnType<typeof loadConfiguration> {
  const { running, given } = session
  const found = running && {
    deployment: deploymentFile(session.data),
    ethereum: running.ethereumUrl,
    node: running.nodeUrl,
  }
  const flags = {
    ...found,
    ...options,
    ...(given.ethereum && { ethereum: given.ethereum }),
    ...(given.node && { node: given.node }),
  }
  return loadConfiguration({ flags, environment: process.env, file: config })
}
