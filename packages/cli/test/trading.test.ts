import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { EXIT } from '../src/index.ts'
import { omgUp, type Up } from './network.ts'
import { omg } from './omg.ts'

const TIMEOUT = 240_000
vi.setConfig({ testTimeout: TIMEOUT })

describe('trading from the command line', () => {
  let data: string
  let up: Up
  beforeAll(async () => {
    data = mkdtempSync(join(tmpdir(), 'omg-trading-'))
    up = await omgUp(data)
    for (const account of ['alice', 'bob']) {
      await ask('--account', account, 'deposit', '4', 'ETH')
      await ask('--account', account, 'deposit', '9000', 'TUSD')
    }
  }, 180_000)
  afterAll(async () => {
    await up?.stop()
    rmSync(data, { recursive: true, force: true })
  })

  const run = (...args: string[]) => omg(['--data', data, ...args])

  /** The JSON answer of a command that succeeds. */
  async function ask(...args: string[]) {
    const { code, stdout, stderr } = await run('--json', ...args)
    expect(code, `${args.join(' ')}: ${stdout}${stderr}`).toBe(EXIT.done)
    return JSON.parse(stdout)
  }

  test('markets are listed with their steps', async () => {
    const { markets } = await ask('market', 'list')
    expect(markets.map(({ symbol }: { symbol: string }) => symbol)).toContain('ETH/TUSD')
    const shown = await run('market', 'show', 'eth/tusd')
    expect(shown.stdout).toContain('in steps of 0.01 TUSD')
    const unknown = await run('--json', 'market', 'show', 'ETH/XYZ')
    expect([unknown.code, JSON.parse(unknown.stdout).error.code]).toEqual([EXIT.usage, 'market.unknown'])
    // A listing costs OMG, of which Alice has none.
    const unpaid = await run('--json', 'market', 'create', 'ETH', 'TUSD', '--step', '0.5', '--lot', '0.01')
    expect([unpaid.code, JSON.parse(unpaid.stdout).error.code]).toEqual([EXIT.failed, 'ethereum.reverted'])
    const absurd = await run(
      '--json',
      'market',
      'create',
      'ETH',
      'TUSD',
      '--step',
      '0.0000001',
      '--lot',
      '0.000001',
    )
    expect(JSON.parse(absurd.stdout).error.code).toBe('amount.invalid')
  })

  test('an order is placed, seen, amended, traded and cancelled', async () => {
    await ask('trading', 'open', '2', 'ETH', '--parts', '8', '--fast')
    const placed = await ask(
      'order',
      'place',
      'sell',
      '0.5',
      'ETH/TUSD',
      '--price',
      '2000',
      '--post-only',
      '--from',
      'trading',
    )
    expect(placed).toMatchObject({ lots: '5000', status: 'placed', instruction: expect.any(String) })
    const { asks } = await ask('book', 'ETH/TUSD')
    expect(asks).toMatchObject([{ priceText: '2000', sizeText: '0.5', orders: 1 }])
    const amended = await ask('order', 'amend', placed.order, '--price', '1990.5')
    expect((await run('order', 'list')).stdout).toContain('sell 0.5 ETH at 1990.5 TUSD')
    const bought = await ask(
      ...[
        '--account',
        'bob',
        'order',
        'place',
        'buy',
        '0.2',
        'ETH/TUSD',
        '--market',
        '--slippage',
        '1',
        '--fast',
        '--until',
        'gone',
      ],
    )
    expect(bought.status).toBe('gone')
    const { batches } = await ask('trades', 'ETH/TUSD')
    expect(batches).toMatchObject([{ volumeText: '0.2', fills: 2 }])
    const left = await ask('order', 'list', '--market', 'ETH/TUSD')
    expect(left.orders).toMatchObject([{ guard: amended.order, lots: '3000' }])
    await ask('order', 'cancel', amended.order)
    expect((await ask('order', 'list')).orders).toEqual([])
    const wrong = await run('--json', 'order', 'place', 'sell', '0.00001', 'ETH/TUSD', '--price', '2000')
    expect(JSON.parse(wrong.stdout).error).toMatchObject({ code: 'market.size' })
    const both = await run('--json', 'order', 'place', 'sell', '1', 'ETH/TUSD', '--price', '2000', '--market')
    expect(both.code).toBe(EXIT.usage)
  })

  test('a dead-man switch takes orders back once nobody shows up any more', async () => {
    const placed = await ask(
      'order',
      'place',
      'sell',
      '0.3',
      'ETH/TUSD',
      '--price',
      '2100',
      '--from',
      'trading',
    )
    const armed = await ask('order', 'deadman', '--seconds', '2', '--once')
    expect(armed).toMatchObject({ orders: [placed.order], switch: expect.stringMatching(/^0x[0-9a-f]{64}$/) })
    await vi.waitFor(async () => expect((await ask('order', 'list')).orders).toEqual([]), {
      timeout: TIMEOUT / 4,
      interval: 500,
    })
    const wrong = await run('order', 'deadman', '--seconds', '0')
    expect(wrong.code).toBe(EXIT.usage)
  })

  test('the market maker keeps quotes, and cancels them when it is stopped', async () => {
    await ask('trading', 'open', '4000', 'TUSD', '--parts', '8', '--fast')
    const program = join(import.meta.dirname, '..', 'bin', 'omg.ts')
    const args = [
      'mm',
      'ETH/TUSD',
      '--size',
      '0.01',
      '--reference',
      '2000',
      '--levels',
      '2',
      '--interval',
      '200',
    ]
    const maker = spawn(process.execPath, [program, '--data', data, '--json', ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let stdout = ''
    maker.stdout.setEncoding('utf8').on('data', text => {
      stdout += text
    })
    const ended = new Promise(resolve => maker.on('close', resolve))
    try {
      await vi.waitFor(
        async () => {
          const { bids, asks } = await ask('book', 'ETH/TUSD')
          const prices = [...bids, ...asks].map(({ priceText }: { priceText: string }) => priceText)
          expect(prices).toEqual(['1998', '1996', '2002', '2004'])
        },
        { timeout: TIMEOUT / 2, interval: 500 },
      )
    } finally {
      maker.kill('SIGINT')
    }
    expect(await ended).toBe(EXIT.done)
    expect(JSON.parse(stdout.slice(stdout.lastIndexOf('{\n'))).cancelled).toHaveLength(4)
    expect((await ask('order', 'list')).orders).toEqual([])
    const { balances } = await ask('trading', 'list')
    expect(balances).toHaveLength(2)
    await ask('trading', 'close', 'TUSD', '--fast')
  })
})
