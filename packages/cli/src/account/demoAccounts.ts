import type { Address, Hex } from '@omg/protocol'
import { mnemonicToAccount } from 'viem/accounts'

/**
 * The public test mnemonic of anvil and hardhat. Everybody knows these keys: they are for a devnet on one's own
 * machine, and nothing of value may ever be sent to them.
 */
const TEST_MNEMONIC = 'test test test test test test test test test test test junk'

/** Who uses which key of the test mnemonic on a devnet. */
const ROLES = {
  operator: 0,
  alice: 1,
  bob: 2,
  carol: 3,
  dave: 4,
  mallory: 5,
  faucet: 6,
  crowd: 7,
  keeper: 8,
  watcher: 9,
} as const

export type DemoRole = keyof typeof ROLES

export interface DemoAccount {
  name: DemoRole
  address: Address
}

/** The people of the demo, without the accounts of programs. */
export function demoAccounts(): DemoAccount[] {
  const people: DemoRole[] = ['alice', 'bob', 'carol', 'dave', 'mallory']
  return people.map(name => ({ name, address: demoAddress(name) }))
}

export function demoAddress(name: DemoRole): Address {
  return mnemonicToAccount(TEST_MNEMONIC, { addressIndex: ROLES[name] }).address.toLowerCase() as Address
}

/** The private key of a demo account. */
export function demoKey(name: string): Hex {
  return keyAt(ROLES[name as DemoRole])
}

/** The keys of the validators after the first begin here. */
const FIRST_VALIDATOR_INDEX = 3_000

/** The key of a validator of the devnet, counted from 1; the first is the operator. */
export function validatorKey(place: number): Hex {
  return place === 1 ? demoKey('operator') : keyAt(FIRST_VALIDATOR_INDEX + place)
}

/** The keys of the crowd begin here. */
const FIRST_CROWD_INDEX = 1_000
const FIRST_CROWD_AGENT_INDEX = 2_000

/** The key of a trader of the crowd, or of the agent that trades for her. */
export function crowdKey(place: number, whose: 'owner' | 'agent'): Hex {
  return keyAt((whose === 'owner' ? FIRST_CROWD_INDEX : FIRST_CROWD_AGENT_INDEX) + place)
}

function keyAt(addressIndex: number): Hex {
  const key = mnemonicToAccount(TEST_MNEMONIC, { addressIndex }).getHdKey().privateKey
  if (key === null) throw new Error('a mnemonic account without a private key')
  return `0x${Buffer.from(key).toString('hex')}`
}
