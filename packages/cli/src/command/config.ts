import { redact as redactIndexer } from '@omg/indexer'
import { settings } from '@omg/node'
import { redact } from '@omg/watcher'
import type { Command } from 'commander'
import { action, toJson } from '../action.ts'
import { indexerConfiguration, indexerFlags } from './indexer.ts'
import { describeNode, nodeConfiguration, nodeFlags } from './node.ts'
import { watcherConfiguration, watcherFlags } from './watch.ts'

const EXAMPLES = `
Secrets are never shown. The output is itself a valid file for --config, apart from them.

Examples:
  $ omg config node
  $ omg config node --config node.json --port 9600
  $ omg config settings            every setting of the node with its environment variable
  $ omg config watcher --deployment deployment.json --ethereum http://localhost:8545 --node http://localhost:8600`

export function configCommand(program: Command): void {
  const config = program
    .command('config')
    .description('show the configuration that is in force')
    .addHelpText('after', EXAMPLES)
  nodeFlags(config.command('node').description('of a node')).action(
    action<Record<string, string>>(async (session, options) =>
      shown(describeNode(nodeConfiguration(session, options))),
    ),
  )
  watcherFlags(config.command('watcher').description('of a watcher')).action(
    action<Record<string, string>>(async (session, options) =>
      shown(redact(watcherConfiguration(session, options))),
    ),
  )
  indexerFlags(config.command('indexer').description('of an indexer')).action(
    action<Record<string, string>>(async (session, options) =>
      shown(redactIndexer(indexerConfiguration(session, options))),
    ),
  )
  config
    .command('settings')
    .description('every setting of the node')
    .action(
      action(async () => ({
        json: settings(),
        text: settings()
          .map(
            ({ path, environment, description }) =>
              `${path}\n    ${environment}${description === '' ? '' : `  ${description}`}`,
          )
          .join('\n'),
      })),
    )
}

/** A configuration is JSON for people too: that is the form of its file. */
const shown = (configuration: unknown) => ({ json: configuration, text: toJson(configuration) })
