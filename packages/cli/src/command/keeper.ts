import { type Address, parseHash } from '@omg/protocol'
import type { AskNode } from '@omg/rootchain'
import { http } from '@omg/sdk'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { pino } from 'pino'
import { privateKeyToAccount } from 'viem/accounts'
import { action } from '../action.ts'
import { knownTokens, openClient } from '../client.ts'
import { cliError } from '../error.ts'
import { evidenceFolder } from '../evidence/plans.ts'
import { startKeeper } from '../keeper/program.ts'
import { DUTIES, type Duty } from '../keeper/step.ts'
import type { Session } from '../session.ts'
import { findToken, parseUnits, type Token } from '../terminal/amount.ts'
import { untilSignal } from '../terminal/signals.ts'

const EXAMPLES = `
Publishes the next validator set when stake has changed, collects the fees of the chain for the stakers, divides them among them. Takes offences of validators
to Ethereum: double votes and two headers, which cost stake and pay the prover, and downtime; and answers for who was only left out. Anybody may,
with an account that has some ether for gas and bonds (bonds come back). It may be stopped at any time.
omg up runs one by itself. OMG_KEEPER_KEY is its key where nobody can type a password. /health and /metrics are on its port; it logs a line of JSON for everything it does.

Examples:
  $ omg keeper --account ops --least TUSD=5
  $ omg keeper --account ops --from 120000 --port 8900
  $ omg keeper --account ops --without offences
  $ omg keeper --account ops --evidence-from https://a.example https://b.example`

interface Options {
  evidenceFrom?: string[]
  least?: string[]
  from?: bigint
  host: string
  port: number
  without?: Duty[]
  pauseSeconds: number
}

export function keeperCommand(program: Command): void {
  program
    .command('keeper')
    .description('publish validator sets, collect and divide fees, prove offences, until Ctrl-C')
    .option(
      '--least <token=amount...>',
      'leave fee coins that are worth less; default for ETH: what collecting costs at the moment',
    )
    .option(
      '--from <checkpoint>',
      'the first checkpoint to search for fees; default: those of sets that are not divided',
      checkpoint,
    )
    .addOption(
      new Option('--without <duty...>', 'duties that somebody else looks after').choices([...DUTIES]),
    )
    .option(
      '--evidence-from <url...>',
      'further nodes to ask for headers that validators signed beside those of the chain',
    )
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <port>', 'port of /health and /metrics; 0 = any free one', within(0, 65_535), 8900)
    .option('--pause-seconds <seconds>', 'between two rounds', within(1, 86_400), 12)
    .addHelpText('after', EXAMPLES)
    .action(action<Options>(keep))
}

async function keep(
  session: Session,
  { evidenceFrom = [], least, from, host, port, without, pauseSeconds }: Options,
): Promise<undefined> {
  const account = accountFromEnvironment()
  const client = await openClient(session, { key: true, ...(account && { account }) })
  const rootChain = await client.rootChain()
  const tokens = await knownTokens(client)
  const keeper = await startKeeper({
    ...{ client, rootChain, tokens, from, host, port, without },
    others: evidenceFrom.map(askAt),
    folder: evidenceFolder(session.data),
    least: leastOf(least, tokens),
    pauseMilliseconds: pauseSeconds * 1000,
    log: pino({ base: { program: 'keeper' }, timestamp: pino.stdTimeFunctions.isoTime }),
  })
  await untilSignal()
  await keeper.stop()
  return undefined
}

/** A node that nobody here runs: what it answers is read within the bounds of the SDK. */
function askAt(url: string): AskNode {
  const node = http(url)
  return (method, params) => node.request(method, params) as Promise<never>
}

/** A program has no one to ask for a password, and a key in a command line is visible to every user of the machine. */
function accountFromEnvironment() {
  const key = process.env.OMG_KEEPER_KEY
  if (key === undefined) return undefined
  const parsed = parseHash(key)
  if (!parsed.ok)
    throw cliError('account.keystore', 'OMG_KEEPER_KEY is no private key of 32 bytes in hexadecimal')
  return privateKeyToAccount(parsed.value)
}

/** `TUSD=5` and the like, by token in its wei. */
export function leastOf(given: readonly string[] = [], tokens: readonly Token[]): Map<Address, bigint> {
  return new Map(
    given.map(text => {
      const [name = '', amount = '', more] = text.split('=')
      if (more !== undefined || amount === '')
        throw cliError('request.argument', `"${text}" is no token with an amount like TUSD=5`)
      const token = findToken(name, tokens)
      return [token.address, /^0+(\.0+)?$/.test(amount) ? 0n : parseUnits(amount, token)]
    }),
  )
}

/** A number of a checkpoint, from 1. */
export function checkpoint(text: string): bigint {
  if (!/^[1-9]\d{0,18}$/.test(text)) throw new InvalidArgumentError('A checkpoint is a number from 1.')
  return BigInt(text)
}

const within = (lowest: number, highest: number) => (text: string) => {
  const number = Number(text)
  if (!/^\d{1,6}$/.test(text) || number < lowest || number > highest)
    throw new InvalidArgumentError(`A number from ${lowest} to ${highest} is needed.`)
  return number
}
