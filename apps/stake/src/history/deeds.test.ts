import type { Address } from '@omg/protocol'
import type { StakeEvent } from '@omg/rootchain'
import { expect, test } from 'vitest'
import { activityOf, deedsOf } from './deeds.ts'

const account = (digit: string) => `0x${digit.repeat(40)}` as Address
const [anna, bert, dora] = [account('a'), account('b'), account('d')]
const OMG = 10n ** 18n

let logIndex = 0
/** An event as Ethereum tells it: addresses with capitals, in its order. */
const event = (eventName: string, args: object, blockTimestamp?: bigint) =>
  ({
    eventName,
    args,
    blockNumber: 7n,
    blockTimestamp,
    transactionHash: '0x1',
    logIndex: logIndex++,
  }) as unknown as StakeEvent
const capital = (of: Address) => of.replaceAll(/[a-f]/g, digit => digit.toUpperCase()) as Address

const events = [
  event(
    'Delegated',
    { validator: capital(anna), delegator: capital(dora), amount: 5n * OMG, shares: 5n },
    100n,
  ),
  event('Delegated', { validator: anna, delegator: bert, amount: OMG, shares: 1n }),
  event('Slashed', {
    validator: capital(anna),
    validatorSetId: 3n,
    bps: 500,
    amount: 55n * OMG,
    prover: bert,
  }),
  event('Jailed', { validator: anna, until: 9n }),
  event('Redelegated', {
    from: anna,
    to: bert,
    delegator: dora,
    amount: 2n * OMG,
    sharesFrom: 2n,
    sharesTo: 2n,
  }),
  event('DowntimeConcluded', { validator: bert, signer: bert, from: 1n, jailed: false }),
  event('CommissionSet', { validator: anna, bps: 1 }),
]

test('offences are told with whom they hit and what they cost, the newest first', () => {
  expect(deedsOf(events).map(({ validator, title, look }) => [validator, title, look])).toEqual([
    [bert, 'was not down', 'good'],
    [anna, 'jailed', 'bad'],
    [anna, 'slashed', 'bad'],
  ])
  expect(deedsOf(events)[2]!.text).toBe('5.00 % of all that answered for set 3: 55 OMG')
})

test('an account is told what it did itself, and when', () => {
  const found = activityOf(events, dora)
  expect(found.map(({ validator, title, text }) => [validator, title, text])).toEqual([
    [bert, 'moved', '2 OMG, from 0xaaaaaa…'],
    [anna, 'staked', '5 OMG'],
  ])
  expect(found.map(({ time, block }) => [time, block])).toEqual([
    [undefined, 7n],
    [100n, 7n],
  ])
  expect(new Set(found.map(({ key }) => key)).size).toBe(2)
})
