import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import {
  askTrustedBlock,
  effectiveConfig,
  genesisText,
  nodeId,
  nodeSeed,
  readGenesis,
  readTrustedBlock,
  SignerService,
  setNodeFlags,
  startNode,
  writeTrustedBlock,
} from '@omg/node'
import { addressOfKey, consensusChainId, type Hex } from '@omg/protocol'
import { type Deployment, decodeDeployment, domainOf } from '@omg/rootchain'
import type { Command } from 'commander'
import { type Answer, action } from '../action.ts'
import { deploymentFile } from '../devnet/record.ts'
import { cliError } from '../error.ts'
import type { Session } from '../session.ts'
import { untilSignal } from '../terminal/signals.ts'
import { table } from '../terminal/table.ts'
import { recordCommands } from './validatorRecord.ts'

const EXAMPLES = `
The key of a validator comes from OMG_VALIDATOR_KEY, and is written nowhere but to CometBFT's key file. Without a key the node only
follows: it has every block, and no vote. All nodes of a network must have the same fees and exchange settings: --settings takes them over.

Examples:
  $ omg validator init ./mine --deployment deployment.json --genesis https://omg.example/genesis.json --seeds 3b25..29@omg.example:26656
  $ OMG_VALIDATOR_KEY=0x... omg validator join ./mine --genesis genesis.json --settings network.json --via https://node.omg.example
  $ omg validator join ./mine --genesis genesis.json --via https://node.omg.example --state-sync    begins with a snapshot
  $ omg validator join ./mine --genesis genesis.json --sentries 3b25..29@10.0.0.3:26656 --p2p-listen 10.0.0.2:26656    behind a sentry
  $ omg validator join ./mine                       goes on where it was
  $ OMG_VALIDATOR_KEY=0x... omg validator sign ./signer --socket /run/omg/signer --deployment deployment.json`

/** Where CometBFT's RPC is by default, on hosts of which only another address is known. */
const RPC_PORT = 26_657

interface Options {
  genesis?: string
  deployment?: string
  settings?: string
  via?: string
  peers?: string
  seeds?: string
  sentries?: string
  sentryOf?: string
  stateSync?: boolean
  servers?: string
  trust?: string
  p2pListen?: string
  rpcListen?: string
  externalAddress?: string
  port?: string
}

export function validatorCommand(program: Command): void {
  const group = program
    .command('validator')
    .description(
      'take part in a network of several validators, or follow it; say who you are, and with which key',
    )
    .addHelpText('after', EXAMPLES)
  const verbs = [
    ['init', 'prepare a folder for a network, and tell what others need to know of it'],
    ['join', 'the same where it has not been done, and run the node'],
  ] as const
  for (const [verb, description] of verbs) {
    const command = group
      .command(`${verb} <folder>`)
      .description(description)
      .option('--genesis <file or url>', 'genesis of the network')
      .option('--deployment <file>', 'record of its contracts; default: that of the network of --data')
      .option('--settings <file>', 'settings that all of its nodes share (JSON)')
      .option('--via <url>', 'a node of the network, whose CometBFT becomes a peer')
      .option('--peers <list>', 'nodes to stay connected with: id@host:port, ...')
      .option('--seeds <list>', 'nodes to learn others from: id@host:port, ...')
      .option('--sentries <list>', 'stay behind these nodes, and speak with nobody else: id@host:port, ...')
      .option('--sentry-of <ids>', 'be a sentry of these validators: others are not told of them')
      .option('--state-sync', 'begin with a snapshot of the network instead of all its blocks')
      .option(
        '--servers <list>',
        "--state-sync: CometBFT's RPC to ask for headers; default: of --via, peers and seeds",
      )
      .option(
        '--trust <height:hash>',
        '--state-sync: the block to believe; default: the one that all servers tell',
      )
      .option('--p2p-listen <address>', 'where others reach this one', '0.0.0.0:26656')
      .option('--rpc-listen <address>', "CometBFT's own RPC", '127.0.0.1:26657')
      .option('--external-address <address>', 'what others dial, where it is another')
      .option('--port <port>', 'port of the node; 0 = any free one', '8600')
      .addHelpText('after', EXAMPLES)
    command.action(action<Options>(verb === 'init' ? init : join_))
  }
  group
    .command('sign <folder>')
    .description('keep the key in a process of its own, which signs for a node on this machine')
    .requiredOption('--socket <path>', 'where the node asks: its validator.signer')
    .option('--deployment <file>', 'record of the contracts; default: that of the network of --data')
    .addHelpText('after', EXAMPLES)
    .action(action<SignOptions>(sign))
  recordCommands(group)
}

