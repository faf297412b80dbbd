import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { configurationSchema } from '../src/configuration/configuration.ts'
import { startIndexer } from '../src/index.ts'
import { embeddedDatabases, serverDatabases } from './databases.ts'
import { fastExchange, serveListings, tellTradingStory } from './market.ts'
import { hashesOf, tableHashes, untilHeight } from './rows.ts'
import { serveChain } from './server.ts'

const MAIN = join(import.meta.dirname, '..', 'src', 'main.ts')
const BLOCKS = 60
/** It is killed when it has shown a block at or after each of these. */
const KILLS = [9, 30]

interface Running {
  readonly process: ChildProcess
  readonly url: string
}

/** The indexer as its own process; resolves with the URL that it prints. */
async function run(node: string, database: string): Promise<Running> {
  const settings = {
    node,
    database,
    port: '0',
    workers: '0',
    'poll-milliseconds': '20',
    'log-level': 'silent',
  }
  const flags = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])
  const child = spawn(process.execPath, [MAIN, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] })
  let errors = ''
  child.stderr.on('data', data => {
    errors += data
  })
  return new Promise((resolve, reject) => {
    child.once('exit', code => reject(new Error(`exit ${code}: ${errors}`)))
    child.stdout.once('data', data => resolve({ process: child, url: JSON.parse(String(data)).url }))
  })
}

async function untilShown({ url }: Running, height: number): Promise<void> {
  for (;;) {
    const status = (await (await fetch(`${url}/status`)).json()) as { height: string }
    if (Number(status.height) >= height) return
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

function ended({ process: child }: Running, signal: NodeJS.Signals): Promise<number | null> {
  return new Promise(resolve => {
    child.once('exit', code => resolve(code))
    child.kill(signal)
  })
}

describe.each([
  ['the embedded database', embeddedDatabases],
  ['a Postgres server', serverDatabases],
])('an indexer on %s', (_, openDatabases) => {
  test('killed at any moment and started again, it ends with the same rows as one that was not', async () => {
    const chain = fastExchange()
    tellTradingStory(chain, BLOCKS)
    const node = await serveChain(chain)
    serveListings(node)
    const databases = await openDatabases()
    const killed = await databases.create()
    // Blocks keep coming, so that a kill falls into the middle of something.
    node.visible = 1
    const clock = setInterval(() => {
      if (node.visible! < chain.height) node.visible!++
    }, 60)
    try {
      for (const height of KILLS) {
        const indexer = await run(node.url, killed)
        await untilShown(indexer, Math.max(height, node.visible!))
        await ended(indexer, 'SIGKILL')
      }
      const last = await run(node.url, killed)
      await untilShown(last, chain.height)
      expect(await ended(last, 'SIGTERM')).toBe(0)
      const settings = { node: [node.url], database: 'memory:', port: 0, workers: 0, logLevel: 'silent' }
      const indexer = await startIndexer(configurationSchema.parse(settings))
      await untilHeight(indexer, chain.height)
      // In memory whatever the other one is: both databases have the same rows, too.
      const calm = await hashesOf(indexer.view.reader)
      await indexer.stop()
      expect(await tableHashes(killed)).toEqual(calm)
      // Orders, fills, trades and candles among them.
      for (const [table, rows] of Object.entries(calm)) expect(`${table} ${rows}`).not.toMatch(/ 0 rows/)
    } finally {
      clearInterval(clock)
      await node.close()
      await databases.close()
    }
  }, 240_000)
})
