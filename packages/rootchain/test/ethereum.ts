/**
 * A real Ethereum node for tests and local development: anvil (from npm) or geth in development mode. Both
 * listen on a free port of 127.0.0.1, are ready when the promise resolves, and die with this process.
 *
 * @example
 * ```ts
 * await using ethereum = await startAnvil()
 * const head = await ethereum.client.getBlockNumber()
 * await ethereum.mine(3)
 * ```
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import {
  createPublicClient,
  createWalletClient,
  type HDAccount,
  type Hex,
  http,
  numberToHex,
  type PublicClient,
  parseEther,
} from 'viem'
import { mnemonicToAccount, privateKeyToAccount } from 'viem/accounts'

/** The public test mnemonic of anvil and hardhat. Everybody knows these keys: never send them anything of value. */
export const TEST_MNEMONIC = 'test test test test test test test test test test test junk'

/** The public key of geth's development account, which holds all ether of a `--dev` chain. */
const GETH_DEVELOPER_KEY = '0xb71c71a67e1177ad4e901695e1b4b9ee17ae16c6668d313eac2f96dbcda3f291'

const ACCOUNT_COUNT = 20
const START_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 5_000
const POLL_MS = 100

/** Account `index` of the test mnemonic; funded on every node this module starts (index < 20). */
export const testAccount = (index: number): HDAccount =>
  mnemonicToAccount(TEST_MNEMONIC, { addressIndex: index })

/** The private key of `testAccount(index)`. */
export function testPrivateKey(index: number): Hex {
  const key = testAccount(index).getHdKey().privateKey
  if (!key) throw new Error('a test account without a private key')
  return `0x${Buffer.from(key).toString('hex')}`
}

export interface AnvilOptions {
  /** Default 0: any free port. */
  port?: number
  chainId?: number
  /** Seconds between blocks. Without it, every transaction makes its own block at once. */
  blockTime?: number
  /** Extra command line arguments. */
  args?: readonly string[]
}

export interface GethOptions {
  /** Default 0: any free port. */
  port?: number
  /** Seconds between blocks, default 1. */
  period?: number
}

export interface Ethereum extends AsyncDisposable {
  readonly kind: 'anvil' | 'geth'
  readonly url: string
  readonly webSocketUrl: string
  readonly chainId: number
  readonly accounts: readonly HDAccount[]
  readonly client: PublicClient
  /** The node's process id. */
  readonly pid: number
  /** One more `blocks` blocks. geth makes them by itself, so there this waits. */
  mine(blocks: number): Promise<void>
  /** Lets `seconds` of chain time pass and mines a block. On geth time is real, so there this waits. */
  passTime(seconds: number): Promise<void>
  /** Replaces the last `depth` blocks by as many empty ones: their transactions are gone. anvil only. */
  reorg(depth: number): Promise<void>
  /** Freezes the node: connections are accepted and never answered. */
  pause(): void
  resume(): void
  stop(): Promise<void>
}

/** Starts anvil on a free port. Its accounts 0..19 hold 10,000 ETH each. */
export async function startAnvil(options: AnvilOptions = {}): Promise<Ethereum> {
  const args = [
    '--host',
    '127.0.0.1',
    '--port',
    String(options.port ?? 0),
    '--accounts',
    String(ACCOUNT_COUNT),
  ]
  if (options.chainId !== undefined) args.push('--chain-id', String(options.chainId))
  if (options.blockTime !== undefined) args.push('--block-time', String(options.blockTime), '--mixed-mining')
  args.push(...(options.args ?? []))
  const child = spawn(anvilBinary(), args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const port = await findPort(child, /Listening on 127\.0\.0\.1:(\d+)/)
  return connect({ kind: 'anvil', child, httpPort: port, webSocketPort: port, release: () => {} })
}

/** Starts geth in development mode on a free port, or says why it cannot: see `findGeth`. */
export async function startGeth(options: GethOptions = {}): Promise<Ethereum> {
  const binary = findGeth()
  if (!binary) throw new Error('geth is not installed: set OMG_TOOLS to a directory that has it')
  const dataDirectory = mkdtempSync(join(tmpdir(), 'omg-geth-'))
  const port = options.port ?? 0
  const child = spawn(
    binary,
    [
      ...['--dev', '--dev.period', String(options.period ?? 1), '--datadir', dataDirectory, '--ipcdisable'],
      ...[
        '--http',
        '--http.addr',
        '127.0.0.1',
        '--http.port',
        String(port),
        '--http.api',
        'eth,net,web3,debug,txpool',
      ],
      ...['--ws', '--ws.addr', '127.0.0.1', '--ws.port', '0', '--authrpc.port', '0'],
      ...['--port', '0', '--nodiscover', '--maxpeers', '0', '--nat', 'none', '--log.format', 'logfmt'],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const release = () => rmSync(dataDirectory, { recursive: true, force: true, maxRetries: 5 })
  const [httpPort, webSocketPort] = await Promise.all([
    findPort(child, /HTTP server started.*endpoint=127\.0\.0\.1:(\d+).*auth=false/),
    findPort(child, /WebSocket enabled.*url=ws:\/\/127\.0\.0\.1:(\d+)/),
  ])
  const ethereum = await connect({ kind: 'geth', child, httpPort, webSocketPort, release })
  await fundTestAccounts(ethereum)
  return ethereum
}

/**
 * The geth binary: in the directory OMG_TOOLS, in the cache of the project's Go tools, or none. Tests that want
 * both nodes use `ethereumNodes`.
 */
export function findGeth(): string | undefined {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'omg-network')
  const directories = process.env.OMG_TOOLS ? [process.env.OMG_TOOLS] : []
  if (existsSync(cache)) {
    for (const name of readdirSync(cache)) if (name.startsWith('tools-')) directories.push(join(cache, name))
  }
  return directories.map(directory => join(directory, 'geth')).find(path => existsSync(path))
}

/** Lets `seconds` of chain time pass at once on an anvil that somebody else has started, and mines a block. */
export async function passAnvilTime(url: string, seconds: number): Promise<void> {
  const client = createPublicClient({ transport: http(url) })
  const rpc = (method: string, params: unknown[]) => client.request({ method, params } as never)
  await rpc('evm_increaseTime', [numberToHex(seconds)])
  await rpc('evm_mine', [])
}

/** The nodes this machine can run, for `describe.each`: anvil always, geth when its binary exists. */
export function ethereumNodes(): { name: string; start: () => Promise<Ethereum> }[] {
  const nodes = [{ name: 'anvil', start: () => startAnvil({ blockTime: 1 }) }]
  if (findGeth()) nodes.push({ name: 'geth', start: () => startGeth() })
  return nodes
}

/** The executable itself, not the wrapper in node_modules/.bin: a killed wrapper would leave anvil running. */
function anvilBinary(): string {
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch
  const name = `@foundry-rs/anvil-${process.platform}-${architecture}`
  return join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), 'bin', 'anvil')
}

