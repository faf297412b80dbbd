import { Command, Option } from 'commander'
import { EXIT } from './error.ts'

type AddCommand = (program: Command) => void

/** Every command, in the order in which a newcomer meets them. Only what a command line names is loaded. */
const COMMANDS: Record<string, () => Promise<AddCommand>> = {
  up: async () => (await import('./command/up.ts')).upCommand,
  demo: async () => (await import('./command/demo.ts')).demoCommand,
  status: async () => (await import('./command/status.ts')).statusCommand,
  account: async () => (await import('./command/account.ts')).accountCommand,
  balance: async () => (await import('./command/balance.ts')).balanceCommand,
  deposit: async () => (await import('./command/deposit.ts')).depositCommand,
  pay: async () => (await import('./command/pay.ts')).payCommand,
  merge: async () => (await import('./command/merge.ts')).mergeCommand,
  outputs: async () => (await import('./command/outputs.ts')).outputsCommand,
  market: async () => (await import('./command/market.ts')).marketCommand,
  book: async () => (await import('./command/book.ts')).bookCommand,
  trades: async () => (await import('./command/trades.ts')).tradesCommand,
  replay: async () => (await import('./command/replay.ts')).replayCommand,
  trading: async () => (await import('./command/trading.ts')).tradingCommand,
  order: async () => (await import('./command/order.ts')).orderCommand,
  mm: async () => (await import('./command/mm.ts')).mmCommand,
  crowd: async () => (await import('./command/crowd.ts')).crowdCommand,
  fees: async () => (await import('./command/fees.ts')).feesCommand,
  stake: async () => (await import('./command/stake.ts')).stakeCommand,
  unstake: async () => (await import('./command/stake.ts')).unstakeCommand,
  delegate: async () => (await import('./command/delegate.ts')).delegateCommand,
  redelegate: async () => (await import('./command/delegate.ts')).redelegateCommand,
  undelegate: async () => (await import('./command/delegate.ts')).undelegateCommand,
  rewards: async () => (await import('./command/rewards.ts')).rewardsCommand,
  keeper: async () => (await import('./command/keeper.ts')).keeperCommand,
  validators: async () => (await import('./command/validators.ts')).validatorsCommand,
  validator: async () => (await import('./command/validator.ts')).validatorCommand,
  evidence: async () => (await import('./command/evidence.ts')).evidenceCommand,
  unjail: async () => (await import('./command/validators.ts')).unjailCommand,
  exit: async () => (await import('./command/exit.ts')).exitCommand,
  airdrop: async () => (await import('./command/airdrop.ts')).airdropCommand,
  watch: async () => (await import('./command/watch.ts')).watchCommand,
  node: async () => (await import('./command/node.ts')).nodeCommand,
  index: async () => (await import('./command/indexer.ts')).indexCommand,
  config: async () => (await import('./command/config.ts')).configCommand,
  bench: async () => (await import('./command/bench.ts')).benchCommand,
  doctor: async () => (await import('./command/doctor.ts')).doctorCommand,
}

const EXIT_CODES = `
Exit codes: ${EXIT.done} done, ${EXIT.failed} failed, ${EXIT.usage} wrong command line, ${EXIT.unreachable} network not reachable,
            ${EXIT.refused} refused to protect data, ${EXIT.unhealthy} checked and not healthy, ${EXIT.interrupted} interrupted

Start here: omg up, then omg demo in a second terminal.`

/** The `omg` command with the sub-commands that a command line may mean: all of them when it names none. */
export async function createProgram(args: readonly string[] = []): Promise<Command> {
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
    .option('--indexer <url>', 'indexer to ask (OMG_INDEXER)')
    .addHelpText('after', EXIT_CODES)
    .showHelpAfterError('Add --help to see how this command is used.')
    .exitOverride()
  const named = args.filter(argument => argument in COMMANDS)
  for (const [name, load] of Object.entries(COMMANDS)) {
    if (named.length === 0 || named.includes(name)) (await load())(program)
  }
  exitByError(program)
  return program
}

/** Commander ends the process by itself unless every level is told to throw instead. */
function exitByError(command: Command): void {
  for (const child of command.commands) exitByError(child.exitOverride())
}