async function init(session: Session, options: Options, args: string[]): Promise<Answer> {
  const folder = resolve(args[0]!)
  if (!existsSync(settingsOf(folder))) await prepare(session, folder, options)
  const key = process.env.OMG_VALIDATOR_KEY as Hex | undefined
  const { consensus } = JSON.parse(readFileSync(settingsOf(folder), 'utf8')) as { consensus: Consensus }
  // Without a key it makes one at its first start.
  const id = key ? nodeId(nodeSeed(key)) : null
  const address = consensus.externalAddress ?? consensus.p2pListen
  const json = { folder, signer: key ? addressOfKey(key) : null, peer: id ? `${id}@${address}` : null }
  const rows = [
    ['folder', folder],
    ['signs as', json.signer ?? 'nobody: it follows'],
    ['others dial', json.peer ?? 'see its status once it runs'],
    ['run it with', `omg validator join ${args[0]}`],
  ]
  return { json, text: table(['', ''], rows) }
}

async function join_(session: Session, options: Options, args: string[]): Promise<undefined> {
  const folder = resolve(args[0]!)
  if (!existsSync(settingsOf(folder))) await prepare(session, folder, options)
  setNodeFlags()
  const node = await startNode({
    configuration: effectiveConfig({ file: settingsOf(folder), environment: process.env }),
  })
  const { network } = node.services.engine()
  const peer = network && `${network.nodeId}@${network.p2p}`
  process.stdout.write(`${JSON.stringify({ url: node.url, peer })}\n`)
  await untilSignal()
  await node.close()
  return undefined
}

interface SignOptions {
  socket: string
  deployment?: string
}

/** The folder has what was signed; it belongs to the key for good. */
async function sign(session: Session, options: SignOptions, args: string[]): Promise<undefined> {
  const key = process.env.OMG_VALIDATOR_KEY ?? ''
  if (!/^0x[0-9a-fA-F]{64}$/.test(key))
    throw cliError('request.argument', 'OMG_VALIDATOR_KEY must have the private key')
  const deployment = readDeployment(options.deployment ?? deploymentFile(session.data))
  const signer = new SignerService({
    directory: resolve(args[0]!),
    key: key as Hex,
    domain: domainOf(deployment),
    maxOriginAgeBlocks: BigInt(deployment.parameters.maxOriginAgeBlocks),
    socket: resolve(options.socket),
    onRefused: error => process.stderr.write(`${JSON.stringify(error.toJSON())}\n`),
  })
  await signer.start()
  process.stdout.write(`${JSON.stringify({ address: signer.address, socket: resolve(options.socket) })}\n`)
  await untilSignal()
  await signer.close()
  return undefined
}

interface Consensus {
  p2pListen: string
  externalAddress?: string
}

const settingsOf = (folder: string) => join(folder, 'node.json')

