import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findCometBft } from '@omg/node'
import { decodeDeployment } from '@omg/rootchain'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { demoAddress, demoKey } from '../src/account/demoAccounts.ts'
import { EXIT } from '../src/index.ts'
import { omgUp, processOf, type Up } from './network.ts'
import { omg } from './omg.ts'

const SLOW = 240_000
const COUNT = 4

interface Status {
  height: string
  appHash: string
  engine: {
    name: string
    stalled?: { code: string }
    network: { nodeId: string; p2p: string; rpc: string }
  }
  checkpoints: { accepted: string | null }
}

let data: string
let up: Up
let validators: string[]
const at = (...args: string[]) => ['--data', data, '--json', ...args]

async function ask<T>(url: string, method: string, params: unknown): Promise<T | undefined> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(url, { method: 'POST', headers, body }).catch(() => undefined)
  return ((await response?.json()) as { result?: T } | undefined)?.result
}

const statuses = () => Promise.all(validators.map(url => ask<Status>(url, 'omg_status', {})))

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise(resolve => setTimeout(resolve, 100))
}

/** Alice pays bob; returns when the payment is in a block of each of these validators. */
async function pay(finalOn: readonly string[]): Promise<void> {
  const { code, stdout } = await omg(at('--account', 'alice', 'pay', 'bob', '0.01', 'ETH', '--fast'))
  expect(code).toBe(EXIT.done)
  const { hash } = JSON.parse(stdout)
  for (const url of finalOn) {
    await until(async () => {
      const known = await ask<{ status: string }>(url, 'omg_getTransaction', [hash])
      return known !== undefined && known.status !== 'pending'
    })
  }
}

/** Waits until all stand at one block. */
async function together(): Promise<Status> {
  for (;;) {
    const all = await statuses()
    const [first] = all
    if (first && all.every(status => status?.height === first.height)) {
      expect(all.map(status => status!.appHash)).toEqual(all.map(() => first.appHash))
      return first
    }
    await new Promise(resolve => setTimeout(resolve, 100))
  }
}

/** What the doctor says of each CometBFT. */
async function diagnosis(): Promise<string[]> {
  const { findings } = JSON.parse((await omg(at('doctor'))).stdout) as {
    findings: { check: string; state: string }[]
  }
  return findings.filter(({ check }) => check.includes(': ')).map(({ check, state }) => `${check} ${state}`)
}

interface ValidatorsAnswer {
  validators: { address: string; signed: number }[]
}

