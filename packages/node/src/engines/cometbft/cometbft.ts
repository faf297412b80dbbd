import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Hex, OmgError } from '@omg/protocol'
import type { Logger } from 'pino'
import { nodeError } from '../../errors.ts'
import type { Application, ConsensusEngine, EngineStatus, EngineValidator } from '../engine.ts'
import { AbciBridge } from './bridge.ts'
import { Gate } from './gate.ts'
import { genesisFile } from './genesis.ts'
import { prepareHome } from './home.ts'
import { CometBftProcess } from './process.ts'
import { cometBftProgram } from './program.ts'
import { AbciServer } from './server.ts'
import { votesSocket } from './signer-socket.ts'
import { readTrustedBlock, type StateSyncSettings } from './state-sync.ts'

/** Work that waits so long without a block, in milliseconds, means that too few validators vote. */
export const QUORUM_SILENCE_MILLISECONDS = 15_000
/** Longest path of a Unix socket that every system takes, in bytes. */
const MAX_SOCKET_PATH = 100

export interface CometBftOptions {
  chainId: string
  /** Folder for CometBFT's configuration and data. */
  home: string
  /** The program; undefined: the one of this machine. */
  program?: string | undefined
  /** The signing key; undefined on a node that only follows. */
  key: Hex | undefined
  /** Socket of the signer that has the key instead; it signs votes by the one beside it. */
  signer?: string | undefined
  /** 20 bytes: whose votes are extended. */
  validator: Uint8Array
  /** Text or path or URL of the network's genesis; undefined: a new network of `validators` begins. */
  genesis?: string | undefined
  validators: readonly EngineValidator[]
  /** host:port; port 0 takes a free one. */
  p2pListen: string
  rpcListen: string
  externalAddress?: string | undefined
  peers: readonly string[]
  seeds: readonly string[]
  /** Ids of nodes that others are not told of. */
  privatePeers?: readonly string[]
  /** Learn nodes from others, and tell them of ours; undefined: yes. */
  exchangePeers?: boolean
  /** Addresses of private networks; undefined: where `p2pListen` or all peers and seeds are such. */
  privateAddresses?: boolean | undefined
  /** CometBFT's RPC of nodes whose snapshots a fresh node takes over; none: it executes every block. */
  stateSyncServers?: readonly string[]
  /** `height:hash` of the block that it believes. */
  stateSyncTrust?: string | undefined
  timeoutCommitMilliseconds: number
  timeoutProposeMilliseconds: number
  /** Blocks without work after this time in milliseconds; undefined: never. */
  emptyBlockMilliseconds?: number | undefined
  hasWork: () => boolean
  /** Seconds since 1970. */
  clock: () => bigint
  logger: Logger
  onError?: (error: OmgError) => void
}

/** CometBFT over its ABCI socket: any number of validators. It runs as our child; docs/consensus.md tells how they work together. */
export class CometBftEngine implements ConsensusEngine {
  readonly #options: CometBftOptions
  readonly #gate: Gate
  #bridge: AbciBridge | undefined
  #server: AbciServer | undefined
  #process: CometBftProcess | undefined
  #address: EngineStatus['network']
  #running = false
  #workSince: number | undefined
  /** Last height that the guard of the votes signs nothing of. */
  #silentUntil = 0n

  constructor(options: CometBftOptions) {
    this.#options = options
    const { hasWork, emptyBlockMilliseconds: emptyMilliseconds } = options
    this.#gate = new Gate({ hasWork, emptyMilliseconds })
  }

