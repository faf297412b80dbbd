import { address, coinGuard, encodeTransaction, toHex, ZERO_ADDRESS } from '@omg/protocol'
import { type FeeSchedule, Stakes, stakeFactsOf } from '@omg/stake'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  claimRewards,
  collectFees,
  createEventReader,
  delegate,
  depositEth,
  describeValidator,
  divideFees,
  getEarned,
  getRewardsProgress,
  getStake,
  getStakePool,
  getStandingValidators,
  getUnbonding,
  getValidatorSet,
  joinValidators,
  processExits,
  type RootChain,
  redelegate,
  setCommission,
  setFeePreference,
  settleRedelegation,
  sweepFees,
  tallyParticipation,
  unbond,
  undelegate,
  unjail,
  withdrawStake,
} from '../src/index.ts'
import { type Ethereum, startAnvil, testAccount } from './ethereum.ts'
import { deployTestNetwork, rootChainOf, VALIDATOR } from './network.ts'
import { bondAs, giveOmg, nextSet } from './staking.ts'

const OMG = 10n ** 18n
const validator = address(testAccount(VALIDATOR).address)
const second = address(testAccount(8).address)
const delegator = address(testAccount(1).address)

let ethereum: Ethereum
let alice: RootChain
let operator: RootChain

beforeAll(async () => {
  ethereum = await startAnvil()
  const deployment = await deployTestNetwork(ethereum)
  alice = rootChainOf(ethereum, deployment, 1)
  operator = rootChainOf(ethereum, deployment, VALIDATOR)
  await giveOmg(ethereum, deployment, { to: delegator, amount: 1_000n * OMG })
  await bondAs(ethereum, deployment, { who: 8, amount: deployment.parameters.minBond })
})
afterAll(() => ethereum[Symbol.asyncDispose]())

test('a validator says who she is and what she keeps, and stake goes in, over, and out', async () => {
  const { minBond, unbondingDelay } = alice.deployment.parameters
  await describeValidator(operator, { description: 'The first' })
  await setCommission(operator, { bps: 1_000 })
  await delegate(alice, { validator, amount: 300n * OMG })
  await delegate(alice, { validator: second, amount: 7n * OMG, delegator: validator })
  expect(await getStakePool(alice, { validator })).toEqual({
    ...{ validator, signer: validator, tokens: minBond + 300n * OMG, shares: minBond + 300n * OMG },
    ...{ own: minBond, commissionBps: 1_000, jailedUntil: 0n, standing: true },
  })
  expect(await getStakePool(alice, { validator: delegator })).toBeUndefined()
  expect((await getStandingValidators(alice)).toSorted()).toEqual([validator, second].toSorted())
  const id = (await nextSet(ethereum, alice)).id
  expect((await getValidatorSet(alice, { id }))!.validators).toContainEqual({
    signer: validator,
    bond: minBond + 300n * OMG,
  })

  await redelegate(alice, { from: validator, to: second, shares: 100n * OMG })
  const left = await undelegate(alice, { validator, shares: 50n * OMG })
  expect(left).toMatchObject({ amount: 50n * OMG, shares: 50n * OMG })
  expect(await getStake(alice, { validator, delegator })).toEqual({ shares: 150n * OMG, amount: 150n * OMG })
  expect(await getStake(alice, { validator: second, delegator })).toMatchObject({
    ...{ shares: 100n * OMG, moved: { from: validator, shares: 100n * OMG, freeAt: undefined } },
  })
  const unbonding = { delegator, validator, amount: 50n * OMG }
  expect(await getUnbonding(alice, left)).toEqual({ ...unbonding, withdrawableAt: undefined })
  await nextSet(ethereum, alice)
  const { publishedAt } = (await getValidatorSet(alice))!
  const freeAt = publishedAt + BigInt(unbondingDelay)
  expect(await getUnbonding(alice, left)).toEqual({ ...unbonding, withdrawableAt: freeAt })
  await expect(withdrawStake(alice, left)).rejects.toMatchObject({ reason: 'StillSlashable' })
  await expect(undelegate(alice, { validator: second, shares: 1n })).rejects.toMatchObject({
    reason: 'StillLiable',
  })
  await settleRedelegation(alice, { validator: second, delegator })
  await ethereum.passTime(unbondingDelay)
  await withdrawStake(alice, left)
  expect(await getUnbonding(alice, left)).toBeUndefined()
  await undelegate(alice, { validator: second, shares: 100n * OMG })
  await expect(unbond(operator, { amount: 1n })).rejects.toMatchObject({ reason: 'BondTooSmall' })
  await expect(unjail(operator)).rejects.toMatchObject({ reason: 'NotJailed' })
  await expect(joinValidators(alice, { validator })).rejects.toMatchObject({ reason: 'AlreadyJoined' })
})

