import { Keeper, type KeeperStep } from '@omg/cli/keeper'
import { type Address, address, ZERO_ADDRESS } from '@omg/protocol'
import {
  claimRewards,
  delegate,
  getCheckpoint,
  getEarned,
  getLastCheckpoint,
  getRewardsEvents,
  getValidatorSet,
  rewardsLedgerOf,
  setCommission,
} from '@omg/rootchain'
import { giveOmg, startAnvil, testAccount, VALIDATOR } from '@omg/rootchain/testing'
import type { OmgClient } from '@omg/sdk'
import { parseEther } from 'viem'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startNetwork, type TestNetwork } from './network.ts'

const [ALICE, BOB, KEEPER] = [1, 2, 8]
const PATIENCE = 240_000
const PAYMENTS = 5
const OMG = 10n ** 18n
const validator = address(testAccount(VALIDATOR).address)
const alice = address(testAccount(ALICE).address)

/** The whole way of a fee: from a payment to the wallet of somebody who delegated. */
describe('fees to the stakers', () => {
  let network: TestNetwork
  let bob: OmgClient
  /** What keepers have done since the list was emptied. */
  const steps: KeeperStep[] = []
  /** What all payments have paid, in wei. */
  let fees = 0n

  beforeAll(async () => {
    network = await startNetwork(() => startAnvil({ blockTime: 1 }))
    bob = network.wallet(BOB)
  })
  afterAll(() => network?.stop())

  /** A keeper that has just started; it knows nothing but what is on Ethereum. */
  function newKeeper(least?: bigint): Keeper {
    return new Keeper({
      client: network.wallet(KEEPER),
      rootChain: network.rootChain(KEEPER),
      folder: network.directory('keeper'),
      least: new Map(least === undefined ? [] : [[ZERO_ADDRESS, least]]),
      tell: step => void steps.push(step),
    })
  }

  const told = <Kind extends KeeperStep['kind']>(kind: Kind) =>
    steps.filter((step): step is KeeperStep & { kind: Kind } => step.kind === kind)
  const sum = (amounts: readonly { readonly amount: bigint }[]) =>
    amounts.reduce((total, { amount }) => total + amount, 0n)
  const balanceOf = (owner: Address) => network.ethereum.client.getBalance({ address: owner })

  /** Looks again and again. */
  async function until(look: () => Promise<boolean>): Promise<void> {
    await vi.waitFor(
      async () => {
        if (!(await look())) throw new Error('not yet')
      },
      { timeout: PATIENCE / 2, interval: 200 },
    )
  }

  it('a delegation counts from the next set on, which the keeper publishes', {
    timeout: PATIENCE,
  }, async () => {
    const { parameters } = network.deployment
    await giveOmg(network.ethereum, network.deployment, { to: alice, amount: 3_000n * OMG })
    await setCommission(network.rootChain(VALIDATOR), { bps: 1_000 })
    await delegate(network.rootChain(ALICE), { validator, amount: 3_000n * OMG })
    await network.ethereum.passTime(parameters.epoch)
    await newKeeper().round()
    expect(steps).toEqual([{ kind: 'published', validatorSetId: 2n }])
    expect((await getValidatorSet(network.rootChain(ALICE)))?.validators).toEqual([
      { signer: validator, bond: parameters.minBond + 3_000n * OMG },
    ])
  })

  it('fees become coins of the rewards, and their exits start', { timeout: PATIENCE }, async () => {
    const rootChain = network.rootChain(BOB)
    const { id } = await bob.deposit({ amount: parseEther('1') })
    await bob.waitForOutput({ id, until: 'included' })
    await until(async () => {
      const last = await getCheckpoint(rootChain, { number: await getLastCheckpoint(rootChain) })
      if (last?.validatorSetId === 2n) return true
      await bob.deposit({ amount: 1_000_000_000_000n })
      return false
    })
    for (let payment = 0; payment < PAYMENTS; payment++) {
      const { hash, fee } = await bob.pay({ to: alice, amount: parseEther('0.01') })
      await bob.waitForReceipt({ hash, until: 'committed' })
      fees += fee.amount
    }
    expect(fees).toBeGreaterThan(0n)

    // What costs more than it brings stays where it is.
    const thrifty = newKeeper()
    await until(async () => {
      await thrifty.round()
      if (sum(told('left')) === fees) return true
      // The fees of a checkpoint are paid out in the next one, which a quiet chain has no reason to begin.
      await bob.deposit({ amount: 1_000_000_000_000n })
      return false
    })
    expect(told('collected')).toEqual([])

    const keeper = newKeeper(1n)
    await keeper.round()
    expect(sum(told('collected'))).toBe(fees)
    expect(told('collected').every(({ validatorSetId }) => validatorSetId === 2n)).toBe(true)
    expect(keeper.state.nextCheckpoint).toBeGreaterThan(2n)
  })

  it('the money comes in, the set ends, and its income is divided', { timeout: PATIENCE }, async () => {
    const { minFinalizationPeriod, validatorSetOverlap, epoch } = network.deployment.parameters
    const collected = told('collected').length
    // Each is a keeper that was just started again: what is on its way stands on Ethereum, and nothing is done twice.
    const passAndKeep = async (seconds: number) => {
      await network.ethereum.passTime(seconds)
      await newKeeper(1n).round()
    }
    await passAndKeep(2 * minFinalizationPeriod)
    expect(sum(told('swept'))).toBe(fees)
    expect(told('bondsReturned').length).toBeGreaterThan(0)
    await passAndKeep(validatorSetOverlap + epoch + 1)
    await passAndKeep(1)

    expect(told('collected')).toHaveLength(collected)
    expect(told('swept')).toHaveLength(collected)
    expect(told('published').slice(0, 2)).toEqual([
      { kind: 'published', validatorSetId: 2n },
      { kind: 'published', validatorSetId: 3n },
    ])
    expect(told('divided')).toEqual([{ kind: 'divided', token: ZERO_ADDRESS, upTo: 2n }])
    // A tenth, and the tenth that only OMG could be burnt for.
    expect(told('insured')).toMatchObject([{ amount: 2n * (fees / 10n) }])
    expect(told('failed')).toEqual([])
  })

  it('she who delegated claims exactly her share, and all shares are the fees', {
    timeout: PATIENCE,
  }, async () => {
    const { client } = network.ethereum
    const rootChain = network.rootChain(ALICE)
    const to = await client.getBlockNumber()
    const { sets } = rewardsLedgerOf(await getRewardsEvents(rootChain, { to }))
    const stakers = fees - 2n * (fees / 10n)
    expect(sets).toMatchObject([
      {
        ...{ validatorSetId: 2n, income: fees },
        division: { stakers, burnt: 0n, carried: 0n, allotted: [{ validator, amount: stakers }] },
      },
    ])
    // 3,000 of 4,000 OMG, after the commission of a tenth.
    const share = ((stakers - stakers / 10n) * 3n) / 4n
    expect(await getEarned(rootChain, { validator, delegator: alice, token: ZERO_ADDRESS })).toBe(share)
    const before = await balanceOf(alice)
    expect(await claimRewards(rootChain, { validator, token: ZERO_ADDRESS })).toBe(share)
    expect(await balanceOf(alice)).toBe(before + share - (await lastCost(alice)))
    const again = claimRewards(rootChain, { validator, token: ZERO_ADDRESS })
    await expect(again).rejects.toMatchObject({ reason: 'NothingToClaim' })

    const hers = await claimRewards(network.rootChain(VALIDATOR), { validator, token: ZERO_ADDRESS })
    const left = await balanceOf(network.deployment.rewards)
    expect(share + hers + 2n * (fees / 10n) + left).toBe(fees)
    expect(left).toBeLessThan(2n)
  })

  /** The gas of the last transaction of an account, in wei. Blocks may have come since. */
  async function lastCost(sender: Address): Promise<bigint> {
    const { client } = network.ethereum
    for (let number = await client.getBlockNumber({ cacheTime: 0 }); number > 0n; number--) {
      const { transactions } = await client.getBlock({ blockNumber: number, includeTransactions: true })
      const sent = transactions.findLast(({ from }) => from.toLowerCase() === sender)
      if (sent === undefined) continue
      const { gasUsed, effectiveGasPrice } = await client.getTransactionReceipt({ hash: sent.hash })
      return gasUsed * effectiveGasPrice
    }
    throw new Error(`${sender} has sent nothing`)
  }
})
