/** The folder of a node that takes part in a network: its settings, the record of the contracts, the genesis. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { effectiveConfig, genesisText, readGenesis } from '@omg/node'
import { consensusChainId, OmgError } from '@omg/protocol'
import { type Deployment, decodeDeployment, domainOf } from '@omg/rootchain'
import { deploymentFile } from '../devnet/record.ts'
import { cliError } from '../error.ts'
import type { Session } from '../session.ts'
import { differences, type FolderOptions, LISTEN, listOf, sharedSettings } from './settings.ts'
import { engineOf, stateSyncOf } from './sources.ts'

export const settingsOf = (folder: string): string => join(folder, 'node.json')
const deploymentOf = (folder: string) => join(folder, 'deployment.json')
const genesisOf = (folder: string) => join(folder, 'genesis.json')

export const isPrepared = (folder: string): boolean => existsSync(settingsOf(folder))

/** The record of the contracts. Errors (thrown): `request.argument`, `deployment.invalid`. */
export function readDeployment(file: string): Deployment {
  if (!existsSync(file)) throw cliError('request.argument', `there is no ${file}: name --deployment`)
  return decodeDeployment(readFileSync(file, 'utf8'))
}

/**
 * Writes the folder of a node, after everything in it has been checked. Errors (thrown): `request.argument`, `deployment.invalid`,
 * `engine.genesis`, `node.unreachable`.
 */
export async function prepare(session: Session, folder: string, options: FolderOptions): Promise<void> {
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
  const settings = await settingsFor(session, folder, options)
  try {
    effectiveConfig({ flags: settings })
  } catch (error) {
    throw error instanceof OmgError ? cliError('request.argument', error.message, error) : error
  }
  mkdirSync(folder, { recursive: true })
  if (resolve(deployment) !== deploymentOf(folder)) copyFileSync(deployment, deploymentOf(folder))
  writeFileSync(genesisOf(folder), genesis)
  writeFileSync(settingsOf(folder), `${JSON.stringify(settings, null, 2)}\n`)
}

async function settingsFor(session: Session, folder: string, options: FolderOptions) {
  const via = options.via ? await engineOf(options.via) : undefined
  const sentries = listOf(options.sentries)
  if (sentries.length > 0 && (options.peers || options.seeds || options.via))
    throw cliError('request.argument', '--sentries leaves no room for --peers, --seeds and --via')
  const shared = sharedSettings(options.settings)
  const ethereum = session.given.ethereum ?? session.running?.ethereumUrl
  return {
    ...shared,
    dataDirectory: join(folder, 'data'),
    deployment: deploymentOf(folder),
    port: Number(options.port ?? LISTEN.port),
    ...(ethereum && { ethereum: { ...shared.ethereum, urls: [ethereum] } }),
    consensus: {
      ...shared.consensus,
      engine: 'cometbft',
      genesis: genesisOf(folder),
      p2pListen: options.p2pListen ?? LISTEN.p2pListen,
      rpcListen: options.rpcListen ?? LISTEN.rpcListen,
      ...(options.externalAddress && { externalAddress: options.externalAddress }),
      peers: [...sentries, ...listOf(options.peers), ...(via ? [`${via.nodeId}@${via.p2p}`] : [])],
      seeds: listOf(options.seeds),
      ...(sentries.length > 0 && { exchangePeers: false }),
      ...(options.sentryOf && { privatePeers: listOf(options.sentryOf) }),
      ...(options.stateSync ? await stateSyncOf(options, via) : {}),
    },
  }
}

/**
 * A folder is prepared once: options that say something else would be ignored. Errors (thrown): `validator.prepared` naming them, and those
 * of reading what they name.
 */
export async function requireSame(
  session: Session,
  folder: string,
  options: FolderOptions,
  { genesis }: { genesis: boolean },
): Promise<void> {
  const found = differences(effectiveConfig({ file: settingsOf(folder) }), options, session.given.ethereum)
  if (options.deployment !== undefined && !isSameFile(options.deployment, deploymentOf(folder)))
    found.push('--deployment is of other contracts')
  if (genesis && options.genesis !== undefined) {
    const wanted = await genesisText(options.genesis)
    if (wanted !== readFileSync(genesisOf(folder), 'utf8')) found.push('--genesis is another one')
  }
  if (found.length > 0)
    throw cliError('validator.prepared', `${folder} is prepared already, and differs: ${found.join('; ')}`)
}

function isSameFile(one: string, other: string): boolean {
  if (!existsSync(one)) throw cliError('request.argument', `there is no ${one}`)
  return readFileSync(one, 'utf8') === readFileSync(other, 'utf8')
}
