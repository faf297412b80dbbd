import { describeConfig, effectiveConfig, setNodeFlags, settings, startNode } from '@omg/node'
import { type Command, Option } from 'commander'
import { action } from '../action.ts'
import { deploymentFile } from '../devnet/record.ts'
import type { Session } from '../session.ts'
import { untilSignal } from '../terminal/signals.ts'

const EXAMPLES = `
Settings come from flags, then the environment, then the file, then defaults. See what is in force: omg config node

Examples:
  $ omg node --config node.json
  $ OMG_VALIDATOR_KEY=0x... omg node --deployment deployment.json --ethereum https://ethereum.example
  $ omg node --help`

/** Shared with `omg config`, so that both read the same sources. */
export function nodeFlags(command: Command): Command {
  command.option('--config <file>', 'JSON file with any of these settings (OMG_CONFIG)')
  for (const { path, description, environment, secret } of settings()) {
    // A secret in a command line is visible to every user of the machine: file and environment only.
    if (secret || path === 'ethereum.urls') continue
    command.addOption(new Option(`--${flagOf(path)} <value>`, `${description} (${environment})`.trim()))
  }
  return command
}

export function nodeCommand(program: Command): void {
  nodeFlags(program.command('node').description('run a node of the chain'))
    .addHelpText('after', EXAMPLES)
    .action(
      action<Record<string, string>>(async (session, options) => {
        setNodeFlags()
        const node = await startNode({ configuration: nodeConfiguration(session, options) })
        await untilSignal()
        await node.close()
        return undefined
      }),
    )
}

/** The configuration in force for a command line. */
export function nodeConfiguration(
  session: Session,
  options: Record<string, string>,
): ReturnType<typeof effectiveConfig> {
  const flags: Record<string, unknown> = {}
  for (const { path } of settings()) {
    const value = options[camel(flagOf(path))]
    if (value !== undefined) flags[path] = value
  }
  const ethereum = session.given.ethereum ?? session.running?.ethereumUrl
  if (ethereum !== undefined) flags['ethereum.urls'] = ethereum
  if (session.running !== undefined && flags.deployment === undefined)
    flags.deployment = deploymentFile(session.data)
  return effectiveConfig({
    flags,
    environment: process.env,
    ...(options.config !== undefined && { file: options.config }),
  })
}

export const describeNode = describeConfig

/** `checkpoint.intervalSeconds` is the flag `--checkpoint-interval-seconds`. */
const flagOf = (path: string) =>
  path.replaceAll('.', '-').replaceAll(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)
const camel = (flag: string) => flag.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
