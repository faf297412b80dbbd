import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { cliError } from '../error.ts'
import { type Child, startChild } from './child.ts'

export const DEVNET_CHAIN_ID = 31_337n

/** Seconds between two blocks; until `mineSteadily` a transaction also makes a block of its own at once. */
const BLOCK_SECONDS = 1
/** Its state is written to disk this often, and once more when it stops. */
const STATE_SECONDS = 10

export interface AnvilOptions {
  port: number
  /** Loaded at the start if it exists, written while it runs and at the end. */
  state: string
  log: string
}

/** The embedded Ethereum: anvil on 127.0.0.1 with the public test accounts, each holding 10,000 ETH. */
export async function startAnvil({ port, state, log }: AnvilOptions): Promise<Child> {
  const url = `http://127.0.0.1:${port}`
  return startChild({
    name: 'Ethereum (anvil)',
    program: anvilBinary(),
    args: [
      ...['--host', '127.0.0.1', '--port', String(port), '--chain-id', String(DEVNET_CHAIN_ID), '--quiet'],
      ...['--block-time', String(BLOCK_SECONDS), '--mixed-mining', '--slots-in-an-epoch', '1'],
      ...['--state', state, '--state-interval', String(STATE_SECONDS)],
    ],
    log,
    ready: async () => (await ethereumChainId(url)) === DEVNET_CHAIN_ID,
  })
}

/**
 * From now on there is a block every second and no other, as on a real chain. A block for each transaction is quick while contracts are
 * deployed; under a running node it lets a busy minute age the origin of a checkpoint beyond what the contracts take (R4).
 */
export async function mineSteadily(url: string): Promise<void> {
  // The answer is null, which ethereumCall takes for none.
  const body = { jsonrpc: '2.0', id: 1, method: 'evm_setIntervalMining', params: [BLOCK_SECONDS] }
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  const { error } = (await response.json()) as { error?: { message: string } }
  if (error !== undefined) throw new Error(`evm_setIntervalMining: ${error.message}`)
}

/** The chain id that an endpoint answers. */
export async function ethereumChainId(url: string): Promise<bigint> {
  try {
    return BigInt(await ethereumCall<string>(url, 'eth_chainId'))
  } catch (cause) {
    throw cliError('ethereum.unreachable', `no Ethereum answers at ${url}`, cause)
  }
}

/** One plain JSON-RPC call to Ethereum, for the few questions asked before a client exists. */
export async function ethereumCall<T>(
  url: string,
  method: string,
  params: readonly unknown[] | object = [],
): Promise<T> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    signal: AbortSignal.timeout(5_000),
  })
  const answer = (await response.json()) as { result?: T; error?: { message: string } }
  if (answer.error !== undefined || answer.result === undefined) {
    throw new Error(`${method}: ${answer.error?.message ?? 'no result'}`)
  }
  return answer.result
}

/** The executable itself and not its wrapper in node_modules/.bin, which would not pass signals on. */
function anvilBinary(): string {
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch
  const require = createRequire(import.meta.url)
  const folder = dirname(
    require.resolve(`@foundry-rs/anvil-${process.platform}-${architecture}/package.json`),
  )
  const binary = join(folder, 'bin', process.platform === 'win32' ? 'anvil.exe' : 'anvil')
  if (!existsSync(binary)) throw new Error(`anvil is not at ${binary}`)
  return binary
}
