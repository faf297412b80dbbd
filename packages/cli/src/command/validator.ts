import { resolve } from 'node:path'
import { effectiveConfig, nodeId, nodeSeed, SignerService, setNodeFlags, startNode } from '@omg/node'
import { addressOfKey } from '@omg/protocol'
import { domainOf } from '@omg/rootchain'
import type { Command } from 'commander'
import { requiredValidatorKey, validatorKey } from '../account/validatorKey.ts'
import { type Answer, action } from '../action.ts'
import { deploymentFile } from '../devnet/record.ts'
import type { Session } from '../session.ts'
import { untilSignal } from '../terminal/signals.ts'
import { table } from '../terminal/table.ts'
import { isPrepared, prepare, readDeployment, requireSame, settingsOf } from '../validator/folder.ts'
import { type FolderOptions, LISTEN } from '../validator/settings.ts'
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
      .option('--p2p-listen <address>', `where others reach this one; default ${LISTEN.p2pListen}`)
      .option('--rpc-listen <address>', `CometBFT's own RPC; default ${LISTEN.rpcListen}`)
      .option('--external-address <address>', 'what others dial, where it is another')
      .option('--port <port>', `port of the node; 0 = any free one; default ${LISTEN.port}`)
      .addHelpText('after', EXAMPLES)
    command.action(action<FolderOptions>(verb === 'init' ? init : join_))
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

async function init(session: Session, options: FolderOptions, args: string[]): Promise<Answer> {
  const folder = resolve(args[0]!)
  // Before anything is written: a folder that is half prepared helps nobody.
  const key = validatorKey()
  if (isPrepared(folder)) await requireSame(session, folder, options, { genesis: true })
  else await prepare(session, folder, options)
  const { consensus } = effectiveConfig({ file: settingsOf(folder) })
  // Without a key it makes one at its first start.
  const id = key ? nodeId(nodeSeed(key)) : null
  const address = consensus.externalAddress ?? consensus.p2pListen
  const isDialled = !WILDCARD.test(address)
  const json = {
    ...{ folder, signer: key ? addressOfKey(key) : null },
    ...{ nodeId: id, peer: id && isDialled ? `${id}@${address}` : null },
  }
  const unknown = `${id}@ and an address of this machine: name it with --external-address, or as consensus.externalAddress in ${settingsOf(folder)}`
  const rows = [
    ['folder', folder],
    ['signs as', json.signer ?? 'nobody: it follows'],
    ['others dial', json.peer ?? (id ? unknown : 'see its status once it runs')],
    ['run it with', `omg validator join ${args[0]}`],
  ]
  return { json, text: table(['', ''], rows) }
}

/** Where a program listens on every address of its machine, which nobody can dial. */
const WILDCARD = /^(0\.0\.0\.0|\[?::\]?):/

async function join_(session: Session, options: FolderOptions, args: string[]): Promise<undefined> {
  const folder = resolve(args[0]!)
  validatorKey()
  // Where it goes on, the place of the genesis need not be there any more.
  if (isPrepared(folder)) await requireSame(session, folder, options, { genesis: false })
  else await prepare(session, folder, options)
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
  const key = requiredValidatorKey()
  const deployment = readDeployment(options.deployment ?? deploymentFile(session.data))
  const signer = new SignerService({
    directory: resolve(args[0]!),
    key,
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
