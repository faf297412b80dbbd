import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeDeployment } from '@omg/rootchain'
import { passAnvilTime } from '@omg/rootchain/testing'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { demoAddress } from '../src/account/demoAccounts.ts'
import { EXIT } from '../src/index.ts'
import { omgUp, type Up } from './network.ts'
import { omgHere, omgOn, omg as omgRun } from './omg.ts'

const PATIENCE = 240_000
vi.setConfig({ testTimeout: PATIENCE })

const OMG = 10n ** 18n
const omg = (whole: bigint) => `${whole * OMG}`

describe('staking from the command line', () => {
  const data = mkdtempSync(join(tmpdir(), 'omg-stake-'))
  const { run, ask, refused } = omgOn(data)
  const validator = demoAddress('operator')
  const [alice, dave] = [demoAddress('alice'), demoAddress('dave')]
  let up: Up

  beforeAll(async () => {
    up = await omgUp(data, ['--no-web'])
    await deal(alice, 60_000n)
    await deal(dave, 1_500n)
  }, PATIENCE)
  afterAll(async () => {
    await up?.stop()
    rmSync(data, { recursive: true, force: true, maxRetries: 3 })
  })

  async function deal(to: string, whole: bigint): Promise<void> {
    const { ethereumUrl, deployment } = up.facts
    const { omgToken } = decodeDeployment(JSON.stringify(deployment))
    const params = [to, omgToken, `0x${(whole * OMG).toString(16)}`]
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'anvil_dealERC20', params })
    const headers = { 'content-type': 'application/json' }
    await fetch(ethereumUrl, { method: 'POST', headers, body })
  }

  /** Asks until the answer is as it should be: sets are published by themselves, votes are counted by the chain. */
  const until = async (args: readonly string[], expected: object) =>
    vi.waitFor(async () => expect(await ask(...args)).toMatchObject(expected), {
      timeout: PATIENCE / 2,
      interval: 500,
    })

  test('a new network gives people OMG, and lists its validator', async () => {
    expect(await ask('stake', '--of', 'bob')).toMatchObject({
      balance: omg(500n),
      stakes: [],
      unbondings: [],
    })
    const { validators } = await ask('validators')
    expect(validators).toMatchObject([{ validator, state: 'active', power: omg(1_000n), commissionBps: 0 }])
  })

  test('delegated stake is in the next set, and somebody else bonds', async () => {
    const delegated = await run('delegate', '50000', validator)
    expect(delegated.code, delegated.stderr).toBe(EXIT.done)
    expect(delegated.stdout).toContain(`50,000 OMG delegated to ${validator}, where you have 50,000 OMG`)
    expect(delegated.stdout).toContain('counts from the next validator set on')
    await until(['validators'], { validators: [{ validator, power: omg(51_000n), own: omg(1_000n) }] })
    await ask('--account', 'dave', 'stake', '1000')
    await until(['validators'], { validators: [{ validator }, { validator: dave, state: 'active' }] })
    expect((await run('validators')).stdout).toMatch(/active +1,000 OMG +1,000 OMG +1,000 OMG +0.00 %/)
  })

  test('stake moves over, and leaves when its time has come', async () => {
    await ask('redelegate', '100', validator, 'dave')
    const left = await ask('undelegate', '50.5', validator)
    expect(left).toMatchObject({ amount: `${505n * 10n ** 17n}` })
    const { stakes, unbondings } = await ask('stake')
    expect(stakes).toMatchObject([
      { validator, amount: `${498_495n * 10n ** 17n}` },
      { validator: dave, amount: omg(100n), moved: { from: validator } },
    ])
    expect(unbondings).toMatchObject([{ unbondingId: left.unbondingId, validator }])
    expect(await refused('stake', 'withdraw')).toEqual(['stake.waiting', EXIT.failed])
    await until(['stake'], { unbondings: [{ withdrawableAt: expect.any(String) }] })
    expect((await run('stake')).stdout).toMatch(/free/)
  })

  /** A step is a quarter at most (docs/fees.md): all that may ever be seen on the way from 1,000 units to 2,000. */
  const STEPS = [1_000, 1_250, 1_562, 1_952, 2_000]
  const payments = new Set<number>()
  const feesNow = async () => {
    const { voted, nextEpoch } = await ask('fees')
    for (const fees of [voted, nextEpoch]) payments.add(Number(fees.payment[0]))
    return voted
  }

  test('a vote moves the fees of the next epoch', async () => {
    const voted = await feesNow()
    expect(Number(voted.payment[0])).toBe(STEPS[0])
    const first = await run('fees', 'vote', '--taker', 'guarded=0.06')
    expect(first.code, first.stderr).toBe(EXIT.done)
    expect(first.stdout).toMatch(/stands, and counts with 49,949\.5 OMG of 51,949\.5 OMG that is staked/)
    // The second adds to the first, which has not moved the fees yet.
    const second = await ask('fees', 'vote', '--payment', 'ETH=0.000002', '--units-per-step', '2000000000')
    expect(second).toMatchObject({
      takerBps: [voted.takerBps[0], 6, voted.takerBps[2]],
      payment: { 0: '2000' },
    })
    const { weight: _, allStake: __, ...preference } = second
    expect((await ask('fees')).own).toMatchObject({ account: alice, preference })
    await vi.waitFor(async () => expect((await feesNow()).takerBps[1]).toBe(voted.takerBps[1] + 1), {
      timeout: PATIENCE / 2,
      interval: 500,
    })
  })

  test('a validator says who she is and what she keeps, and changes her key for one that proved itself elsewhere', async () => {
    const asDave = ['--account', 'dave']
    await ask(...asDave, 'validator', 'describe', 'Dave & daughters')
    expect(await ask(...asDave, 'validator', 'commission', '0.5')).toMatchObject({ commissionBps: 50 })
    const env = { OMG_VALIDATOR_KEY: `0x${'5e'.repeat(32)}` }
    const proved = await omgRun(['--data', data, '--json', 'validator', 'prove', 'dave'], env)
    expect(proved.code, proved.stderr).toBe(EXIT.done)
    const file = join(data, 'key.json')
    writeFileSync(file, proved.stdout)
    const { signer } = JSON.parse(proved.stdout)
    const rotated = await ask(...asDave, 'validator', 'rotate', '--proof', file)
    expect(rotated).toMatchObject({ validator: dave, signer, former: dave })
    await until(['validators'], {
      validators: [
        { validator },
        { description: 'Dave & daughters', commissionBps: 50, signer, state: 'active' },
      ],
    })
    expect((await run('validators')).stdout).toMatch(/0\.50 %.*Dave & daughters/)

    writeFileSync(file, '{"signer": "0x12"}')
    const refusals: [string[], string, number][] = [
      [['rotate', '--proof', file], 'request.argument', EXIT.usage],
      [['commission', '51'], 'ethereum.reverted', EXIT.failed],
    ]
    for (const [args, code, exit] of refusals)
      expect(await refused(...asDave, 'validator', ...args), args.join(' ')).toEqual([code, exit])
    expect(await refused('--account', 'bob', 'validator', 'describe', 'Bob')).toEqual([
      'stake.unknown',
      EXIT.usage,
    ])
  })

  test('what cannot be is refused by name', async () => {
    const refusals: [string[], string, number][] = [
      [['delegate', '5', 'bob'], 'stake.unknown', EXIT.usage],
      [['delegate', 'much', validator], 'amount.invalid', EXIT.usage],
      [['redelegate', '50000', validator, 'dave'], 'stake.insufficient', EXIT.failed],
      [['--account', 'dave', 'unstake', '1'], 'ethereum.reverted', EXIT.failed],
      [['--account', 'dave', 'unjail'], 'ethereum.reverted', EXIT.failed],
      [['validators', 'join', validator], 'ethereum.reverted', EXIT.failed],
      [['rewards', 'claim'], 'stake.waiting', EXIT.failed],
      [['stake', 'withdraw', 'x'], 'request.argument', EXIT.usage],
    ]
    for (const [args, code, exit] of refusals)
      expect(await refused(...args), args.join(' ')).toEqual([code, exit])
    expect((await run('rewards')).stdout).toContain('Nothing to claim.')
  })

  test('wrong input is refused in words and changes nothing', async () => {
    const table = join(data, 'table.json')
    writeFileSync(join(data, 'snapshot.csv'), `${alice},12.5\n`)
    await omgHere(['airdrop', 'build', join(data, 'snapshot.csv'), '--out', table])
    const { omgToken } = decodeDeployment(JSON.stringify(up.facts.deployment))
    const away = ['--ethereum', 'http://127.0.0.1:1']
    const refusals: [string[], string, number, string][] = [
      [['delegate', '1,5', validator], 'amount.invalid', EXIT.usage, 'a comma only sets thousands apart'],
      [['stake', '--', '-5'], 'amount.invalid', EXIT.usage, 'it must be more than zero'],
      [['--account', 'bob', 'delegate', '501', validator], 'stake.insufficient', EXIT.failed, 'has 500 OMG'],
      [['--account', 'bob', 'stake', '1000'], 'stake.insufficient', EXIT.failed, 'has 500 OMG'],
      [['fees', 'vote', '--maker', 'guarded=2'], 'fees.range', EXIT.usage, '0 % to 1 %, not 2 %'],
      [['--account', 'bob', 'fees', 'clear'], 'ethereum.reverted', EXIT.failed, 'No vote stands'],
      [['airdrop', 'check', table, '--airdrop', omgToken], 'airdrop.unknown', EXIT.usage, 'no airdrop at'],
      [['airdrop', 'claim', table, '--airdrop', validator], 'airdrop.unknown', EXIT.usage, 'no airdrop at'],
      [['airdrop', 'reclaim', '--airdrop', omgToken], 'airdrop.unknown', EXIT.usage, 'no airdrop at'],
      [[...away, 'stake'], 'ethereum.unavailable', EXIT.unreachable, 'no Ethereum endpoint answers'],
      [[...away, 'delegate', '1', validator], 'ethereum.unavailable', EXIT.unreachable, 'no Ethereum'],
    ]
    for (const [args, code, exit, words] of refusals) {
      const ran = await omgHere(['--data', data, '--json', ...args])
      const { error } = JSON.parse(ran.stdout)
      expect([error.code, ran.code], `${args.join(' ')}: ${error.message}`).toEqual([code, exit])
      expect(error.message).toContain(words)
    }
    const nothing = await omgHere(['--data', data, '--account', 'bob', 'fees', 'vote', '--steps', '64'])
    expect(nothing.stdout).toContain('has no stake: it counts for nothing')
    // Fees are the node's to tell.
    const { stdout } = await omgHere(['--data', data, ...away, 'fees'])
    expect(stdout).toContain('Your vote is not known: Ethereum does not answer.')
  })

  test('and those of the epochs after it, step by step, until they are what was voted', {
    timeout: 2 * PATIENCE,
  }, async () => {
    const reached = async () => {
      // Epochs in which the chain stands still take no step.
      await ask('pay', 'bob', '0.01', 'ETH', '--fast')
      expect(Number((await feesNow()).payment[0])).toBe(STEPS.at(-1))
    }
    await vi.waitFor(reached, { timeout: PATIENCE, interval: 500 })
    expect([...payments].filter(units => !STEPS.includes(units))).toEqual([])
    expect(payments.size).toBeGreaterThan(2)
  })

  test('the keeper of the network looks after all duties, and says how it is', async () => {
    await vi.waitFor(
      async () => {
        const metrics = await (await fetch(`${up.facts.keeperUrl}/metrics`)).text()
        expect(metrics).toMatch(/^omg_keeper_rounds_total [1-9]/m)
        expect(metrics).toMatch(/^omg_keeper_sets_published_total [1-9]/m)
        expect(metrics).toContain('omg_keeper_offences_total{step="slashed"} 0')
      },
      { timeout: PATIENCE / 2, interval: 500 },
    )
  })

  test('what has left is paid out', async () => {
    // The last test: Ethereum jumps ahead of the chain.
    await passAnvilTime(up.facts.ethereumUrl, 100)
    expect(await ask('stake', 'withdraw')).toMatchObject({ total: `${505n * 10n ** 17n}` })
    expect((await ask('stake')).unbondings).toEqual([])
  })
})
