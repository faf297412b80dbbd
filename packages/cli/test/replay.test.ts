import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { verifyFillProof } from '@omg/indexer'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { EXIT } from '../src/index.ts'
import { omgUp, type Up } from './network.ts'
import { omg } from './omg.ts'

vi.setConfig({ testTimeout: 180_000 })

describe('an auction of a running network', () => {
  let data: string
  let up: Up
  beforeAll(async () => {
    data = mkdtempSync(join(tmpdir(), 'omg-replay-'))
    up = await omgUp(data)
    await ask('--account', 'alice', 'deposit', '1', 'ETH')
    await ask('--account', 'bob', 'deposit', '2000', 'TUSD')
  }, 240_000)
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

  const place = (account: string, ...args: string[]) =>
    ask('--account', account, 'order', 'place', ...args, '--fast')

  test('is worked out again from its transactions, and Ethereum holds what commits to it', async () => {
    const sold = await place('alice', 'sell', '0.3', 'ETH/TUSD', '--price', '2000')
    await place('bob', 'buy', '0.2', 'ETH/TUSD', '--price', '2001', '--until', 'gone')
    const { batches } = await ask('trades', 'ETH/TUSD')
    expect(batches).toHaveLength(1)
    const { height, priceText } = batches[0]
    const again = () => ask('replay', 'ETH/TUSD', height, '--order', sold.order)
    let replay = await again()
    // Closing a checkpoint takes a while, and bringing it to Ethereum, too.
    while (replay.ethereum !== 'accepted') replay = await again()
    expect(replay).toMatchObject({ symbol: 'ETH/TUSD', priceText, volumeText: '0.2' })
    expect(replay).toMatchObject({ isConfirmed: true, referenceAgrees: true })
    expect(replay.explanation).toMatchObject({ order: sold.order, filled: 2000, cause: { kind: 'share' } })
    const { proof } = replay
    const leaf = { ...proof.leaf, height: BigInt(proof.leaf.height) }
    const read = { ...proof, leaf, position: BigInt(proof.position) }
    expect(verifyFillProof(replay.checkpoint.header.batchRoot, read)).toBe(true)
    const { code, stdout } = await run('replay', 'ETH/TUSD', height, '--order', sold.order)
    expect(code).toBe(EXIT.done)
    expect(stdout).toContain(`0.2 ETH at ${priceText} TUSD`)
    expect(stdout).toContain('which Ethereum has accepted, commits to exactly this')
  })

  test('what is not there is refused with its code', async () => {
    const cases = [
      ['ETH/TUSD', '999999', 'replay.unknown', EXIT.failed],
      ['ETH/TUSD', '1', 'replay.unknown', EXIT.failed],
      ['ETH/TUSD', 'x', 'request.argument', EXIT.usage],
      ['ETH/XYZ', '1', 'market.unknown', EXIT.usage],
    ] as const
    for (const [market, height, code, exit] of cases) {
      const ran = await run('--json', 'replay', market, height)
      expect([JSON.parse(ran.stdout).error.code, ran.code]).toEqual([code, exit])
    }
  })
})
