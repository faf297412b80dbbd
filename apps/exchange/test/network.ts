import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FAUCET_PATH, type Pages, servePages } from '@omg/cli/pages'
import { decodeDeployment } from '@omg/rootchain'
import { createClient, type OmgClient, webSocket } from '@omg/sdk'
import { privateKeyToAccount } from 'viem/accounts'
import { demoKey } from '../../../packages/cli/src/account/demoAccounts.ts'
import { demoClient } from '../../../packages/cli/src/devnet/funding.ts'
import { testMoney } from '../../../packages/cli/src/devnet/testMoney.ts'
import { Faucet } from '../../../packages/cli/src/faucet/faucet.ts'
import { faucetHandler } from '../../../packages/cli/src/faucet/handler.ts'
import { type Facts, omgUp } from '../../../packages/cli/test/network.ts'

const root = join(import.meta.dirname, '..', '..', '..')

/** An indexer as a process of its own, which can be stopped and started at its address. */
export interface Indexer {
  readonly url: string
  stop(): Promise<void>
  start(): Promise<void>
}

export interface TestNetwork {
  readonly facts: Facts
  readonly indexer: Indexer
  /** Where the built page is served, under the CSP of `omg up`, and its folder. */
  readonly url: string
  readonly folder: string
  client(name: 'alice' | 'bob'): OmgClient
  stop(): Promise<void>
}

/** A whole network with the built page. What it needs is brought up here and goes down with `stop`. */
export async function startTestNetwork(): Promise<TestNetwork> {
  const folder = mkdtempSync(join(tmpdir(), 'exchange-'))
  const ends: (() => Promise<unknown>)[] = []
  const stop = async () => {
    for (const end of ends.splice(0).reverse()) await end()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const { facts, stop: down } = await omgUp(join(folder, 'data'), ['--no-web'])
    ends.push(() => down())
    const indexer = await startIndexer(facts.nodeUrl)
    ends.push(indexer.stop)
    const built = join(folder, 'page')
    const pages = await serveBuilt(built, facts, indexer.url)
    ends.push(pages.stop)
    const client = (name: string) => {
      const account = privateKeyToAccount(demoKey(name))
      const made = createClient({
        node: webSocket(facts.nodeUrl.replace(/^http/, 'ws')),
        ethereum: facts.ethereumUrl,
        account,
      })
      ends.push(async () => made.close())
      return made
    }
    return { facts, indexer, url: pages.urls.exchange!, folder: built, client, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function serveBuilt(folder: string, facts: Facts, indexerUrl: string): Promise<Pages> {
  await build(folder)
  const { nodeUrl, ethereumUrl } = facts
  const handlers = { [FAUCET_PATH]: faucetHandler(faucetOf(facts)) }
  return servePages({ pages: { exchange: { folder, handlers } }, nodeUrl, indexerUrl, ethereumUrl, port: 0 })
}

/** A faucet like that of `omg up`. */
function faucetOf(facts: Facts): Faucet {
  const deployment = decodeDeployment(JSON.stringify(facts.deployment))
  return new Faucet({
    client: demoClient('faucet', { ...facts, deployment }),
    coins: testMoney(deployment, { ETH: '2', TUSD: '10000', TBTC: '0.1', TGLD: '5' }),
    ethereum: testMoney(deployment, { ETH: '1', TUSD: '1000' }),
  })
}

/** As set-up does it: in a process of its own, because in this one React would be that of development. */
async function build(folder: string): Promise<void> {
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js')
  const options = ['--outDir', folder, '--emptyOutDir', '--logLevel', 'error']
  const child = spawn(process.execPath, [vite, 'build', join(import.meta.dirname, '..'), ...options], {
    stdio: 'inherit',
    env: { ...process.env, NODE_ENV: 'production' },
  })
  const code = await new Promise(resolve => child.once('exit', resolve))
  if (code !== 0) throw new Error(`the page could not be built: ${code}`)
}

async function startIndexer(nodeUrl: string): Promise<Indexer> {
  let child: ChildProcess | undefined
  let url = ''
  const start = async (port: string) => {
    const program = join(root, 'packages', 'indexer', 'src', 'main.ts')
    const args = ['--node', nodeUrl, '--database', 'memory:', '--port', port, '--log-level', 'error']
    const started = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
    child = started
    url = await new Promise<string>((resolve, reject) => {
      let text = ''
      started.once('exit', code => reject(new Error(`the indexer ended with ${code}`)))
      started.stdout.setEncoding('utf8').on('data', (part: string) => {
        text += part
        if (text.includes('\n')) resolve(JSON.parse(text.slice(0, text.indexOf('\n'))).url)
      })
    })
  }
  await start('0')
  return {
    url,
    start: () => start(new URL(url).port),
    async stop() {
      const running = child
      if (!running || running.exitCode !== null) return
      const ended = new Promise(resolve => running.once('exit', resolve))
      running.kill('SIGTERM')
      await ended
    },
  }
}
