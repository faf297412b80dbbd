import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ZERO_ADDRESS } from '@omg/protocol'
import { passAnvilTime } from '@omg/rootchain/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Running, readRunning } from '../src/devnet/record.ts'
import { EXIT } from '../src/index.ts'
import { type Facts, omgUp, type Up } from './network.ts'
import { omg, omgOn } from './omg.ts'

const SLOW = 240_000
let data: string
let up: Up
/** Carol's exit, started in one test and claimed in the last. */
let exitId: string
const at = (...args: string[]) => ['--data', data, '--json', ...args]
const silent = async ({ ethereumUrl, nodeUrl, watcherUrl, indexerUrl }: Facts) => {
  const answers = await Promise.allSettled(
    [ethereumUrl, nodeUrl, watcherUrl, indexerUrl].map(url => fetch(url)),
  )
  return answers.every(({ status }) => status === 'rejected')
}

beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), 'omg-up-'))
  up = await omgUp(data)
}, SLOW)
afterAll(async () => {
  await up.stop()
  rmSync(data, { recursive: true, force: true, maxRetries: 3 })
}, SLOW)

describe('a network on this machine', () => {
  test(
    'is healthy',
    async () => {
      // The watcher needs a round to catch up with the first blocks.
      for (;;) {
        const { code, stdout } = await omg(at('status'))
        const status = JSON.parse(stdout)
        expect(status.node.alarms).toEqual([])
        if (code !== EXIT.done) continue
        expect(status.indexer.problem).toBeNull()
        return expect(status.watcher.alive).toBe(true)
      }
    },
    SLOW,
  )

  test(
    'trades ether and the test assets for test dollars',
    async () => {
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'omg_getMarkets', params: {} })
      const headers = { 'content-type': 'application/json' }
      const { deployment, nodeUrl } = up.facts
      const assets = [ZERO_ADDRESS, ...deployment.testTokens.assets.map(({ token }) => token)]
      for (;;) {
        const response = await fetch(nodeUrl, { method: 'POST', headers, body })
        const { result } = (await response.json()) as { result: { markets: object[] } }
        // The chain takes them with its first origin.
        if (result.markets.length < assets.length) continue
        const expected = assets.map(base => ({ base, quote: deployment.testTokens.usd, state: 'active' }))
        return expect(result.markets).toMatchObject(expected)
      }
    },
    SLOW,
  )

  test('refuses a second start on its data, and stays', async () => {
    const second = await omg(at('up', '--ethereum-port', '0'))
    expect(second.code).toBe(EXIT.refused)
    expect(JSON.parse(second.stdout).error.code).toBe('network.running')
    expect(await silent(up.facts)).toBe(false)
  })

  test(
    'pays, lists and refuses in the words of its codes',
    async () => {
      const paid = await omg(at('pay', 'carol', '1.25', 'ETH', '--until', 'committed'))
      expect(JSON.parse(paid.stdout)).toMatchObject({ status: 'committed' })
      const { balances } = JSON.parse((await omg(at('balance', 'carol'))).stdout)
      expect(balances[0]).toMatchObject({ onNetwork: '1250000000000000000', outputs: 1 })
      const { outputs } = JSON.parse((await omg(at('outputs', 'carol', '--token', 'ETH'))).stdout)
      expect(outputs).toMatchObject([{ type: 'coin', amount: '1250000000000000000', status: 'committed' }])

      const started = await omg(at('exit', 'start', outputs[0].id, '--account', 'carol'))
      expect(JSON.parse(started.stdout).exitId).toBe(outputs[0].id)
      exitId = outputs[0].id

      const refusals: [string[], string, number][] = [
        [['pay', 'carol', '1000000', 'ETH'], 'coins.insufficient', EXIT.failed],
        [['pay', 'carol', '1.5', 'EUR'], 'amount.token', EXIT.usage],
        [['pay', 'carol', 'much', 'ETH'], 'amount.invalid', EXIT.usage],
        [['pay', 'nobody', '1', 'ETH'], 'account.unknown', EXIT.usage],
        [['exit', 'start', '0x12'], 'request.argument', EXIT.usage],
        [['exit', 'start', `0x${'12'.repeat(32)}`], 'request.not_found', EXIT.failed],
        [['balance', 'carol', '--node', 'http://127.0.0.1:1'], 'node.unreachable', EXIT.unreachable],
      ]
      for (const [args, code, exit] of refusals)
        expect(await omgOn(data).refused(...args), args.join(' ')).toEqual([code, exit])
    },
    SLOW,
  )

  test('shows the configuration that is in force, without secrets', async () => {
    const { stdout } = await omg(at('config', 'node'), {
      OMG_VALIDATOR_KEY: `0x${'ab'.repeat(32)}`,
      OMG_PORT: '1234',
    })
    expect(JSON.parse(stdout)).toMatchObject({ port: 1234, ethereum: { urls: [up.facts.ethereumUrl] } })
    expect(stdout).not.toContain('abababab')
  })

  test(
    'stops whole, and goes on where it stopped',
    async () => {
      expect(await up.stop('SIGTERM')).toBe(EXIT.done)
      expect(await silent(up.facts)).toBe(true)
      const gone = await omg(at('status'))
      expect(gone.code).toBe(EXIT.unreachable)
      expect(JSON.parse(gone.stdout).error.code).toBe('network.not_running')

      up = await omgUp(data)
      expect(up.facts.isNew).toBe(false)
      const { balances } = JSON.parse((await omg(at('balance', 'carol'))).stdout)
      // R6: her exit locks it, as soon as the chain has read of it.
      const { onNetwork, locked } = balances[0]
      expect(BigInt(onNetwork) + BigInt(locked.amount)).toBe(1_250_000_000_000_000_000n)
    },
    SLOW,
  )

  test(
    'takes a coin back to Ethereum',
    async () => {
      const state = async () => JSON.parse((await omg(at('exit', 'status', exitId))).stdout).exits[0].status
      while ((await state()) !== 'ready') await passAnvilTime(up.facts.ethereumUrl, 10)
      const early = await omg(at('exit', 'claim', exitId))
      expect(JSON.parse(early.stdout).error.code).toBe('exit.nothing_to_claim')
      const processed = await omg(at('exit', 'process', 'ETH'))
      expect(JSON.parse(processed.stdout).paid).toEqual([exitId])
      expect(await state()).toBe('claimable')
      expect((await omg(at('exit', 'claim', exitId))).code).toBe(EXIT.done)
      expect(await state()).toBe('done')
    },
    SLOW,
  )

  test(
    'leaves nothing running when it is killed, and starts again',
    async () => {
      await up.stop('SIGKILL')
      while (!(await silent(up.facts))) await new Promise(resolve => setTimeout(resolve, 100))
      up = await omgUp(data)
      expect(up.facts.isNew).toBe(false)
    },
    SLOW,
  )
})

