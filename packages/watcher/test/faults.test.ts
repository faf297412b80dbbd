import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { encodeDeployment, startStandardExit } from '@omg/rootchain'
import { startEndpoint, testPrivateKey } from '@omg/rootchain/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import { turnOf } from '../src/guard/turn.ts'
import { ALICE, BOB, COIN, type TestWatcher, useScene } from './fixture.ts'
import { FEE, ownerOf } from './operator.ts'

const scene = useScene()
const { watch } = scene

/** Alice has paid her coin to Bob, and could start an exit of it all the same. */
beforeEach(async () => {
  const { operator, coin } = scene
  await operator.checkpoint([
    operator.pay({ from: [ALICE], inputs: [coin], outputs: [operator.coin(BOB, COIN - FEE)] }),
  ])
})

const steal = () => startStandardExit(scene.as(ALICE), scene.operator.depositOrigin(0))
const states = (watcher: TestWatcher) => [...watcher.view.disputes()].map(({ state }) => state)

describe('two watchers and one wrong exit', () => {
  it('answer it once, and neither fails', async () => {
    const { ethereum } = scene
    // Of these accounts two have different turns for this exit; which, depends on its id.
    const candidates = [3, 4, 5, 6, 7].sort((a, b) =>
      Number(turnOf(ownerOf(a), scene.coin) - turnOf(ownerOf(b), scene.coin)),
    )
    const [first, second] = [candidates[0]!, candidates.at(-1)!]
    expect(turnOf(ownerOf(first), scene.coin)).toBeLessThan(turnOf(ownerOf(second), scene.coin))
    await using a = await watch({ key: testPrivateKey(first), turnSeconds: 60 })
    await using b = await watch({ key: testPrivateKey(second), turnSeconds: 60 })
    await steal()
    for (const watcher of [a, b]) await watcher.until('sight', () => states(watcher).length === 1)
    // Turns are counted in the time of Ethereum, which stands still until the turn of the first.
    const { turnAt } = [...a.view.disputes()][0]!
    const { timestamp } = await ethereum.client.getBlock()
    if (turnAt > timestamp) await ethereum.passTime(Number(turnAt - timestamp))
    await a.until('end of a', () => states(a)[0] === 'won')
    await b.until('end of b', () => states(b)[0] === 'conceded')
    expect([states(a), states(b)]).toEqual([['won'], ['conceded']])
    await a.until('calm of a', () => a.standing().length === 0)
    await b.until('calm of b', () => b.standing().length === 0)
    expect([...b.view.disputes()]).toMatchObject([{ answeredBy: ownerOf(first), transactions: [] }])
  })
})

describe('A19: a reorganisation of Ethereum', () => {
  it('that drops the challenge makes the watcher challenge again', async () => {
    const { ethereum } = scene
    await using watcher = await watch()
    await steal()
    // Its own receipt, too: what is on its way is sent again some blocks later, and nobody makes any here.
    await watcher.until('challenge', () => [...watcher.view.disputes()][0]?.transactions.length === 1)
    await watcher.until('sight of it', () =>
      [...watcher.view.claims()].every(({ state }) => state === 'challenged'),
    )
    await ethereum.reorg(1)
    await ethereum.mine(1)
    await watcher.until('second challenge', () => [...watcher.view.disputes()][0]!.transactions.length === 2)
    await watcher.until('resolution', () => watcher.standing().length === 0)
    expect(states(watcher)).toEqual(['won'])
  })

  it('that drops the exit makes the alarm go away', async () => {
    const { ethereum } = scene
    await using watcher = await watch({ key: undefined as never })
    await steal()
    await watcher.until('alarm', () => watcher.standing().includes(`exit.invalid ${scene.coin}`))
    await ethereum.reorg(1)
    await ethereum.mine(1)
    await watcher.until('resolution', () => !watcher.standing().includes(`exit.invalid ${scene.coin}`))
    expect([...watcher.view.claims()]).toEqual([])
  })
})

describe('an Ethereum provider', () => {
  it('that is down is an alarm; what happened meanwhile is found afterwards', async () => {
    const { ethereum } = scene
    await using endpoint = await startEndpoint(ethereum.url)
    await using watcher = await watch({ ethereum: [endpoint.url] })
    endpoint.fault = () => {
      throw new Error('down')
    }
    await watcher.until('alarm', () => watcher.standing().includes('provider.wrong all'))
    await steal()
    endpoint.fault = undefined
    await watcher.until('challenge', () => states(watcher)[0] === 'won')
    await watcher.until('resolution', () => watcher.standing().length === 0)
  })

  it('that lags is an alarm, and the second one is read', async () => {
    const { ethereum } = scene
    await using endpoint = await startEndpoint(ethereum.url)
    await using watcher = await watch({ ethereum: [endpoint.url, ethereum.url] })
    const frozen = await ethereum.client.request({
      method: 'eth_getBlockByNumber',
      params: ['latest', false],
    })
    endpoint.fault = ({ method, params }, result) => {
      if (method === 'eth_blockNumber') return frozen!.number
      return method === 'eth_getBlockByNumber' && params[0] === 'latest' ? frozen : result
    }
    await ethereum.mine(10)
    await steal()
    await watcher.until('challenge', () => states(watcher)[0] === 'won')
    await watcher.until('alarm', () => watcher.standing().includes(`provider.wrong ${endpoint.url}`))
  })

  it('that leaves out an exit is caught by the second one, and the exit is challenged', async () => {
    const { ethereum, deployment } = scene
    await using endpoint = await startEndpoint(ethereum.url)
    await using watcher = await watch({ ethereum: [endpoint.url, ethereum.url] })
    const game = deployment.standardExits.toLowerCase()
    endpoint.fault = ({ method }, result) => {
      if (method !== 'eth_getLogs') return result
      return (result as { address: string }[]).filter(({ address }) => address.toLowerCase() !== game)
    }
    await steal()
    await watcher.until('challenge', () => states(watcher)[0] === 'won')
    const liar = watcher.view.alarms.standing().find(({ code }) => code === 'provider.wrong')
    expect(liar?.details).toMatchObject({ provider: endpoint.url, reason: 'leaves out an event' })
  })
})

