import { BlockList, isIP } from 'node:net'
import { type StateSyncSettings, stateSyncSection } from './state-sync.ts'

export interface ConfigFileOptions {
  /** Path of the application's Unix socket. */
  socket: string
  /** Path of the Unix socket to which the signer comes; undefined: CometBFT has the key. */
  signerSocket?: string | undefined
  /** host:port */
  p2pListen: string
  rpcListen: string
  /** What others dial, where it is not `p2pListen`: host:port. */
  externalAddress?: string | undefined
  /** id@host:port each. */
  peers: readonly string[]
  seeds: readonly string[]
  /** Ids of nodes that others are not told of. */
  privatePeers: readonly string[]
  /** Learn nodes from others, and tell them of ours. */
  exchangePeers: boolean
  /** Addresses of private networks, and several nodes at one address; undefined: where `p2pListen` or all peers and seeds are such. */
  privateAddresses?: boolean | undefined
  timeoutCommitMilliseconds: number
  timeoutProposeMilliseconds: number
  /** Undefined: the node executes every block. */
  stateSync?: StateSyncSettings | undefined
  /** Where the chunks of a snapshot are kept while they come. */
  chunkDirectory: string
  /** Levels of CometBFT: debug, info, error. */
  logLevel: string
}

/** Largest bundle that goes to peers at once, in bytes. */
export const GOSSIP_TX_BYTES = 1024 * 1024
/** How often the mempool is asked what is new for peers, in milliseconds. */
const REAP_MILLISECONDS = 50
/** Bytes a second that a peer may send and get: a full block must not take longer than its vote. */
const PEER_BYTES_PER_SECOND = 64 * 1024 * 1024

/** `config.toml`: what differs from CometBFT's defaults. Written at every start. */
export function configFile(options: ConfigFileOptions): string {
  const { p2pListen, rpcListen, peers, seeds, externalAddress = '' } = options
  const text = (value: string) => JSON.stringify(value)
  // A fresh node asks its seed for addresses several times at once, and is hung up on for it; only persistent peers are dialled again.
  const persistent = [...new Set([...peers, ...seeds])]
  const { privatePeers, exchangePeers, privateAddresses = isAmongPrivate(p2pListen, persistent) } = options
  // Whom we name gets in however many others are here, and whichever of both dials.
  const unconditional = [...new Set([...peers.map(idOf), ...privatePeers])].filter(Boolean)
  return `# Written by the node at every start, from its settings consensus.*: change those.
proxy_app = ${text(`unix://${options.socket}`)}
priv_validator_laddr = ${text(options.signerSocket ? `unix://${options.signerSocket}` : '')}
abci = "socket"
log_level = ${text(options.logLevel)}
log_format = "json"

[rpc]
laddr = ${text(`tcp://${rpcListen}`)}

[p2p]
laddr = ${text(`tcp://${p2pListen}`)}
external_address = ${text(externalAddress)}
persistent_peers = ${text(persistent.join(','))}
seeds = ${text(seeds.join(','))}
pex = ${exchangePeers}
private_peer_ids = ${text(privatePeers.filter(Boolean).join(','))}
unconditional_peer_ids = ${text(unconditional.join(','))}
# Networks of one machine or one office have addresses that lead nowhere from outside, and several nodes at one.
addr_book_strict = ${!privateAddresses}
allow_duplicate_ip = ${privateAddresses}
send_rate = ${PEER_BYTES_PER_SECOND}
recv_rate = ${PEER_BYTES_PER_SECOND}

[mempool]
# The application owns the mempool.
type = "app"
max_tx_bytes = ${GOSSIP_TX_BYTES}
reap_interval = "${REAP_MILLISECONDS}ms"

[consensus]
timeout_propose = "${options.timeoutProposeMilliseconds}ms"
timeout_commit = "${options.timeoutCommitMilliseconds}ms"
peer_gossip_sleep_duration = "50ms"
# The application holds the chain while there is no work.
create_empty_blocks = true

[tx_index]
# Transactions are the application's; nobody asks CometBFT for them.
indexer = "null"

${stateSyncSection(options.stateSync, options.chunkDirectory)}
[storage]
# The last answer is kept all the same: what a restart needs.
discard_abci_responses = true
`
}

const idOf = (peer: string) => peer.slice(0, peer.indexOf('@'))

const PRIVATE = new BlockList()
for (const [network, prefix] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const)
  PRIVATE.addSubnet(network, prefix)
PRIVATE.addAddress('::1', 'ipv6')
PRIVATE.addSubnet('fc00::', 7, 'ipv6')

/** Is this a node of one machine or one office? */
function isAmongPrivate(p2pListen: string, known: readonly string[]): boolean {
  const named = known.filter(Boolean)
  const isPeerPrivate = (peer: string) => isPrivate(peer.slice(peer.indexOf('@') + 1))
  return isPrivate(p2pListen) || (named.length > 0 && named.every(isPeerPrivate))
}

/** Can nobody outside of this machine or office reach what listens there? */
function isPrivate(address: string): boolean {
  const host = address.slice(0, address.lastIndexOf(':')).replace(/^\[|\]$/g, '')
  if (host === 'localhost') return true
  const version = isIP(host)
  return version !== 0 && PRIVATE.check(host, version === 6 ? 'ipv6' : 'ipv4')
}
