import { join } from 'node:path'
import type { Deployment } from '@omg/rootchain'
import { type Command, InvalidArgumentError } from 'commander'
import { demoAccounts } from '../account/demoAccounts.ts'
import { action, toJson } from '../action.ts'
import { FUNDS, fundDemoAccounts } from '../devnet/funding.ts'
import { type RunningNetwork, startNetwork } from '../devnet/network.ts'
import { overview } from '../devnet/overview.ts'
import { cliError, EXIT } from '../error.ts'
import type { Session } from '../session.ts'
import { ETHER, formatAmount } from '../terminal/amount.ts'
import { formatSeconds } from '../terminal/duration.ts'
import { withProgress } from '../terminal/progress.ts'
import { untilOrphaned, untilSignal } from '../terminal/signals.ts'
import { bold, dim, good, warn } from '../terminal/style.ts'
import { table } from '../terminal/table.ts'
import { EXPLORER, isBuilt, type Pages, servePages } from '../web/pages.ts'

const STATUS_MS = 1_000
const REMEMBER_MS = 2_000

const EXAMPLES = `
The network of a folder is kept: a second start goes on where the first stopped. Ctrl-C stops everything.

Examples:
  $ omg up
  $ omg up --fresh                             set the old network aside and begin a new one
  $ omg up --ethereum-port 0 --node-port 0 --watcher-port 0 --indexer-port 0 --data /tmp/second
  $ omg up --ethereum http://localhost:8545    on an Ethereum devnet of your own, with the test accounts funded`

interface Options {
  ethereumPort: number
  nodePort: number
  watcherPort: number
  indexerPort: number
  webPort: number
  web: boolean
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
    .option('--web-port <port>', 'port of the explorer, or the next free one; 0 = any free one', port, 8080)
    .option('--no-web', 'without the explorer')
    .option('--fresh', 'set the old network of this folder aside and begin a new one')
    .addHelpText('after', EXAMPLES)
    .action(action(up))
}

function port(text: string): number {
  const value = Number(text)
  if (/^\d{1,5}$/.test(text) && value <= 65_535) return value
  throw new InvalidArgumentError('A port is a number from 0 to 65535.')
}

