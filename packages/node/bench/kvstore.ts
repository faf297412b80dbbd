import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { type BenchOptions, type BenchResult, main, median } from '@omg/ledger/bench'
import { measureApart } from '@omg/ledger/bench/process'
import { descendants, endedMicros, processorMicros } from '@omg/ledger/bench/processor'
import { NODE_FLAGS } from '../src/flags.ts'
import { temporaryDirectory, until } from '../test/harness.ts'

const ROOT = join(import.meta.dirname, '..', '..', '..')
const LIFELINE = join(import.meta.dirname, '..', 'src', 'process', 'lifeline.ts')
/** Bytes of a transaction of the load: about what a signed payment has. */
export const KVSTORE_BYTES = 256
/** Transactions a second that no machine sends. */
const UNLIMITED = 1_000_000
/** Transactions that its mempool has room for. */
const MEMPOOL = 1_000_000
const CACHE = 100_000
const PATIENCE_MILLISECONDS = 300_000
/** No turn begins later than this after the first: on a busy machine there are fewer, and the benchmark ends. */
const TURNS_MILLISECONDS = 120_000
const POLL_MILLISECONDS = 10
/** Headers that CometBFT tells at once. */
const HEADERS = 20

/** What turns gave. */
export interface Turns<T> {
  readonly ours: readonly T[]
  /** Middle rate of the peer. */
  readonly peer: number
  /** Microseconds of processor time of the peer and its generator per transaction; 0 where the system does not tell. */
  readonly peerCpu: number
  /** Middle of the ratios of our turns to those of the peer on either side: other work on the machine falls on both. */
  readonly ratio: number
}

interface Programs {
  readonly cometbft: string
  readonly load: string
}

/** The Go programs of the peer; in words what is missing where they are not built. */
async function programs(): Promise<Programs | string> {
  const tools: typeof import('../../../tools/gotools.mjs') = await import(join(ROOT, 'tools', 'gotools.mjs'))
  const [cometbft, load] = [tools.goTool('cometbft'), tools.goTool('load')]
  if (cometbft && load) return { cometbft, load }
  const go = tools.findGo()
  return 'missing' in go && go.missing
    ? `${go.missing}. Install Go ${tools.GO_MINIMUM.join('.')} or later from https://go.dev/dl, then: node tools/setup.mjs --go`
    : 'CometBFT and its load generator are not built. Build them once: node tools/setup.mjs --go'
}

/** Measures in a process of its own, with the flags of a node's process; without CometBFT says what is missing, and measures nothing. */
export async function runOnCometBft(url: string, options: BenchOptions): Promise<BenchResult[]> {
  const found = await programs()
  if (typeof found !== 'string') return [await measureApart(url, NODE_FLAGS, options)]
  process.stderr.write(`  not measured: ${found}\n`)
  return []
}

/** Runs such a benchmark from the command line. */
export async function mainOnCometBft(run: (options: BenchOptions) => Promise<BenchResult[]>): Promise<void> {
  const found = await programs()
  if (typeof found === 'string') {
    process.stderr.write(`${found}\n`)
    process.exitCode = 1
  } else await main(async options => (await run(options))[0]!)
}

/** The peer: CometBFT's own `kvstore`, which checks no signature, in as many processes as it has validators. */
export class KvStore {
  readonly #children: ChildProcess[] = []
  readonly #directory: ReturnType<typeof temporaryDirectory>
  readonly #load: string
  readonly #rpc: readonly string[]
  #counted = 0
  #height = 0

  private constructor(
    load: string,
    directory: ReturnType<typeof temporaryDirectory>,
    rpc: readonly string[],
  ) {
    this.#load = load
    this.#directory = directory
    this.#rpc = rpc
  }

  /** `timeoutCommit`: milliseconds. */
  static async start(options: { validators: number; timeoutCommit: number }): Promise<KvStore> {
    const found = await programs()
    if (typeof found === 'string') throw new Error(found)
    const directory = temporaryDirectory()
    const rpc = await freeAddresses(options.validators)
    const store = new KvStore(found.load, directory, rpc)
    try {
      for (const home of await homes(found.cometbft, directory.path, rpc, options.timeoutCommit)) {
        const args = [LIFELINE, found.cometbft, 'start', '--home', home]
        store.#children.push(
          spawn(process.execPath, args, { stdio: ['pipe', 'ignore', 'ignore'], detached: true }),
        )
      }
      await until(() => store.#answers(), 'the kvstore answers', PATIENCE_MILLISECONDS)
      return store
    } catch (error) {
      await store.stop()
      throw error
    }
  }

