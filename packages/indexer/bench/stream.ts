import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fastKeccak256 } from '@omg/ledger'
import { type BenchOptions, type BenchResult, type BenchRow, main, missesOf } from '@omg/ledger/bench'
import { installKeccak256 } from '@omg/protocol'
import { serverDatabases } from '../test/databases.ts'
import { fastExchange, MARKET, serveListings, tellTradingStory } from '../test/market.ts'
import { serveChain } from '../test/server.ts'
import { StreamClient } from '../test/stream-client.ts'

installKeccak256(fastKeccak256)

/** Blocks before the first one that counts: the code of the indexer settles over them. */
const WARM_BLOCKS = 40
const BLOCKS = 200
const QUICK_BLOCKS = 20
/** Milliseconds between two blocks: as an idle network has them, only faster. */
const PAUSE_MILLISECONDS = 100
/** From the announcement of a block by the node to the change of the book at the client. */
const BUDGET_MILLISECONDS = 20

/**
 * How long the change of a book is on its way: from the moment at which a node announces a block, over the indexer that fetches,
 * checks and executes it in a process of its own, to the client of its stream. Node and client are this process: one clock.
 */
export async function run({ quick = false }: BenchOptions = {}): Promise<BenchResult> {
  const blocks = quick ? QUICK_BLOCKS : BLOCKS
  const chain = fastExchange()
  tellTradingStory(chain, WARM_BLOCKS + blocks)
  const directory = mkdtempSync(join(tmpdir(), 'indexer-bench-'))
  const servers = await serverDatabases()
  const rows: BenchRow[] = []
  try {
    for (const [kind, database] of [
      ['embedded database', join(directory, 'data')],
      ['Postgres server', await servers.create()],
    ] as const) {
      const times = (await measure(chain, database)).sort((a, b) => a - b)
      const at = (share: number) => times[Math.min(times.length - 1, Math.floor(share * times.length))]!
      rows.push({
        label: `block announced to book change at the client, median: ${kind}`,
        ...{ ours: at(0.5), unit: 'ms', budget: `<= ${BUDGET_MILLISECONDS}` },
      })
      rows.push({ label: 'the same, 99 of 100', ours: at(0.99), unit: 'ms' })
    }
  } finally {
    await servers.close()
    rmSync(directory, { recursive: true, force: true })
  }
  const name = `${blocks} blocks, state ${chain.ledger.tip.appHash.slice(2, 18)}`
  return { name, rows, misses: missesOf(rows) }
}

/** Milliseconds of each block that changed the book. */
async function measure(chain: ReturnType<typeof fastExchange>, database: string): Promise<number[]> {
  const node = await serveChain(chain)
  serveListings(node)
  node.visible = WARM_BLOCKS
  const indexer = await startIndexer(node.url, database)
  const client = await StreamClient.open(indexer.url)
  const heard = new Map<string, number>()
  client.socket.on('message', data => {
    const at = performance.now()
    const { channel, sequence, type } = JSON.parse(String(data))
    if (type === 'update') heard.set(`${channel} ${sequence}`, at)
  })
  const book = `book:${MARKET.id}`
  for (const channel of [book, 'blocks', `trades:${MARKET.id}`, `ticker:${MARKET.id}`]) {
    client.send({ op: 'subscribe', channel })
    await client.until(message => message.channel === channel)
  }
  const times: number[] = []
  while (node.visible < chain.height) {
    const start = performance.now()
    node.visible++
    node.announce()
    await client.until(({ channel, sequence }) => channel === 'blocks' && sequence === String(node.visible))
    await new Promise(resolve => setTimeout(resolve, PAUSE_MILLISECONDS))
    const at = heard.get(`${book} ${node.visible}`)
    if (at !== undefined) times.push(at - start)
  }
  client.close()
  await indexer.stop()
  await node.close()
  return times.slice(Math.floor(times.length / 10))
}

async function startIndexer(node: string, database: string) {
  const program = join(import.meta.dirname, '..', 'src', 'main.ts')
  const flags = ['--node', node, '--database', database, '--port', '0', '--log-level', 'silent']
  const child = spawn(process.execPath, [program, ...flags], { stdio: ['ignore', 'pipe', 'inherit'] })
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', code => reject(new Error(`the indexer ended with ${code}`)))
    child.stdout.once('data', data => resolve(JSON.parse(String(data)).url))
  })
  for (;;) {
    const status = (await (await fetch(`${url}/status`)).json()) as { height: string }
    if (Number(status.height) >= WARM_BLOCKS) break
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  const stop = () =>
    new Promise<void>(resolve => {
      child.removeAllListeners('exit')
      child.once('exit', () => resolve())
      child.kill('SIGTERM')
    })
  return { url, stop }
}

if (import.meta.main) await main(run)