/** `omg validator join` as on another machine: it has what is public of the network, and a folder of its own. */
async function joinNetwork(): Promise<{ url: string; stop(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'omg-joining-'))
  const networks = (await statuses()).map(status => status!.engine.network)
  const seeds = networks.map(({ nodeId, p2p }) => `${nodeId}@${p2p}`).join(',')
  const args = [
    ...['--data', folder, '--ethereum', up.facts.ethereumUrl, 'validator', 'join', join(folder, 'own')],
    ...['--genesis', `http://${networks[0]!.rpc}/genesis`, '--deployment', join(data, 'deployment.json')],
    ...['--settings', join(data, 'node.json'), '--seeds', seeds, '--port', '0'],
    ...['--p2p-listen', '127.0.0.1:0', '--rpc-listen', '127.0.0.1:0'],
  ]
  const child = spawn(process.execPath, [join(import.meta.dirname, '..', 'bin', 'omg.ts'), ...args], {
    env: { ...process.env, OMG_VALIDATOR_KEY: demoKey('dave'), OMG_LOG_LEVEL: 'error' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<void>(resolve => child.once('close', () => resolve()))
  let printed = ''
  const url = await new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        printed += text
        const facts = /^\{"url":.*\}$/m.exec(printed)
        if (facts) resolve(JSON.parse(facts[0]).url)
      })
    }
    void ended.then(() => reject(new Error(`omg validator join ended: ${printed}`)))
  })
  return {
    url,
    async stop() {
      child.kill('SIGTERM')
      await ended
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

/** OMG that nobody had. */
async function dealOmg(to: string, whole: bigint): Promise<void> {
  const { omgToken } = decodeDeployment(readFileSync(join(data, 'deployment.json'), 'utf8'))
  const params = [to, omgToken, `0x${(whole * 10n ** 18n).toString(16)}`]
  await ask(up.facts.ethereumUrl, 'anvil_dealERC20', params)
}

describe.skipIf(!(await findCometBft()))('four validators (need Go, once: node tools/setup.mjs --go)', () => {
  beforeAll(async () => {
    data = mkdtempSync(join(tmpdir(), 'omg-validators-'))
    up = await omgUp(data, ['--validators', String(COUNT), '--no-web'])
    validators = up.facts.validatorUrls ?? []
  }, SLOW)
  afterAll(async () => {
    await up?.stop()
    rmSync(data, { recursive: true, force: true, maxRetries: 3 })
  }, SLOW)

  test(
    'a payment is final on all of them, and its checkpoint is accepted by Ethereum',
    async () => {
      expect(validators).toHaveLength(COUNT)
      await pay(validators)
      const { engine } = await together()
      expect(engine.name).toBe('cometbft')
      const well = ['node', 'validator2', 'validator3', 'validator4'].flatMap(name =>
        ['folder', 'keys', 'peers', 'height', 'clock'].map(check => `${name}: ${check} good`),
      )
      await vi.waitFor(async () => expect(await diagnosis()).toEqual(well), {
        timeout: SLOW / 2,
        interval: 1_000,
      })
      await until(async () => BigInt((await statuses())[0]?.checkpoints.accepted ?? 0) > 0n)
    },
    SLOW,
  )

  test(
    '--state-sync names the CometBFT of the node that it goes by, and the block that it tells',
    async () => {
      const { rpc } = (await statuses())[0]!.engine.network
      const init = (folder: string, ...more: string[]) => {
        const network = ['--genesis', `http://${rpc}/genesis`, '--deployment', join(data, 'deployment.json')]
        return omg(at('validator', 'init', join(data, folder), ...network, '--state-sync', ...more))
      }
      const taken = await init('fresh', '--via', validators[0]!)
      expect(taken.code).toBe(EXIT.done)
      const { consensus } = JSON.parse(readFileSync(join(data, 'fresh', 'node.json'), 'utf8'))
      expect(consensus.stateSyncServers).toEqual([`http://${rpc}`])
      expect(consensus.stateSyncTrust).toMatch(/^[1-9]\d*:[0-9A-F]{64}$/)
      expect(taken.stderr).toContain(consensus.stateSyncTrust)
      const silent = await init('silent', '--servers', 'http://127.0.0.1:1')
      expect(silent.stdout).toContain('engine.state_sync')
      const wrong = await init('wrong', '--servers', `http://${rpc}`, '--trust', '7:abc')
      expect(wrong.stdout).toContain('request.argument')
    },
    SLOW,
  )

  test(
    'one is killed, the others go on, and it catches up',
    async () => {
      process.kill(processOf(data, 'validator3'), 'SIGKILL')
      await pay(validators.filter((_, i) => i !== 2))
      await until(async () => (await statuses())[2] !== undefined)
      await pay(validators)
      await together()
    },
    SLOW,
  )

  test(
    'all stop together, leave no process behind, and go on where they were',
    async () => {
      const { height } = await together()
      await up.stop()
      const { stdout } = spawnSync('ps', ['-eo', 'args='], { encoding: 'utf8' })
      expect(stdout.split('\n').filter(line => line.includes(data))).toEqual([])
      up = await omgUp(data, ['--no-web'])
      validators = up.facts.validatorUrls ?? []
      expect(validators).toHaveLength(COUNT)
      await pay(validators)
      expect(BigInt((await together()).height)).toBeGreaterThan(BigInt(height))
    },
    SLOW,
  )

  test(
    'a fresh folder joins by one command as a node that follows; it bonds, and is in the set of a later epoch',
    async () => {
      const joined = await joinNetwork()
      const isMember = async () => {
        const answer = await ask<ValidatorsAnswer>(joined.url, 'omg_getValidators', {})
        return answer!.validators.some(({ address, signed }) => address === demoAddress('dave') && signed > 0)
      }
      try {
        validators.push(joined.url)
        expect(await isMember()).toBe(false)
        await pay(validators)
        await together()
        await dealOmg(demoAddress('dave'), 1_000n)
        expect((await omg(at('--account', 'dave', 'stake', '1000'))).code).toBe(EXIT.done)
        // Payments keep the blocks coming that see the next set, and close the checkpoints that it signs.
        while (!(await isMember())) await pay([joined.url])
        const { engine } = await together()
        const voters = async () => {
          const answer = await fetch(`http://${engine.network.rpc}/validators`)
          return ((await answer.json()) as { result: { total: string } }).result.total
        }
        // CometBFT takes a set over two blocks after the one that brings it.
        while ((await voters()) !== String(COUNT + 1)) await pay([joined.url])
        await together()
      } finally {
        await joined.stop()
      }
    },
    2 * SLOW,
  )
})