/** Reads the node's own words until it names the port it listens on. */
function findPort(child: ChildProcess, pattern: RegExp): Promise<number> {
  return new Promise((resolve, reject) => {
    const said: string[] = []
    const fail = (reason: string) => {
      child.kill('SIGKILL')
      reject(new Error(`${child.spawnfile} ${reason}\n${said.slice(-20).join('\n')}`))
    }
    const timer = setTimeout(() => fail(`did not start within ${START_TIMEOUT_MS} ms`), START_TIMEOUT_MS)
    const onExit = (code: number | null) => {
      clearTimeout(timer)
      fail(`ended with ${code} before it was ready`)
    }
    child.once('error', error => fail(error.message))
    child.once('exit', onExit)
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue
      createInterface({ input: stream }).on('line', line => {
        said.push(line)
        if (said.length > 200) said.splice(0, 100)
        const port = pattern.exec(line)?.[1]
        if (port === undefined) return
        clearTimeout(timer)
        child.off('exit', onExit)
        resolve(Number(port))
      })
    }
  })
}

interface Process {
  kind: Ethereum['kind']
  child: ChildProcess
  httpPort: number
  webSocketPort: number
  release: () => void
}

async function connect({ kind, child, httpPort, webSocketPort, release }: Process): Promise<Ethereum> {
  const url = `http://127.0.0.1:${httpPort}`
  const client = createPublicClient({ transport: http(url), pollingInterval: POLL_MS })
  const rpc = (method: string, params: unknown[]) => client.request({ method, params } as never)
  const onlyAnvil = (what: string) => {
    if (kind !== 'anvil') throw new Error(`${kind} cannot ${what}`)
  }

  const killNow = () => child.kill('SIGKILL')
  process.once('exit', killNow)

  async function waitUntil(done: () => Promise<boolean>): Promise<void> {
    while (!(await done())) await new Promise(resolve => setTimeout(resolve, POLL_MS))
  }

  const ethereum: Ethereum = {
    kind,
    url,
    webSocketUrl: `ws://127.0.0.1:${webSocketPort}`,
    chainId: await client.getChainId(),
    accounts: Array.from({ length: ACCOUNT_COUNT }, (_, index) => testAccount(index)),
    client,
    pid: child.pid!,

    async mine(blocks) {
      if (kind === 'anvil') {
        await rpc('anvil_mine', [numberToHex(blocks), '0x1'])
        return
      }
      const target = (await client.getBlockNumber({ cacheTime: 0 })) + BigInt(blocks)
      await waitUntil(async () => (await client.getBlockNumber({ cacheTime: 0 })) >= target)
    },

    async passTime(seconds) {
      if (kind === 'anvil') return passAnvilTime(url, seconds)
      const target = (await client.getBlock()).timestamp + BigInt(seconds)
      await waitUntil(async () => (await client.getBlock()).timestamp >= target)
    },

    async reorg(depth) {
      onlyAnvil('be told to reorganise')
      await rpc('anvil_reorg', [depth, []])
    },

    pause() {
      child.kill('SIGSTOP')
    },

    resume() {
      child.kill('SIGCONT')
    },

    async stop() {
      process.off('exit', killNow)
      if (child.exitCode === null && child.signalCode === null) {
        const ended = new Promise(resolve => child.once('exit', resolve))
        const timer = setTimeout(killNow, STOP_TIMEOUT_MS)
        child.kill('SIGCONT')
        child.kill('SIGTERM')
        await ended
        clearTimeout(timer)
      }
      release()
    },

    [Symbol.asyncDispose]: () => ethereum.stop(),
  }
  return ethereum
}

/** Gives the test accounts on geth what anvil gives them by itself. */
async function fundTestAccounts({ url, accounts, client }: Ethereum): Promise<void> {
  const wallet = createWalletClient({
    account: privateKeyToAccount(GETH_DEVELOPER_KEY),
    transport: http(url),
  })
  const nonce = await client.getTransactionCount({ address: wallet.account.address })
  const hashes = await Promise.all(
    accounts.map(({ address }, index) =>
      wallet.sendTransaction({ to: address, value: parseEther('10000'), nonce: nonce + index, chain: null }),
    ),
  )
  await Promise.all(hashes.map(hash => client.waitForTransactionReceipt({ hash })))
}