  /**
   * Transactions a second while the generator sends as fast as it can for so many seconds: from the first that it sends until the last that was
   * taken is in a block. (A generator with a count hangs up with transactions on their way, which are then lost.)
   */
  async round(seconds: number): Promise<{ perSecond: number; cpuMicros: number }> {
    const endpoint = `ws://${this.#rpc[0]}/websocket`
    // It sends from the second tick of its clock on.
    const args = ['-c', 1, '-T', seconds + 1, '-r', UNLIMITED, '-s', KVSTORE_BYTES].map(String)
    const child = spawn(this.#load, [...args, '--broadcast-tx-method', 'async', '--endpoints', endpoint], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const exited = once(child, 'exit')
    const spent = () => processorMicros(this.pids) + endedMicros()
    const cpu = spent()
    try {
      const before = await this.#committed()
      await firstBatch(child)
      const start = performance.now()
      let last = { count: before, at: start }
      const look = async () => {
        const count = await this.#committed()
        if (count > last.count) last = { count, at: performance.now() }
      }
      const isOver = async () => {
        await pause(POLL_MILLISECONDS)
        const isDone = child.exitCode !== null && (await this.#waiting()) === 0
        await look()
        return isDone
      }
      await until(isOver, 'the transactions of the peer are in blocks', PATIENCE_MILLISECONDS)
      const count = last.count - before
      return { perSecond: (count * 1000) / (last.at - start), cpuMicros: (spent() - cpu) / count }
    } finally {
      child.kill()
      await exited
    }
  }

  /** Its processes. */
  get pids(): number[] {
    return this.#children.flatMap(({ pid }) => (pid === undefined ? [] : [pid, ...descendants(pid)]))
  }

  /** So many turns of ours (at least one), each between two of the peer of so many seconds. */
  async turns<T extends { readonly perSecond: number }>(
    most: number,
    seconds: number,
    turn: () => Promise<T>,
  ): Promise<Turns<T>> {
    const end = performance.now() + TURNS_MILLISECONDS
    const ours: T[] = []
    const peers = [await this.round(seconds)]
    while (ours.length === 0 || (ours.length < most && performance.now() < end)) {
      ours.push(await turn())
      peers.push(await this.round(seconds))
    }
    const rates = peers.map(({ perSecond }) => perSecond)
    const ratios = ours.map(({ perSecond }, i) => (2 * perSecond) / (rates[i]! + rates[i + 1]!))
    const peerCpu = median(peers.map(({ cpuMicros }) => cpuMicros))
    return { ours, peer: median(rates), peerCpu, ratio: median(ratios) }
  }

  async stop(): Promise<void> {
    const ended = this.#children.map(child => child.exitCode === null && once(child, 'exit'))
    // The lifeline stops CometBFT.
    for (const child of this.#children) child.stdin?.end()
    await Promise.all(ended)
    this.#directory.remove()
  }

  /** Transactions in blocks so far. */
  async #committed(): Promise<number> {
    const last = await this.#last()
    while (this.#height < last) {
      const [from, to] = [this.#height + 1, Math.min(last, this.#height + HEADERS)]
      const { block_metas } = (await this.#ask(`blockchain?minHeight=${from}&maxHeight=${to}`)) as {
        block_metas: { num_txs: string }[]
      }
      for (const { num_txs } of block_metas) this.#counted += Number(num_txs)
      this.#height = to
    }
    return this.#counted
  }

  async #waiting(): Promise<number> {
    const { n_txs } = (await this.#ask('num_unconfirmed_txs')) as { n_txs: string }
    return Number(n_txs)
  }

  async #last(): Promise<number> {
    const { sync_info } = (await this.#ask('status')) as { sync_info: { latest_block_height: string } }
    return Number(sync_info.latest_block_height)
  }

  async #answers(): Promise<boolean> {
    try {
      return (await this.#last()) > 0
    } catch {
      return false
    }
  }

  async #ask(path: string): Promise<unknown> {
    const answer = await fetch(`http://${this.#rpc[0]}/${path}`)
    const { result, error } = (await answer.json()) as { result?: unknown; error?: { data: string } }
    if (error) throw new Error(`the peer: ${error.data}`)
    return result
  }
}

/** A folder for each validator, of one genesis. */
async function homes(
  program: string,
  directory: string,
  rpc: readonly string[],
  timeoutCommit: number,
): Promise<string[]> {
  const call = (...args: string[]) => execFileSync(program, args, { encoding: 'utf8' })
  call('testnet', '--v', String(rpc.length), '--o', directory)
  const folders = rpc.map((_, i) => join(directory, `node${i}`))
  const p2p = await freeAddresses(rpc.length)
  const peers = folders.map((home, i) => `${call('show-node-id', '--home', home).trim()}@${p2p[i]}`)
  for (const [i, home] of folders.entries()) {
    const others = peers.filter((_, other) => other !== i).join(',')
    writeFileSync(join(home, 'config', 'config.toml'), configuration(rpc[i]!, p2p[i]!, others))
  }
  return folders

  /** What costs the peer nothing that it does not need: no index, no second check, room for all of a round. The pauses are ours. */
  function configuration(rpcListen: string, p2pListen: string, others: string): string {
    return `proxy_app = "kvstore"
log_level = "error"
[rpc]
laddr = "tcp://${rpcListen}"
[p2p]
laddr = "tcp://${p2pListen}"
persistent_peers = "${others}"
addr_book_strict = false
allow_duplicate_ip = true
send_rate = ${64 * 1024 * 1024}
recv_rate = ${64 * 1024 * 1024}
[mempool]
size = ${MEMPOOL}
cache_size = ${CACHE}
recheck = false
[consensus]
timeout_commit = "${timeoutCommit}ms"
create_empty_blocks = false
peer_gossip_sleep_duration = "50ms"
[tx_index]
indexer = "null"
[storage]
discard_abci_responses = true
`
  }
}

/** Settles when the generator has connected and sends. */
async function firstBatch(child: ChildProcess): Promise<void> {
  const lines = [child.stdout!, child.stderr!].map(input => createInterface({ input }))
  await new Promise<void>((resolve, reject) => {
    for (const each of lines) each.on('line', line => line.includes('Sending batch') && resolve())
    child.once('error', reject)
    child.once('exit', code => reject(new Error(`the load generator ended with ${code}`)))
  })
}

/** host:port of ports that are free now. */
export async function freeAddresses(count: number): Promise<string[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map(server => once(server, 'listening')))
  const addresses = servers.map(server => `127.0.0.1:${(server.address() as { port: number }).port}`)
  await Promise.all(servers.map(server => new Promise(resolve => server.close(resolve))))
  return addresses
}