test('a port that is taken stops the start, says so, and leaves nothing behind', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'omg-port-'))
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const free = ['--ethereum-port', '0', '--watcher-port', '0', '--indexer-port', '0']
  const ran = await omg(['--data', folder, 'up', ...free, '--node-port', String(port)])
  server.close()
  expect(ran.code).toBe(EXIT.refused)
  expect(ran.stderr).toContain(`port ${port}, wanted for the node, is in use`)
  expect(ran.stderr).toContain('--node-port 0')
  rmSync(folder, { recursive: true, force: true })
})

test('an Ethereum that does not answer is an error with its address', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'omg-ethereum-'))
  const url = 'http://127.0.0.1:1'
  const free = ['--node-port', '0', '--watcher-port', '0', '--indexer-port', '0']
  const ran = await omg(['--data', folder, '--ethereum', url, 'up', ...free])
  expect(ran.code).toBe(EXIT.unreachable)
  expect(ran.stderr).toContain(`no Ethereum answers at ${url}`)
  rmSync(folder, { recursive: true, force: true })
})

test(
  'the demo tells its seven steps, each of them checked',
  async () => {
    // It brings up a network of its own in the temporary folder, and at the end waits for exits to come of age.
    const folder = join(data, 'elsewhere')
    mkdirSync(folder)
    const demo = omg(['--data', folder, '--json', 'demo'], { TMPDIR: folder })
    const pause = () => new Promise<'later'>(resolve => setTimeout(resolve, 500, 'later'))
    while ((await Promise.race([demo, pause()])) === 'later') {
      const running = demoNetwork(folder)
      if (running && (await hasStoppedTheft(running))) await passAnvilTime(running.ethereumUrl, 10)
    }
    const { code, stdout, stderr } = await demo
    expect(code, stderr + stdout).toBe(EXIT.done)
    const { steps } = JSON.parse(stdout)
    expect(steps.map(({ step }: { step: string }) => step)).toEqual([
      'Deposit',
      'Pay',
      'Merge',
      'Exit',
      'In-flight exit',
      'Theft, stopped',
      'Paid out',
    ])
  },
  SLOW,
)

function demoNetwork(temporary: string): Running | undefined {
  const folder = readdirSync(temporary).find(name => name.startsWith('omg-demo-'))
  return folder === undefined ? undefined : readRunning(join(temporary, folder))
}

async function hasStoppedTheft({ watcherUrl }: Running): Promise<boolean> {
  const response = await fetch(`${watcherUrl}/alarms?state=resolved`).catch(() => undefined)
  if (!response?.ok) return false
  const { alarms } = (await response.json()) as { alarms: { code: string }[] }
  return alarms.some(({ code }) => code === 'exit.invalid')
}