describe('the watcher itself', () => {
  it('alarms when its key runs out of ether: in the API, the metrics and the webhook', async () => {
    const posted: { kind: string; alarm: { code: string; action: string } }[] = []
    const receiver = createServer(async (request, response) => {
      const parts: Buffer[] = []
      for await (const part of request) parts.push(part as Buffer)
      posted.push(JSON.parse(Buffer.concat(parts).toString()))
      response.end()
    })
    await new Promise<void>(resolve => receiver.listen(0, '127.0.0.1', resolve))
    try {
      const webhook = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`
      await using watcher = await watch({ reserve: 10n ** 30n, webhook })
      await watcher.until('webhook', () => posted.length > 0)
      expect(posted[0]).toMatchObject({
        kind: 'raised',
        alarm: { code: 'funds.low', action: expect.any(String) },
      })
      const get = async (path: string) => (await fetch(`${watcher.url}${path}`)).text()
      expect(JSON.parse(await get('/alarms'))).toMatchObject({ alarms: [{ code: 'funds.low' }] })
      expect(await get('/metrics')).toContain('omg_watcher_alarms{code="funds.low"} 1')
      expect(JSON.parse(await get('/health'))).toMatchObject({ status: 'ok' })
    } finally {
      receiver.close()
    }
  })

  it('alarms when no checkpoint reaches Ethereum although blocks are made', async () => {
    const { operator } = scene
    await using watcher = await watch({ submissionGraceSeconds: 0 })
    expect(watcher.standing()).toEqual([])
    await operator.block([], { closes: true })
    await watcher.until('alarm', () => watcher.standing().includes('submission.stalled after 2'))
    await operator.submit()
    await watcher.until('resolution', () => watcher.standing().length === 0)
  })

  it('resumes where it was after it was killed in the middle', async () => {
    const { deployment, operator } = scene
    for (let i = 0; i < 200; i++) await operator.block([], { deposits: [] })
    const directory = mkdtempSync(join(tmpdir(), 'watcher-killed-'))
    const record = join(directory, 'deployment.json')
    writeFileSync(record, encodeDeployment(deployment))
    try {
      const first = await startProcess(directory, record)
      await reach(first.url, 20)
      first.child.kill('SIGKILL')
      await once(first.child, 'exit')
      const second = await startProcess(directory, record)
      const status = await reach(second.url, operator.blocks.length)
      expect(status.chain.appHash).toBe(operator.ledger.tip.appHash)
      expect(status.chain.blocksExecuted).toBeLessThan(operator.blocks.length)
      second.child.kill('SIGTERM')
      expect((await once(second.child, 'exit'))[0]).toBe(0)
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  })

  it('says which setting is wrong, and exits with 2', async () => {
    const child = run(['--port', 'eight'])
    let said = ''
    child.stderr!.on('data', chunk => {
      said += chunk
    })
    expect((await once(child, 'exit'))[0]).toBe(2)
    expect(JSON.parse(said)).toMatchObject({ code: 'configuration.invalid' })
  })
})

interface SeenStatus {
  readonly chain: { readonly height: string; readonly appHash: string; readonly blocksExecuted: number }
}

function run(args: readonly string[]): ChildProcess {
  const main = new URL('../src/main.ts', import.meta.url).pathname
  return spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
}

async function startProcess(
  directory: string,
  record: string,
): Promise<{ child: ChildProcess; url: string }> {
  const child = run([
    ...[
      '--data-directory',
      join(directory, 'data'),
      '--deployment',
      record,
      '--ethereum',
      scene.ethereum.url,
    ],
    ...[
      '--node',
      scene.operator.url,
      '--port',
      '0',
      '--workers',
      '0',
      '--log-level',
      'silent',
      '--poll-milliseconds',
      '20',
    ],
  ])
  const [line] = (await once(createInterface({ input: child.stdout! }), 'line')) as [string]
  return { child, url: (JSON.parse(line) as { url: string }).url }
}

async function reach(url: string, height: number): Promise<SeenStatus> {
  for (;;) {
    const status = (await (await fetch(`${url}/status`)).json()) as SeenStatus
    if (Number(status.chain.height) >= height) return status
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}
