import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { verifyFillProof } from '@omg/indexer'
import { ZERO_ADDRESS } from '@omg/protocol'
import { decodeDeployment } from '@omg/rootchain'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { demoAddress } from '../src/account/demoAccounts.ts'
import { EXIT } from '../src/index.ts'
import { omgUp, type Up } from './network.ts'
import { omgOn } from './omg.ts'

const TIMEOUT = 240_000
vi.setConfig({ testTimeout: TIMEOUT })

describe('trading from the command line', () => {
  const data = mkdtempSync(join(tmpdir(), 'omg-trading-'))
  const { run, ask, refused } = omgOn(data)
  let up: Up
  /** The one trade so far: its batch, and the order that sold. */
  let traded: { height: string; priceText: string; order: string }

  beforeAll(async () => {
    up = await omgUp(data, ['--data-mode', 'blob'])
    for (const account of ['alice', 'bob']) {
      await ask('--account', account, 'deposit', '4', 'ETH')
      await ask('--account', account, 'deposit', '9000', 'TUSD')
    }
  }, 180_000)
  afterAll(async () => {
    await up?.stop()
    rmSync(data, { recursive: true, force: true })
  })

  test('markets are listed with their steps', async () => {
    const { markets } = await ask('market', 'list')
    expect(markets.map(({ symbol }: { symbol: string }) => symbol)).toContain('ETH/TUSD')
    const shown = await run('market', 'show', 'eth/tusd')
    expect(shown.stdout).toContain('in steps of 0.01 TUSD')
    const create = (step: string, lot: string) =>
      refused('market', 'create', 'ETH', 'TUSD', '--step', step, '--lot', lot)
    expect(await refused('market', 'show', 'ETH/XYZ')).toEqual(['market.unknown', EXIT.usage])
    // A listing costs OMG, of which Alice has none.
    expect(await create('0.5', '0.01')).toEqual(['ethereum.reverted', EXIT.failed])
    expect((await create('0.0000001', '0.000001'))[0]).toBe('amount.invalid')
  })

  test('an order is placed, seen, amended, traded and cancelled', async () => {
    await ask('trading', 'open', '2', 'ETH', '--parts', '8', '--fast')
    const sell = ['order', 'place', 'sell', '0.5', 'ETH/TUSD', '--price', '2000', '--post-only']
    const placed = await ask(...sell, '--from', 'trading')
    expect(placed).toMatchObject({ lots: '5000', status: 'placed', instruction: expect.any(String) })
    const { asks } = await ask('book', 'ETH/TUSD')
    expect(asks).toMatchObject([{ priceText: '2000', sizeText: '0.5', orders: 1 }])
    const amended = await ask('order', 'amend', placed.order, '--price', '1990.5')
    expect((await run('order', 'list')).stdout).toContain('sell 0.5 ETH at 1990.5 TUSD')
    const buy = ['--account', 'bob', 'order', 'place', 'buy', '0.2', 'ETH/TUSD', '--market']
    const bought = await ask(...buy, '--slippage', '1', '--fast', '--until', 'gone')
    expect(bought.status).toBe('gone')
    const { batches } = await ask('trades', 'ETH/TUSD')
    expect(batches).toMatchObject([{ volumeText: '0.2', fills: 2 }])
    traded = { ...batches[0], order: amended.order }
    const left = await ask('order', 'list', '--market', 'ETH/TUSD')
    expect(left.orders).toMatchObject([{ guard: amended.order, lots: '3000' }])
    await ask('order', 'cancel', amended.order)
    expect((await ask('order', 'list')).orders).toEqual([])
    const place = ['order', 'place', 'sell']
    expect((await refused(...place, '0.00001', 'ETH/TUSD', '--price', '2000'))[0]).toBe('market.size')
    const both = await run(...place, '1', 'ETH/TUSD', '--price', '2000', '--market')
    expect(both.code).toBe(EXIT.usage)
  })

  test('an auction is worked out again from its transactions, and Ethereum holds what commits to it', async () => {
    const { height, priceText, order } = traded
    const again = () => ask('replay', 'ETH/TUSD', height, '--order', order)
    let replay = await again()
    // Closing a checkpoint takes a while, and bringing it to Ethereum, too.
    while (replay.ethereum !== 'accepted') replay = await again()
    expect(replay).toMatchObject({ symbol: 'ETH/TUSD', priceText, volumeText: '0.2' })
    expect(replay).toMatchObject({ isConfirmed: true, referenceAgrees: true })
    expect(replay.explanation).toMatchObject({ order, filled: 2000, cause: { kind: 'share' } })
    const { proof } = replay
    const leaf = { ...proof.leaf, height: BigInt(proof.leaf.height) }
    const read = { ...proof, leaf, position: BigInt(proof.position) }
    expect(verifyFillProof(replay.checkpoint.header.batchRoot, read)).toBe(true)
    const { code, stdout } = await run('replay', 'ETH/TUSD', height, '--order', order)
    expect(code).toBe(EXIT.done)
    expect(stdout).toContain(`0.2 ETH at ${priceText} TUSD`)
    expect(stdout).toContain('which Ethereum has accepted, commits to exactly this')
    // `--data-mode blob`: its blocks went along, and are kept.
    expect(readdirSync(join(data, 'blobs')).length).toBeGreaterThan(0)
    expect((await run('status')).stdout).toContain('with blobs')
  })

  test.each([
    ['ETH/TUSD', '999999', 'replay.unknown', EXIT.failed],
    ['ETH/TUSD', '1', 'replay.unknown', EXIT.failed],
    ['ETH/TUSD', 'x', 'request.argument', EXIT.usage],
    ['ETH/XYZ', '1', 'market.unknown', EXIT.usage],
  ])('no auction in %s at %s: %s', async (market, height, code, exit) => {
    expect(await refused('replay', market, height)).toEqual([code, exit])
  })

  test('a dead-man switch takes orders back once nobody shows up any more', async () => {
    const sell = ['order', 'place', 'sell', '0.3', 'ETH/TUSD', '--price', '2100']
    const placed = await ask(...sell, '--from', 'trading')
    const armed = await ask('order', 'deadman', '--seconds', '2', '--once')
    expect(armed).toMatchObject({ orders: [placed.order], switch: expect.stringMatching(/^0x[0-9a-f]{64}$/) })
    await vi.waitFor(async () => expect((await ask('order', 'list')).orders).toEqual([]), {
      timeout: TIMEOUT / 4,
      interval: 500,
    })
    const wrong = await run('order', 'deadman', '--seconds', '0')
    expect(wrong.code).toBe(EXIT.usage)
  })

  test('OMG is given to many: claimed, delegated, claimed by somebody else, and never twice', async () => {
    const { ethereumUrl } = up.facts
    const { omgToken } = decodeDeployment(up.facts.deployment)
    const [alice, bob, carol, validator] = (['alice', 'bob', 'carol', 'operator'] as const).map(demoAddress)
    const file = (name: string) => join(data, name)
    const deal = [alice, omgToken, `0x${(10n ** 21n).toString(16)}`]
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'anvil_dealERC20', params: deal })
    await fetch(ethereumUrl, { method: 'POST', headers: { 'content-type': 'application/json' }, body })

    writeFileSync(file('balances.csv'), `address,amount\n${bob},3\n${carol},1\n${alice},0.5\n`)
    const built = await ask('airdrop', 'build', file('balances.csv'), '--out', file('table.json'))
    expect(built).toMatchObject({ total: `${45n * 10n ** 17n}`, accounts: 3, leftOut: 0 })
    const table = file('table.json')
    const { airdrop } = await ask('airdrop', 'deploy', table, '--days', '30')
    const at = ['--airdrop', airdrop]
    await ask('--account', 'bob', 'airdrop', 'claim', table, ...at, '--delegate', `${validator}`)
    const order = await ask('--account', 'carol', 'airdrop', 'order', table, ...at)
    writeFileSync(file('order.json'), JSON.stringify(order))
    const claim = ['airdrop', 'claim', table, ...at]
    const claimed = await ask(...claim, '--order', file('order.json'))
    expect(claimed).toMatchObject({ account: carol, amount: `${10n ** 18n}`, validator: ZERO_ADDRESS })
    expect((await refused(...claim, '--order', file('order.json')))[0]).toBe('ethereum.reverted')
    expect(await ask('airdrop', 'check', table, ...at, '--of', 'carol')).toMatchObject({
      balance: `${5n * 10n ** 17n}`,
      claimed: true,
      open: true,
    })

    const divided = ['airdrop', 'build', file('balances.csv'), '--total', '9', '--out', file('other.json')]
    await ask(...divided)
    const check = ['airdrop', 'check', file('other.json')]
    expect(await refused(...check, ...at)).toEqual(['airdrop.other', EXIT.refused])
    expect((await refused('airdrop', 'reclaim', ...at))[0]).toBe('ethereum.reverted')
  })

  test('the market maker keeps quotes, and cancels them when it is stopped', async () => {
    await ask('trading', 'open', '4000', 'TUSD', '--parts', '8', '--fast')
    const program = join(import.meta.dirname, '..', 'bin', 'omg.ts')
    const quotes = ['--size', '0.01', '--reference', '2000', '--levels', '2', '--interval', '200']
    const args = ['mm', 'ETH/TUSD', ...quotes]
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