async function up(
  session: Session,
  { ethereumPort, nodePort, watcherPort, indexerPort, webPort, web, fresh }: Options,
): Promise<undefined> {
  const started = Date.now()
  const tell = (line: string) => process.stderr.write(`${warn('note')} ${line}\n`)
  const signal = Promise.race([untilSignal(), untilOrphaned()]).then(() => undefined)
  // Interrupted before it is up: everything started so far hangs on this process and ends with it.
  let isUp = false
  void signal.then(() => isUp || process.exit(EXIT.interrupted))
  const network = await withProgress('starting', async say => {
    const running = await startNetwork({
      data: session.data,
      ports: { ethereum: ethereumPort, node: nodePort, watcher: watcherPort, indexer: indexerPort },
      ethereumUrl: session.given.ethereum,
      fresh,
      say,
      tell,
    })
    try {
      say('funding the demo accounts')
      if (running.isNew) await fundDemoAccounts(running.deployment, running.ethereumUrl)
      say('serving the explorer')
      const explorer =
        web && isBuilt(EXPLORER)
          ? await servePages({ folder: EXPLORER, nodeUrl: running.nodeUrl, port: webPort })
          : undefined
      return { ...running, explorer }
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
  await network.explorer?.stop()
  await withProgress('stopping', () => network.stop())
  if (lost !== undefined) throw cliError('network.ended', lost)
  if (!session.json)
    process.stdout.write(`Stopped. The network is kept in ${session.data}: omg up goes on with it.\n`)
  process.exitCode = EXIT.done
  return undefined
}

type Served = RunningNetwork & { readonly explorer: Pages | undefined }

function facts({ ethereumUrl, nodeUrl, watcherUrl, indexerUrl, explorer, deployment, isNew }: Served) {
  const explorerUrl = explorer?.url ?? null
  return {
    ethereumUrl,
    nodeUrl,
    watcherUrl,
    indexerUrl,
    explorerUrl,
    isNew,
    accounts: demoAccounts(),
    deployment,
  }
}

/** The one table that a newcomer needs. */
function welcome(network: Served, data: string, seconds: number): string {
  const { deployment, ethereumUrl, nodeUrl, watcherUrl, indexerUrl, explorer, isNew } = network
  const places = [
    ['Ethereum', ethereumUrl, dim(`chain ${deployment.chainId}, a block every second`)],
    ['node', nodeUrl, dim('JSON-RPC 2.0, WebSocket, /health, /metrics')],
    ['watcher', watcherUrl, dim('alarms, exit data, /health, /metrics')],
    ['indexer', indexerUrl ?? 'none', dim('history, markets, /stream, /openapi.json, /health')],
    [
      'explorer',
      explorer?.url ?? 'none',
      dim(explorer ? 'blocks, payments, owners, in the browser' : 'npm start builds it'),
    ],
    ['contracts', deployment.rootChain, dim('root chain; the others: deployment.json')],
    ['data', data, dim(`logs in ${join(data, 'logs')}`)],
  ]
  const accounts = demoAccounts().map(({ name, address }) => [name, address, dim(holdings(name, deployment))])
  return [
    '',
    `${good('The network is up')} ${dim(`(${isNew ? 'new' : 'resumed'}, in ${formatSeconds(seconds)})`)}`,
    '',
    table(['', '', ''], [...places, ...accounts]),
    '',
    `  ${dim('The demo accounts use the public test mnemonic: never send them anything of value.')}`,
    `  Now, in a second terminal:  ${bold('npm run omg -- demo')}`,
    '',
  ].join('\n')
}

function holdings(name: string, { feeTokens, testTokens }: Deployment): string {
  const dollar = feeTokens.find(({ token }) => token === testTokens?.usd)
  const onEthereum = [
    '10,000 ETH',
    ...(dollar ? [formatAmount(FUNDS.dollars, { ...dollar, address: dollar.token })] : []),
  ]
  if (name !== 'alice' && name !== 'bob') return `${onEthereum.join(', ')} on Ethereum`
  const deposits = [formatAmount(FUNDS.deposits.ether, ETHER)]
  if (dollar) deposits.push(formatAmount(FUNDS.deposits.dollars, { ...dollar, address: dollar.token }))
  return `deposited ${deposits.join(', ')}; the rest on Ethereum`
}

/** On a terminal one line that renews itself; elsewhere a line whenever the alarms change. Returns how to stop it. */
function showStatusLine(network: RunningNetwork): () => void {
  const { stdout } = process
  let busy = false
  let shownAlarms = '0'
  const show = async () => {
    if (busy) return
    busy = true
    const { ethereum, node, watcher, indexer, alarms } = await overview(network)
    busy = false
    const state =
      alarms.length === 0
        ? good('no alarm')
        : warn(`${alarms.length} alarms: ${[...new Set(alarms.map(({ code }) => code))].join(', ')}`)
    const line = [
      ethereum ? `Ethereum ${ethereum.block}` : warn('Ethereum silent'),
      node ? `block ${node.height}` : warn('node silent'),
      ...(node ? [`${node.transactions} payments`, `checkpoint ${node.checkpoints.accepted ?? 0}`] : []),
      indexer
        ? indexer.problem
          ? warn(`indexer stands: ${indexer.problem.code}`)
          : `indexed ${indexer.height}`
        : warn('indexer silent'),
      watcher ? `watcher ${watcher.chain.state}, ${state}` : warn('watcher silent'),
    ].join(dim(' · '))
    if (stdout.isTTY) stdout.write(`\r\u001b[K  ${line}  ${dim('Ctrl-C stops')}`)
    else if (shownAlarms !== String(alarms.length)) stdout.write(`  ${line}\n`)
    shownAlarms = String(alarms.length)
  }
  const timer = setInterval(() => void show(), STATUS_MS)
  return () => {
    clearInterval(timer)
    if (stdout.isTTY) stdout.write('\r\u001b[K')
  }
}
