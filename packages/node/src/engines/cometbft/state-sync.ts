import { nodeError } from '../../errors.ts'

/** How long a server may take to tell a block, in milliseconds. */
const ANSWER_MILLISECONDS = 10_000
/** CometBFT asks for two; one that is alone is named twice. */
const LEAST_SERVERS = 2
/** How long snapshots are gathered before the newest is taken: what CometBFT lets one wait at least. */
const DISCOVERY_SECONDS = 5
/** Length of CometBFT's hashes in hexadecimal digits. */
const HASH_DIGITS = 64

/** How a fresh node comes to the state of a snapshot: whom it asks for headers, and the one that it believes. */
export interface StateSyncSettings {
  /** CometBFT's RPC of other nodes, each a URL. Their headers are checked against the trusted one. */
  readonly servers: readonly string[]
  readonly trust: TrustedBlock
}

/** A block that is believed without proof. */
export interface TrustedBlock {
  readonly height: bigint
  /** 64 hexadecimal digits. */
  readonly hash: string
}

/** Reads `height:hash`; undefined if it is none. */
export function readTrustedBlock(text: string): TrustedBlock | undefined {
  const [, height, hash] = /^([1-9]\d{0,17}):([0-9a-fA-F]+)$/.exec(text) ?? []
  return height && hash?.length === HASH_DIGITS
    ? { height: BigInt(height), hash: hash.toUpperCase() }
    : undefined
}

export function writeTrustedBlock({ height, hash }: TrustedBlock): string {
  return `${height}:${hash}`
}

/** `[statesync]` of `config.toml`. CometBFT looks at it only while it has no block. */
export function stateSyncSection(settings: StateSyncSettings | undefined, directory: string): string {
  if (!settings) return '[statesync]\nenable = false\n'
  const { servers, trust } = settings
  const named = [...servers, ...servers].slice(0, Math.max(LEAST_SERVERS, servers.length))
  return `[statesync]
enable = true
rpc_servers = ${JSON.stringify(named.join(','))}
trust_height = ${trust.height}
trust_hash = ${JSON.stringify(trust.hash)}
discovery_time = "${DISCOVERY_SECONDS}s"
temp_dir = ${JSON.stringify(directory)}
`
}

/**
 * A block that all of these servers tell alike, the newest that each of them has. Whoever controls all of them could name another chain:
 * its hash is for comparing with what somebody else says.
 *
 * @param servers URLs of CometBFT's RPC.
 * Errors (thrown): engine.state_sync (a server does not answer, or tells another block).
 */
export async function askTrustedBlock(servers: readonly string[]): Promise<TrustedBlock> {
  const newest = await Promise.all(servers.map(server => headerOf(server)))
  const height = BigInt(Math.min(...newest.map(header => Number(header.height))))
  const told = await Promise.all(servers.map(server => headerOf(server, height)))
  const other = told.findIndex(({ hash }) => hash !== told[0]!.hash)
  if (other < 0) return told[0]!
  const message = `Block ${height} is ${told[0]!.hash} at ${servers[0]} and ${told[other]!.hash} at ${servers[other]}.`
  throw nodeError('engine.state_sync', message)
}

async function headerOf(server: string, height?: bigint): Promise<TrustedBlock> {
  const query = height === undefined ? '' : `?height=${height}`
  try {
    const response = await fetch(`${server.replace(/\/$/, '')}/commit${query}`, {
      signal: AbortSignal.timeout(ANSWER_MILLISECONDS),
    })
    const { result } = (await response.json()) as {
      result?: { signed_header?: { header?: { height?: string }; commit?: { block_id?: { hash?: string } } } }
    }
    const { header, commit } = result?.signed_header ?? {}
    const told = readTrustedBlock(`${header?.height}:${commit?.block_id?.hash}`)
    if (!told || (height !== undefined && told.height !== height)) throw new Error('it tells no block')
    return told
  } catch (cause) {
    throw nodeError('engine.state_sync', `${server} does not tell a block.`, cause)
  }
}
