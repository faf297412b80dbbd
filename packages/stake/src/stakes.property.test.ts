import type { Address } from '@omg/protocol'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type StakeFact, stakeFactsOf } from './fact.ts'
import { Stakes } from './stakes.ts'
import { preferences } from './votes.fixture.ts'

const account = (n: number) => `0x${n.toString(16).padStart(40, '0')}` as Address
const validators = fc.integer({ min: 1, max: 3 }).map(account)
const holders = fc.integer({ min: 1, max: 8 }).map(account)
const amounts = fc.bigInt(1n, 10n ** 24n)

/** What cannot be refused: shares at one token each, which all come and none go. */
const stakings = fc
  .record({ validator: validators, holder: holders, amount: amounts })
  .map(({ validator, holder, amount }): StakeFact => {
    return { kind: 'staked', block: 1n, validator, holder, amount, shares: amount }
  })
const votings = fc
  .tuple(holders, preferences)
  .map(([holder, preference]): StakeFact => ({ kind: 'preferred', block: 1n, account: holder, preference }))

const previous = fc.sample(preferences, { numRuns: 1, seed: 1 })[0]!

describe('stakes', () => {
  test('any order of what happened comes to one schedule, and a pool votes with exactly its tokens', () => {
    const oneVoteEach = fc.uniqueArray(votings, {
      selector: fact => (fact.kind === 'preferred' ? fact.account : ''),
      maxLength: 6,
    })
    fc.assert(
      fc.property(fc.array(stakings, { maxLength: 12 }), oneVoteEach, (staked, voted) => {
        const facts = [...staked, ...voted]
        const view = new Stakes(facts).at(1n)
        const total = [...view.pools.values()].reduce((sum, { tokens }) => sum + tokens, 0n)
        expect(view.ballots().reduce((sum, { weight }) => sum + weight, 0n)).toBe(total)
        expect(new Stakes(facts.toReversed()).at(1n).next(previous)).toEqual(view.next(previous))
      }),
    )
  })

  test('an answer is as of its origin, whatever was asked and learnt before', () => {
    const dated = fc.array(fc.tuple(fc.oneof(stakings, votings), fc.bigInt(0n, 3n)), { maxLength: 12 })
    const asked = fc.array(fc.bigInt(1n, 40n), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(dated, asked, (steps, origins) => {
        let block = 1n
        const facts = steps.map(([fact, gap]): StakeFact => {
          block += gap
          return { ...fact, block }
        })
        const stakes = new Stakes()
        const learnt = facts.map(fact => () => stakes.add(fact))
        for (const [i, origin] of origins.entries()) {
          for (const learn of learnt.splice(0, i === 0 ? 4 : 3)) learn()
          const known = facts.slice(0, facts.length - learnt.length)
          const expected = new Stakes(known.filter(fact => fact.block <= origin)).at(origin)
          expect(stakes.at(origin).ballots()).toEqual(expected.ballots())
        }
      }),
    )
  })

  const [val, other, alice, bob] = [account(1), account(2), account(11), account(12)]
  const [low, high] = fc.sample(preferences, { numRuns: 2, seed: 7 })
  const delegated = (delegator: Address, amount: bigint, validator = val) =>
    stakeFactsOf('Delegated', { validator, delegator, amount, shares: amount }, 1n)
  const voted = (who: Address, preference: unknown) => {
    const { accepted, ...rest } = preference as typeof previous
    const bits = accepted.reduce((sum, is, lane) => sum | (is ? 1 << lane : 0), 0)
    return stakeFactsOf('PreferenceSet', { account: who, preference: { ...rest, accepted: bits } }, 2n)
  }

  test('a delegator without a preference follows her validator; with one it counts for her stake', () => {
    const facts = [
      ...delegated(val, 100n),
      ...delegated(alice, 60n),
      ...delegated(bob, 40n),
      ...voted(val, low),
    ]
    expect(new Stakes(facts).at(2n).ballots()).toEqual([{ weight: 200n, preference: low }])
    const overridden = [...facts, ...voted(alice, high)]
    expect(new Stakes(overridden).at(2n).ballots()).toEqual([
      { weight: 60n, preference: high },
      { weight: 140n, preference: low },
    ])
    const cleared = [...overridden, ...stakeFactsOf('PreferenceCleared', { account: alice }, 3n)]
    expect(new Stakes(cleared).at(3n).ballots()).toEqual([{ weight: 200n, preference: low }])
    expect(new Stakes(cleared).at(1n).ballots()).toEqual([{ weight: 200n, preference: undefined }])
  })

  test('a slashed pool weighs less for everybody in it, redelegated stake weighs where it is now', () => {
    const stakes = new Stakes([
      ...delegated(val, 100n),
      ...delegated(alice, 300n),
      ...delegated(other, 50n, other),
    ])
    for (const fact of [
      ...voted(alice, high),
      ...stakeFactsOf('Slashed', { validator: val, amount: 200n }, 3n),
    ])
      stakes.add(fact)
    expect(stakes.at(3n).ballots()).toEqual([
      { weight: 150n, preference: high },
      { weight: 50n, preference: undefined },
      { weight: 50n, preference: undefined },
    ])
    const moved = { from: val, to: other, delegator: alice, amount: 150n, sharesFrom: 300n, sharesTo: 150n }
    for (const fact of stakeFactsOf('Redelegated', moved, 4n)) stakes.add(fact)
    expect(stakes.at(4n).ballots()).toEqual([
      { weight: 50n, preference: undefined },
      { weight: 150n, preference: high },
      { weight: 50n, preference: undefined },
    ])
  })

  test('stake that is slashed for the validator it came from weighs less where it is, for its holder alone', () => {
    const moved = [...delegated(alice, 300n, other), ...delegated(other, 50n, other), ...voted(alice, high)]
    const args = { from: val, to: other, delegator: alice, amount: 100n, shares: 100n }
    const slashed = stakeFactsOf('RedelegationSlashed', args, 3n)
    expect(new Stakes([...moved, ...slashed]).at(3n).ballots()).toEqual([
      { weight: 200n, preference: high },
      { weight: 50n, preference: undefined },
    ])
  })

  test('a pool that was slashed to nothing has no vote, and who stakes after it has the whole', () => {
    const gone = [...delegated(alice, 10n), ...stakeFactsOf('Slashed', { validator: val, amount: 10n }, 2n)]
    expect(new Stakes(gone).at(2n).ballots()).toEqual([])
    const anew = [
      ...gone,
      ...stakeFactsOf('Delegated', { validator: val, delegator: bob, amount: 7n, shares: 7n }, 3n),
    ]
    const late = stakeFactsOf(
      'Undelegated',
      { validator: val, delegator: alice, amount: 0n, shares: 10n },
      4n,
    )
    expect(new Stakes([...anew, ...late]).at(4n).ballots()).toEqual([{ weight: 7n, preference: undefined }])
  })

  test('what the contract would have refused counts for nothing, and other events mean nothing', () => {
    expect(voted(alice, { ...low, takerBps: [101, 0, 0] })).toEqual([])
    expect(voted(alice, { ...low, accepted: [false, false, false, false] })).toEqual([])
    expect(stakeFactsOf('CommissionSet', {}, 1n)).toEqual([])
  })
})
