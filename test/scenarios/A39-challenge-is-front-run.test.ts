import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { devnetParameters } from '@omg/rootchain'
import { startAnvil, testPrivateKey } from '@omg/rootchain/testing'
import type { OmgClient, Payment } from '@omg/sdk'
import { parseEther } from 'viem'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { omg } from '../../packages/cli/test/omg.ts'
import { startNetwork, type TestNetwork } from './network.ts'

const [MALLORY, BOB, CAROL, DAVE] = [1, 2, 3, 4]
const HOUR = 3600
const PASSWORD = 'correct horse battery'

describe('A39: a challenge is copied out of the mempool', () => {
  let network: TestNetwork
  let mallory: OmgClient
  let carol: OmgClient
  /** Watches Ethereum's mempool and is faster than everybody. */
  let dave: OmgClient
  let directory: string

  beforeAll(async () => {
    network = await startNetwork(() => startAnvil({ blockTime: 1 }), {
      parameters: devnetParameters({ minFinalizationPeriod: 10 * HOUR }),
    })
    ;[mallory, carol, dave] = [network.wallet(MALLORY), network.wallet(CAROL), network.wallet(DAVE)]
    directory = mkdtempSync(join(tmpdir(), 'omg-a39-'))
  }, 120_000)
  afterAll(async () => {
    await network?.stop()
    if (directory) rmSync(directory, { recursive: true, force: true })
  })

  /** Mallory exits a coin that she has paid away. */
  async function steal(): Promise<Payment & { id: Payment['inputs'][number]; bond: bigint }> {
    const { id } = await mallory.deposit({ amount: parseEther('1') })
    await mallory.waitForOutput({ id, until: 'committed' })
    const proof = await mallory.getExitProof({ id })
    const to = network.wallet(BOB).address()
    const payment = await mallory.pay({ to, amount: parseEther('0.99') })
    expect(payment.inputs).toContain(id)
    await mallory.waitForReceipt({ hash: payment.hash, until: 'committed' })
    const { bond } = await mallory.startExit({ proof })
    return { ...payment, id, bond }
  }

  const balance = (client: OmgClient) => network.ethereum.client.getBalance({ address: client.address() })

  /** Blocks of anvil may share a second; those of Ethereum do not. */
  const nextBlock = () => network.ethereum.passTime(12)

  async function passUntil(time: bigint): Promise<void> {
    const { timestamp } = await network.ethereum.client.getBlock()
    await network.ethereum.passTime(Number(time - timestamp))
  }

  it('nobody challenges an exit that is right, or none', { timeout: 240_000 }, async () => {
    const { id } = await mallory.deposit({ amount: parseEther('1') })
    await mallory.waitForOutput({ id, until: 'committed' })
    await expect(carol.announceChallenge({ id })).rejects.toMatchObject({ code: 'exit.unknown' })
    await mallory.startExit({ id })
    await expect(carol.announceChallenge({ id })).rejects.toMatchObject({ code: 'exit.unspent' })
    await expect(carol.challengeExit({ id })).rejects.toMatchObject({ code: 'exit.unspent' })
  })

  it('the copy stops the exit, and the announcement takes its reward', { timeout: 240_000 }, async () => {
    const { id, hash, bond } = await steal()
    const announcement = await carol.announceChallenge({ id })
    expect(announcement).toMatchObject({ exitId: id, evidence: hash })
    await nextBlock()
    const copy = await dave.challengeExit({ id })
    expect(copy).toMatchObject({ challenger: dave.address(), evidence: hash })
    expect(await carol.getExit({ id })).toMatchObject({ status: 'challenged' })
    // He has seen what is announced, and neither it nor a later announcement of his own helps him.
    await expect(dave.claimReward({ announcement })).rejects.toMatchObject({ reason: 'RewardNotYours' })

    const reward = await carol.challengeExit({ id, announcement })
    expect(reward).toMatchObject({ challenger: carol.address(), payableAt: copy.payableAt })
    await expect(dave.claim({ id })).rejects.toMatchObject({ reason: 'RewardNotPayableYet' })
    await passUntil(reward.payableAt + 1n)
    const before = await balance(carol)
    await dave.claim({ id })
    expect((await balance(carol)) - before).toBe(bond / 2n)
    await expect(dave.claim({ id })).rejects.toMatchObject({ code: 'exit.nothing_to_claim' })
  })

  it('without an announcement whoever comes first has it', { timeout: 240_000 }, async () => {
    const stolen = await steal()
    const { id } = stolen
    expect(await dave.challengeExit({ id, payment: stolen })).toMatchObject({ challenger: dave.address() })
    await expect(carol.challengeExit({ id })).rejects.toMatchObject({ code: 'ethereum.reverted' })
  })

  it('the same by hand, with the omg command', { timeout: 180_000 }, async () => {
    const { id, hash } = await steal()
    const key = join(directory, 'key.txt')
    writeFileSync(key, testPrivateKey(CAROL))
    const run = async (...args: string[]) => {
      const at = ['--data', directory, '--node', network.node.url, '--ethereum', network.ethereum.url]
      const { stdout, stderr } = await omg([...at, '--account', 'carol', '--json', ...args], {
        OMG_PASSWORD: PASSWORD,
      })
      return JSON.parse(stdout || JSON.stringify({ stderr }))
    }
    await run('account', 'import', 'carol', '--key-file', key)
    const { evidence, salt } = await run('exit', 'announce', id)
    expect(evidence).toBe(hash)
    await nextBlock()
    await dave.challengeExit({ id })
    expect(await run('exit', 'challenge', id)).toMatchObject({ error: { code: 'ethereum.reverted' } })
    expect(await run('exit', 'reveal', id, evidence, salt)).toMatchObject({ challenger: carol.address() })
  })
})
