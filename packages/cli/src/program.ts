import { Command, Option } from 'commander'
import { accountCommand } from './command/account.ts'
import { configCommand } from './command/config.ts'
import { doctorCommand } from './command/doctor.ts'
import { nodeCommand } from './command/node.ts'
import { statusCommand } from './command/status.ts'
import { upCommand } from './command/up.ts'
import { watchCommand } from './command/watch.ts'
import { EXIT } from './error.ts'

/** In the order in which a newcomer meets them. */
const COMMANDS = [
  upCommand,
  statusCommand,
  accountCommand,
  watchCommand,
  nodeCommand,
  configCommand,
  doctorCommand,
]

const EXIT_CODES = `
Exit codes: ${EXIT.done} done, ${EXIT.failed} failed, ${EXIT.usage} wrong command line, ${EXIT.unreachable} network not reachable,
            ${EXIT.refused} refused to protect data, ${EXIT.unhealthy} checked and not healthy, ${EXIT.interrupted} interrupted

Start here: omg up, then omg demo in a second terminal.`

/** The `omg` command with all its sub-commands. */
export function createProgram(): Command {
  const program = new Command('omg')
    .description('The OMG Network: pay on a fast chain whose money stays safe on Ethereum.')
    .version('0.1.0')
    .addOption(
      new Option('--data <folder>', 'folder of the network and the accounts').default('.omg').env('OMG_DATA'),
    )
    .option('--json', 'print the answer as JSON')
    .option('--account <name>', 'account that pays and signs: a name or an address (OMG_ACCOUNT)')
    .option('--node <url>', 'node to talk to (OMG_NODE)')
    .option('--ethereum <url>', 'Ethereum endpoint (OMG_ETHEREUM)')
    .option('--watcher <url>', 'watcher to ask (OMG_WATCHER)')
    .addHelpText('after', EXIT_CODES)
    .showHelpAfterError('Add --help to see how this command is used.')
    .exitOverride()
  for (const add of COMMANDS) add(program)
  for (const command of program.commands) command.exitOverride()
  return program
}