test('a fee coin becomes income of a set, and what is earned is claimed', async () => {
  const { rewards, parameters } = alice.deployment
  const token = ZERO_ADDRESS
  const id = await nextSetOf(1n)
  const amount = 1_000_000n
  const { index, position } = await depositEth(alice, { amount, owner: rewards })
  const transaction = toHex(
    encodeTransaction({
      ...{ kind: 'deposit', inboxIndex: index, position },
      output: { type: 'coin', guard: coinGuard(rewards), token, amount: amount as never },
    }),
  )
  const coin = await collectFees(alice, { creator: { transaction, outputIndex: 0 } })
  expect(coin).toMatchObject({ validatorSetId: id, token, amount })
  await nextSetOf(1n)
  await ethereum.passTime(2 * parameters.minFinalizationPeriod)
  await processExits(alice, { token })
  await sweepFees(alice, coin)
  expect(await getRewardsProgress(alice, { token, validatorSetId: id })).toEqual({
    ...{ dividedUpTo: 0n, income: amount, pending: 0n, counted: 0n, nextCheckpoint: 0n },
  })
  const early = tallyParticipation(alice, { validatorSetId: id, from: 1n, to: 1n })
  await expect(early).rejects.toMatchObject({ reason: 'WrongRange' })
  await divideFees(alice, { token, upTo: id })
  const [pool, other] = [
    await getStakePool(alice, { validator }),
    await getStakePool(alice, { validator: second }),
  ]
  const power = pool!.tokens + other!.tokens
  const earned = ((amount * 8n) / 10n) * pool!.tokens
  const due = await getEarned(alice, { validator, delegator, token })
  // Nine tenths of what her shares are of the pool; a wei or two are lost to rounding.
  const exact =
    (earned / power - earned / power / 10n) * (await getStake(alice, { validator, delegator })).shares
  expect(due).toBeGreaterThan(0n)
  expect(exact / pool!.shares - due).toBeLessThan(3n)
  expect(await claimRewards(alice, { validator, token })).toBe(due)
  await expect(claimRewards(alice, { validator, token })).rejects.toMatchObject({ reason: 'NothingToClaim' })
})

/** A set of its own, which needs a change. */
async function nextSetOf(amount: bigint): Promise<bigint> {
  await delegate(alice, { validator: second, amount })
  return (await nextSet(ethereum, alice)).id
}

test('everybody who folds the events knows each pool to the last share, and what its holders want the fees to be', async () => {
  const preference: FeeSchedule = {
    payment: [1_000n, 1n, 1n, 1n],
    item: [2_000n, 2n, 2n, 2n],
    accepted: [true, true, false, false],
    ...{ makerBps: [0, 2, 2], takerBps: [5, 5, 100] },
    ...{ steps: 32, unitsPerStep: 1_000_000_000n, cancels: 256 },
  }
  await setFeePreference(alice, { preference: { ...preference, steps: 7 } })
  await setFeePreference(operator, { preference })
  await setFeePreference(alice, { preference })
  const tooHigh = { ...preference, takerBps: [5, 5, 101] }
  await expect(setFeePreference(alice, { preference: tooHigh })).rejects.toMatchObject({
    reason: 'PreferenceOutOfRange',
  })
  await setFeePreference(operator, { preference: undefined })
  await expect(setFeePreference(operator, { preference: undefined })).rejects.toMatchObject({
    reason: 'NoPreference',
  })

  const stakes = new Stakes()
  const { deployment } = alice
  const reader = await createEventReader({ deployment, urls: [ethereum.url], confirmations: 0 })
  for (let step = await reader.poll(); step.kind === 'advanced'; step = await reader.poll()) {
    const named = step.events.filter(event => event.kind === 'contract')
    const facts = named.flatMap(({ eventName, args, block }) => stakeFactsOf(eventName, args, block.number))
    for (const fact of facts) stakes.add(fact)
  }
  const { pools, preferences } = stakes.at(await ethereum.client.getBlockNumber())
  expect(pools.size).toBe(2)
  for (const [account, { tokens, shares, held }] of pools) {
    expect(await getStakePool(alice, { validator: account })).toMatchObject({ tokens, shares })
    for (const [holder, own] of held) {
      expect((await getStake(alice, { validator: account, delegator: holder })).shares).toBe(own)
    }
  }
  expect([...preferences]).toEqual([[delegator, preference]])
})
