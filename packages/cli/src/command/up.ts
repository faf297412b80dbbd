import type { DataMode } from '@omg/protocol'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { demoAccounts } from '../account/demoAccounts.ts'
import { action, toJson } from '../action.ts'
import { possibleValidators } from '../devnet/cometBft.ts'
import { fundAccounts } from '../devnet/funding.ts'
import { startNetwork } from '../devnet/network.ts'
import { claimPort } from '../devnet/port.ts'
import { superviseCrowd, superviseKeeper, urlAt } from '../devnet/programs.ts'
import { showStatusLine } from '../devnet/statusLine.ts'
import { MAX_DEVNET_VALIDATORS } from '../devnet/validators.ts'
import { welcome } from '../devnet/welcome.ts'
import { cliError, EXIT } from '../error.ts'
import type { Session } from '../session.ts'
import { withProgress } from '../terminal/progress.ts'
import { untilOrphaned, untilSignal } from '../terminal/signals.ts'
import { warn } from '../terminal/style.ts'
import { type ServedNetwork, serveSite } from '../web/site.ts'

const REMEMBER_MS = 2_000

const EXAMPLES = `
The network of a folder is kept: a second start goes on where the first stopped. Ctrl-C stops everything.

Examples:
  $ omg up
  $ omg up --quiet                             without the crowd of demo traders
  $ omg up --validators 4                      four validators on CometBFT, with bonds (needs Go once)
  $ omg up --data-mode blob                    checkpoints with their blocks as blobs on Ethereum
  $ omg up --fresh                             set the old network aside and begin a new one
  $ omg up --ethereum-port 0 --node-port 0 --watcher-port 0 --indexer-port 0 --data /tmp/second
  $ omg up --ethereum http://localhost:8545    on an Ethereum devnet of your own, with the test accounts funded`

interface Options {
  validators?: number
  dataMode?: DataMode
  ethereumPort: number
  nodePort: number
  watcherPort: number
  indexerPort: number
  webPort: number
  web: boolean
  quiet?: boolean
  fresh?: boolean
}

export function upCommand(program: Command): void {
  program
    .command('up')
    .description('bring up Ethereum, contracts, a node, a watcher, an indexer and demo accounts, and stay')
    .option('--ethereum-port <port>', 'port of the embedded Ethereum; 0 = any free one', port, 8545)
    .option('--node-port <port>', 'port of the node; 0 = any free one', port, 8600)
    .option('--watcher-port <port>', 'port of the watcher; 0 = any free one', port, 8700)
    .option('--indexer-port <port>', 'port of the indexer; 0 = any free one', port, 8800)
    .option(
      '--web-port <port>',
      'port of the first web page, or the next free one; 0 = any free one',
      port,
      8080,
    )
    .option('--validators <count>', 'validators on CometBFT; one runs by itself, without', validatorCount)
    .addOption(
      new Option(
        '--data-mode <mode>',
        'blob: checkpoints come with their blocks as blobs, so that fresh orders trade at once',
      ).choices(['plasma', 'blob']),
    )
    .option('--no-web', 'without the web pages')
    .option('--quiet', 'without the crowd of demo traders')
    .option('--fresh', 'set the old network of this folder aside and begin a new one')
    .addHelpText('after', EXAMPLES)
    .action(action(up))
}

function port(text: string): number {
  const value = Number(text)
  if (/^\d{1,5}$/.test(text) && value <= 65_535) return value
  throw new InvalidArgumentError('A port is a number from 0 to 65535.')
}

/** From 1 to what one machine can bear. */
function validatorCount(text: string): number {
  const value = Number(text)
  if (/^\d{1,2}$/.test(text) && value >= 1 && value <= MAX_DEVNET_VALIDATORS) return value
  throw new InvalidArgumentError(`A number of validators is from 1 to ${MAX_DEVNET_VALIDATORS}.`)
}

async function up(
  session: Session,
  {
    validators,
    dataMode,
    ethereumPort,
    nodePort,
    watcherPort,
    indexerPort,
    webPort,
    web,
    quiet,
    fresh,
  }: Options,
): Promise<undefined> {
  const started = Date.now()
  const tell = (line: string) => process.stderr.write(`${warn('note')} ${line}\n`)
  const signal = Promise.race([untilSignal(), untilOrphaned()]).then(() => undefined)
  // Interrupted before it is up: everything started so far hangs on this process and ends with it.
  let isUp = false
  void signal.then(() => isUp || process.exit(EXIT.interrupted))
  const wanted =
    validators !== undefined && validators > 1 ? await possibleValidators(validators, tell) : validators
  const network = await withProgress('starting', async say => {
    const running = await startNetwork({
      data: session.data,
      ports: { ethereum: ethereumPort, node: nodePort, watcher: watcherPort, indexer: indexerPort },
      ethereumUrl: session.given.ethereum,
      validators: wanted,
      dataMode,
      prepare: async (deployment, ethereumUrl, now) => {
        now('funding the demo accounts')
        await fundAccounts(deployment, ethereumUrl)
      },
      fresh,
      say,
      tell,
    })
    try {
      say('serving the web pages')
      const pages = web ? await serveSite(running, webPort, tell) : undefined
      const crowd = quiet ? undefined : await superviseCrowd(session.data, tell)
      const keeperPort = await claimPort(0, 'the keeper')
      const keeper = await superviseKeeper(session.data, keeperPort, tell)
      return { ...running, pages, crowd, keeper, keeperUrl: urlAt(keeperPort) }
    } catch (error) {
      await running.stop()
      throw error
    }
  })
  isUp = true
  const seconds = (Date.now() - started) / 1000
  if (session.json) process.stdout.write(`${toJson(facts(network))}\n`)
  else process.stdout.write(`${welcome(network, session.data, seconds)}\n`)
  const stopLine = session.json ? () => {} : showStatusLine(network)
  const remember = setInterval(() => void network.remember().catch(() => {}), REMEMBER_MS)

  const lost = await Promise.race([signal, network.lost])
  clearInterval(remember)
  stopLine()
  await network.pages?.stop()
  await Promise.all([network.crowd?.stop(), network.keeper.stop()])
  await withProgress('stopping', () => network.stop())
  if (lost !== undefined) throw cliError('network.ended', lost)
  if (!session.json)
    process.stdout.write(`Stopped. The network is kept in ${session.data}: omg up goes on with it.\n`)
  process.exitCode = EXIT.done
  return undefined
}

/** What `--json` prints once everything is up. */
function facts({ pages, deployment, isNew, ...network }: ServedNetwork & { keeperUrl: string }) {
  const { ethereumUrl, nodeUrl, watcherUrl, indexerUrl, keeperUrl, validatorUrls } = network
  return {
    ethereumUrl,
    nodeUrl,
    watcherUrl,
    indexerUrl,
    keeperUrl,
    ...(validatorUrls && { validatorUrls }),
    exchangeUrl: pages?.urls.exchange ?? null,
    explorerUrl: pages?.urls.explorer ?? null,
    stakeUrl: pages?.urls.stake ?? null,
    isNew,
    accounts: demoAccounts(),
    deployment,
  }
}
