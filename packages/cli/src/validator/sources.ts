/** Whom a fresh node asks: the node that it is given, and those whose snapshot it begins with. */
import { askTrustedBlock, readTrustedBlock, writeTrustedBlock } from '@omg/node'
import { http } from '@omg/sdk'
import { cliError } from '../error.ts'
import { type FolderOptions, listOf } from './settings.ts'

/** Where CometBFT's RPC is by default, on hosts of which only another address is known. */
const RPC_PORT = 26_657

export interface EngineAddress {
  readonly nodeId: string
  readonly p2p: string
  /** CometBFT's RPC, as a URL. */
  readonly rpc: string
}

/** Where the CometBFT of a running node is. Errors (thrown): `request.argument`, `node.unreachable`. */
export async function engineOf(url: string): Promise<EngineAddress> {
  if (!URL.canParse(url)) throw cliError('request.argument', `"${url}" is not a URL`)
  type Status = { engine?: { network?: { nodeId: string; p2p: string; rpc: string } } }
  const { engine } = (await http(url).request('omg_status', {})) as Status
  const network = engine?.network
  if (!network) throw cliError('request.argument', `the node at ${url} does not run on CometBFT`)
  // It listens on loopback or on every address: what is dialled is its host.
  return { ...network, rpc: `http://${new URL(url).hostname}:${portOf(network.rpc)}` }
}

/** The settings by which a fresh node begins with a snapshot. */
export async function stateSyncOf(options: FolderOptions, via: EngineAddress | undefined) {
  const named = listOf(options.servers)
  const found = [
    ...(via ? [via.rpc] : []),
    ...[...listOf(options.peers), ...listOf(options.seeds)].map(rpcOf),
  ]
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