  /** Settles when CometBFT has shaken hands with the application. Errors (thrown): engine.missing, engine.genesis, engine.ended. */
  async start(application: Application): Promise<void> {
    const { home, logger, validator } = this.#options
    const program = await cometBftProgram(this.#options.program)
    const socket = socketPath(home)
    await this.#prepare(socket)
    const onError = (error: OmgError) => this.#report(error)
    const bridge = new AbciBridge({ application, gate: this.#gate, validator, onError })
    const server = new AbciServer({
      path: socket,
      handle: (request, gone) => bridge.handle(request, gone),
      onError,
    })
    await server.listen()
    const ended = Promise.withResolvers<never>()
    ended.promise.catch(() => {})
    const { signer } = this.#options
    // Without its signer CometBFT does not come up; it is started again until the signer is there.
    const onEnded = signer ? () => {} : ended.reject
    const child = new CometBftProcess({
      ...{ program, home, logger, onEnded },
      onSilent: until => {
        this.#silentUntil = until
      },
      // It leaves its socket behind when it ends, and does not begin where one is.
      beforeStart: () => signer && rmSync(votesSocket(signer), { force: true }),
    })
    this.#bridge = bridge
    this.#server = server
    this.#process = child
    child.start()
    if (signer) {
      this.#running = true
      return
    }
    try {
      await Promise.race([bridge.greeted, ended.promise])
    } catch (error) {
      // What does not come up even once needs somebody to look at it; later it is started again.
      await this.stop()
      throw error
    }
    this.#running = true
  }

  wake(): void {
    if (this.#gate.wanted) this.#workSince ??= Date.now()
    this.#gate.look()
  }

  async stop(): Promise<void> {
    this.#running = false
    const bridge = this.#bridge
    const child = this.#process
    const server = this.#server
    await bridge?.stop()
    const stopped = child?.stop()
    await stopped
    await server?.close()
  }

  status(): EngineStatus {
    const status: EngineStatus = {
      name: 'cometbft',
      running: this.#running,
      height: this.#bridge?.height ?? 0n,
      ...(this.#address ? { network: this.#address } : {}),
    }
    if (status.height < this.#silentUntil) {
      const message = `The chain has votes of this key that its record does not know: nothing is signed up to height ${this.#silentUntil}.`
      status.voteless = nodeError('signer.restored', message).toJSON()
    }
    const stalled = this.#stalled()
    if (stalled) status.stalled = stalled.toJSON()
    return status
  }

  #stalled(): OmgError | undefined {
    const bridge = this.#bridge
    if (!this.#running || !bridge) {
      const isSyncing = bridge !== undefined && this.#stateSync() !== undefined
      return isSyncing ? nodeError('node.syncing', 'A snapshot of the chain is looked for.') : undefined
    }
    const since = this.#workSince
    if (since !== undefined && bridge.committedAt >= since) {
      this.#workSince = this.#gate.wanted ? bridge.committedAt : undefined
      this.#process!.healthy()
    }
    const known = bridge.stalled ?? this.#process!.error
    if (known || this.#workSince === undefined) return known
    const silence = Date.now() - this.#workSince
    if (silence < QUORUM_SILENCE_MILLISECONDS) return undefined
    const message = `Work waits for ${Math.floor(silence / 1000)} s and no block ${bridge.height + 1n} was decided.`
    return nodeError('engine.quorum', message)
  }

  #report(error: OmgError): void {
    if (error.code === 'node.stopped') return
    this.#options.onError?.(error)
  }

  async evidenceAt(height: bigint): Promise<readonly unknown[]> {
    const response = await fetch(`http://${this.#address?.rpc}/block?height=${height}`)
    const { result } = (await response.json()) as {
      result?: { block?: { evidence?: { evidence?: readonly unknown[] } } }
    }
    const evidence = result?.block?.evidence?.evidence
    if (!evidence) throw nodeError('engine.evidence', `CometBFT does not show block ${height}.`)
    return evidence
  }

  #stateSync(): StateSyncSettings | undefined {
    const { stateSyncServers: servers = [], stateSyncTrust } = this.#options
    const trust = readTrustedBlock(stateSyncTrust ?? '')
    return trust && servers.length > 0 ? { servers, trust } : undefined
  }

  async #prepare(socket: string): Promise<void> {
    const { home, chainId, key, externalAddress, peers, seeds, clock, validators, logger } = this.#options
    const { privatePeers = [], exchangePeers = true, privateAddresses } = this.#options
    const { genesis, signer, timeoutCommitMilliseconds, timeoutProposeMilliseconds } = this.#options
    const p2pListen = await settled(this.#options.p2pListen)
    const rpcListen = await settled(this.#options.rpcListen)
    const logLevel = ['debug', 'trace'].includes(logger.level) ? 'info' : 'error'
    const timeouts = { timeoutCommitMilliseconds, timeoutProposeMilliseconds }
    const { nodeId } = await prepareHome({
      ...{ home, chainId, key },
      genesis: async () =>
        genesis ? genesisText(genesis) : genesisFile({ chainId, time: clock(), validators }),
      config: {
        ...{ socket, signerSocket: signer && votesSocket(signer) },
        ...{ p2pListen, rpcListen, externalAddress, peers, seeds, logLevel, ...timeouts },
        ...{ privatePeers, exchangePeers, privateAddresses },
        ...{ stateSync: this.#stateSync(), chunkDirectory: join(home, 'data') },
      },
    })
    this.#address = { nodeId, p2p: externalAddress || p2pListen, rpc: rpcListen }
  }
}

/** The text of a genesis: given itself, as a file, or as a URL. Errors (thrown): engine.genesis. */
export async function genesisText(source: string): Promise<string> {
  if (source.trimStart().startsWith('{')) return source
  try {
    if (!/^https?:/.test(source)) return readFileSync(source, 'utf8')
    const response = await fetch(source, { signal: AbortSignal.timeout(10_000) })
    if (!response.ok) throw new Error(`HTTP ${response.status}`)
    const body = (await response.json()) as { result?: { genesis?: unknown } }
    // What CometBFT's own /genesis answers has it inside.
    return JSON.stringify(body.result?.genesis ?? body)
  } catch (cause) {
    throw nodeError('engine.genesis', `The genesis ${source} cannot be read.`, cause)
  }
}

/** In the folder, unless its path is too long for a socket. */
function socketPath(home: string): string {
  const inside = join(home, 'abci.sock')
  if (Buffer.byteLength(inside) <= MAX_SOCKET_PATH) return inside
  const name = createHash('sha256').update(home).digest('hex').slice(0, 16)
  return join(existsSync('/tmp') ? '/tmp' : tmpdir(), `omg-abci-${name}.sock`)
}

/** host:port with a port that is free now, where it was 0. */
async function settled(address: string): Promise<string> {
  const at = address.lastIndexOf(':')
  if (address.slice(at + 1) !== '0') return address
  const host = address.slice(0, at)
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, host.replace(/^\[|\]$/g, ''), resolve)
  })
  const { port } = server.address() as { port: number }
  await new Promise(resolve => server.close(resolve))
  return `${host}:${port}`
}