/** Writes the folder of a node: its settings, the record of the contracts, the genesis. */
async function prepare(session: Session, folder: string, options: Options): Promise<void> {
  if (options.genesis === undefined) throw cliError('request.argument', 'a new folder needs --genesis')
  const deployment = options.deployment ?? deploymentFile(session.data)
  const chainId = consensusChainId(domainOf(readDeployment(deployment)))
  const genesis = await genesisText(options.genesis)
  const found = readGenesis(genesis)?.chainId
  if (found !== chainId) {
    throw cliError(
      'request.argument',
      `the genesis is of ${found ?? 'no chain'}, the contracts of ${chainId}`,
    )
  }
  const via = options.via ? await engineOf(options.via) : undefined
  const sentries = list(options.sentries)
  if (sentries.length > 0 && (options.peers || options.seeds || options.via)) {
    throw cliError('request.argument', '--sentries leaves no room for --peers, --seeds and --via')
  }
  const peers = [...sentries, ...list(options.peers), ...(via ? [`${via.nodeId}@${via.p2p}`] : [])]
  const stateSync = options.stateSync ? await stateSyncOf(options, via) : {}
  const settings = options.settings ? JSON.parse(readFileSync(options.settings, 'utf8')) : {}
  const ethereum = session.given.ethereum ?? session.running?.ethereumUrl
  mkdirSync(folder, { recursive: true })
  if (resolve(deployment) !== join(folder, 'deployment.json')) {
    copyFileSync(deployment, join(folder, 'deployment.json'))
  }
  writeFileSync(join(folder, 'genesis.json'), genesis)
  const own = {
    ...settings,
    dataDirectory: join(folder, 'data'),
    deployment: join(folder, 'deployment.json'),
    port: Number(options.port),
    ...(ethereum && { ethereum: { ...settings.ethereum, urls: [ethereum] } }),
    consensus: {
      ...settings.consensus,
      engine: 'cometbft',
      genesis: join(folder, 'genesis.json'),
      p2pListen: options.p2pListen,
      rpcListen: options.rpcListen,
      ...(options.externalAddress && { externalAddress: options.externalAddress }),
      ...{ peers, seeds: list(options.seeds) },
      ...(sentries.length > 0 && { exchangePeers: false }),
      ...(options.sentryOf && { privatePeers: list(options.sentryOf) }),
      ...stateSync,
    },
  }
  writeFileSync(settingsOf(folder), `${JSON.stringify(own, null, 2)}\n`)
}

function readDeployment(file: string): Deployment {
  if (!existsSync(file)) throw cliError('request.argument', `there is no ${file}: name --deployment`)
  return decodeDeployment(readFileSync(file, 'utf8'))
}

const list = (text = '') =>
  text
    .split(',')
    .map(part => part.trim())
    .filter(Boolean)

interface EngineAddress {
  readonly nodeId: string
  readonly p2p: string
  /** CometBFT's RPC, as a URL. */
  readonly rpc: string
}

/** Where the CometBFT of a running node is. */
async function engineOf(url: string): Promise<EngineAddress> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'omg_status', params: {} }),
  })
  type Status = { result?: { engine: { network?: { nodeId: string; p2p: string; rpc: string } } } }
  const network = ((await response.json()) as Status).result?.engine.network
  if (!network) throw cliError('request.argument', `the node at ${url} does not run on CometBFT`)
  // It listens on loopback or on every address: what is dialled is its host.
  return { ...network, rpc: `http://${new URL(url).hostname}:${portOf(network.rpc)}` }
}

/** The settings by which a fresh node begins with a snapshot. */
async function stateSyncOf(options: Options, via: EngineAddress | undefined) {
  const named = list(options.servers)
  const found = [...(via ? [via.rpc] : []), ...[...list(options.peers), ...list(options.seeds)].map(rpcOf)]
  const servers = named.length > 0 ? named : found
  if (servers.length === 0) {
    throw cliError('request.argument', '--state-sync needs --servers, --via, --peers or --seeds')
  }
  const trusted =
    options.trust === undefined ? await askTrustedBlock(servers) : readTrustedBlock(options.trust)
  if (!trusted) throw cliError('request.argument', '--trust is height:hash of a block, 64 hexadecimal digits')
  const stateSyncTrust = writeTrustedBlock(trusted)
  if (options.trust === undefined) {
    process.stderr.write(
      `Believes block ${stateSyncTrust}, as told by ${servers.join(', ')}. Compare it elsewhere.\n`,
    )
  }
  return { stateSyncServers: servers, stateSyncTrust }
}

const portOf = (address: string) => address.slice(address.lastIndexOf(':') + 1)

/** CometBFT's RPC on the host of a peer `id@host:port`. */
function rpcOf(peer: string): string {
  const host = peer.slice(peer.indexOf('@') + 1, peer.lastIndexOf(':'))
  return `http://${host}:${RPC_PORT}`
}
