import { OmgError } from '@omg/protocol'

/** How a command ends. Scripts may rely on these numbers; `omg --help` lists them. */
export const EXIT = {
  done: 0,
  /** The request was understood and did not succeed. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** A program this command needs cannot be reached. */
  unreachable: 3,
  /** Refused because it could endanger data or money: a second start, an existing account. */
  refused: 4,
  /** Everything ran, and what it checked is not as it should be (alarms, doctor, benchmark budgets). */
  unhealthy: 5,
  interrupted: 130,
} as const

/** Every error code of this package: what to do, and how the command ends. */
export const CLI_ERRORS = {
  'network.not_running': {
    exit: EXIT.unreachable,
    action: 'Start one with npm start, or name it: --node <url> --ethereum <url>.',
  },
  'network.running': {
    exit: EXIT.refused,
    action: 'Use the network that runs, stop it with Ctrl-C, or choose another folder with --data <folder>.',
  },
  'network.port': {
    exit: EXIT.refused,
    action:
      'Stop the program on that port, or choose others: omg up --ethereum-port 0 --node-port 0 --watcher-port 0 --indexer-port 0.',
  },
  'network.start': {
    exit: EXIT.failed,
    action: 'Read the last lines above and the logs in the data folder; omg doctor checks this machine.',
  },
  'network.ended': {
    exit: EXIT.failed,
    action: 'Read the end of its log in the data folder, then start again: the data is kept.',
  },
  'network.other': {
    exit: EXIT.refused,
    action:
      'Choose another folder with --data <folder>, or start over with omg up --fresh (the old data is moved aside).',
  },
  'ethereum.chain': {
    exit: EXIT.refused,
    action: 'Name the Ethereum endpoint of the deployment, or choose another folder with --data <folder>.',
  },
  'ethereum.unreachable': {
    exit: EXIT.unreachable,
    action: 'Check the URL and that the Ethereum node runs; its test accounts need ether.',
  },
  'file.failed': {
    exit: EXIT.failed,
    action: 'Check the path, and that you may read and write there.',
  },
  'account.unknown': {
    exit: EXIT.usage,
    action: 'See the accounts: omg account list. Make one: omg account create <name>.',
  },
  'account.exists': { exit: EXIT.refused, action: 'Choose another name; an account is never overwritten.' },
  'account.password': {
    exit: EXIT.failed,
    action: 'Try again, or set OMG_PASSWORD. A lost password cannot be recovered.',
  },
  'account.keystore': {
    exit: EXIT.failed,
    action: 'Use an Ethereum keystore file of version 3, or a private key of 32 bytes.',
  },
  'account.name': { exit: EXIT.usage, action: 'Use 1 to 32 lower-case letters, digits, - and _.' },
  'amount.invalid': { exit: EXIT.usage, action: 'Write a number and a token, for example: 1.5 ETH.' },
  'amount.token': {
    exit: EXIT.usage,
    action: 'Use ETH, a token symbol that omg status lists, or a token address.',
  },
  'airdrop.snapshot': {
    exit: EXIT.usage,
    action:
      'Correct the lines; each is an address and an amount of OMG, as in 0x70997970C51812dc3A010C7d01b50e0d17dc79C8,12.5.',
  },
  'airdrop.unknown': {
    exit: EXIT.usage,
    action: 'Use the address of the airdrop that its giver published, on the network that it is on.',
  },
  'airdrop.other': {
    exit: EXIT.refused,
    action: 'Use the table that the giver published for this airdrop, unchanged.',
  },
  'stake.unknown': { exit: EXIT.usage, action: 'See the validators: omg validators.' },
  'stake.insufficient': { exit: EXIT.failed, action: 'See what you have, staked and not: omg stake.' },
  'stake.waiting': { exit: EXIT.failed, action: 'See when it is due: omg stake, omg rewards.' },
  'fees.range': {
    exit: EXIT.usage,
    action: 'Choose a number in the range that the message tells.',
  },
  'validator.prepared': {
    exit: EXIT.refused,
    action: 'Leave the options out, edit node.json in the folder, or prepare another folder.',
  },
  'evidence.unknown': { exit: EXIT.usage, action: 'See the offences: omg evidence.' },
  'evidence.early': {
    exit: EXIT.failed,
    action: 'Wait, then submit it again: omg evidence tells how it stands.',
  },
  'market.unknown': { exit: EXIT.usage, action: 'See the markets: omg market list.' },
  'order.unknown': { exit: EXIT.failed, action: 'See the live orders: omg order list.' },
  'request.argument': { exit: EXIT.usage, action: 'See the command with --help.' },
  'request.invalid': { exit: EXIT.usage, action: 'Correct the request as the message says.' },
  'faucet.again': {
    exit: EXIT.refused,
    action: 'Wait as long as the message says: an address is paid once an hour.',
  },
  'faucet.busy': { exit: EXIT.failed, action: 'Ask again in a few seconds.' },
  'faucet.empty': {
    exit: EXIT.failed,
    action: 'Ask again in a few seconds: the faucet deposits more by itself.',
  },
  'demo.step': {
    exit: EXIT.failed,
    action: 'Run it again with --verbose, and report it with the printed step if it happens twice.',
  },
  'node.version': { exit: EXIT.failed, action: 'Run it through npm (npm run omg), which brings Node 24.' },
} as const satisfies Record<string, { exit: number; action: string }>

export type CliErrorCode = keyof typeof CLI_ERRORS

/** An error of this package, with the action that belongs to its code. */
export function cliError(code: CliErrorCode, message: string, cause?: unknown): OmgError {
  return new OmgError(code, message, CLI_ERRORS[code].action, { cause })
}

/** The exit code for any error: unreachable programs and wrong input have their own. */
export function exitCodeOf(error: unknown): number {
  if (!(error instanceof OmgError)) return EXIT.failed
  if (error.code in CLI_ERRORS) return CLI_ERRORS[error.code as CliErrorCode].exit
  return /\.(unavailable|unreachable)$/.test(error.code) ? EXIT.unreachable : EXIT.failed
}
