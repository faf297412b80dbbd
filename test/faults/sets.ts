import { type Address, decodeHeader, fromHex, type Hex, unwrap } from '@omg/protocol'
import { domainOf, getValidatorSet, proveSigningKey, setSigner } from '@omg/rootchain'
import { rootChainOf, testAccount, testPrivateKey } from '@omg/rootchain/testing'
import { FaultKeeper } from './keeper.ts'
import type { Load } from './load.ts'
import type { FaultNetwork } from './network.ts'
import { TWO_HEADERS } from './offences.ts'
import type { FaultCase, Offender } from './outcome.ts'

/** The account that asks Ethereum here. */
const READER = 0
/** Who changes her key, and the test account that has the new one. */
const ROTATING = 0
const NEW_KEY = 17

interface Checkpoint {
  readonly header: Hex
  /** In seconds; null until Ethereum has it. */
  readonly acceptedTime: string | null
  readonly signatures: readonly { readonly validator: Address }[]
}

/** Whoever lost her stake is in no further set, on Ethereum, in the headers and in CometBFT; the others go on. */
export const SET_WITHOUT: FaultCase = {
  name: 'the set after a slash is without her',
  apart: true,
  async run(network, load, found) {
    let offender: Offender | undefined
    await TWO_HEADERS.run(network, load, proven => {
      offender = proven
    })
    const before = await membersOf(network, '1')
    const { members, overlap } = await publishNext(network, load)
    const gone = before.filter(address => !members.includes(address))
    const isTold = gone.length === 1 && offender?.found.startsWith(`validator ${placeOf(network, gone[0]!)},`)
    if (!isTold) throw new Error(`${gone.join(', ') || 'nobody'} is not in the set after: ${offender?.found}`)
    found({ ...offender, found: `${offender!.found}; not in set 2, ${overlap}` })
  },
}

/** A validator signs with another key from the next set on, and restarts with it when that is published. */
export const ROTATED_KEY: FaultCase = {
  name: 'one changes her key',
  apart: true,
  async run(network, load, found) {
    const { ethereum, deployment } = network
    const rootChain = rootChainOf(ethereum, deployment, network.accountOf(ROTATING))
    const key = testAccount(NEW_KEY)
    const proof = await proveSigningKey(key, network.addressOf(ROTATING), domainOf(deployment))
    await setSigner(rootChain, { key: proof })
    const { members, overlap } = await publishNext(network, load)
    const address = key.address.toLowerCase() as Address
    if (!members.includes(address)) throw new Error(`set 2 is ${members.join(', ')}, without ${address}`)
    await network.kill([ROTATING], 'SIGTERM')
    await network.start(ROTATING, undefined, { OMG_VALIDATOR_KEY: testPrivateKey(NEW_KEY) })
    const number = await acceptedWhere(network, ({ signatures }) =>
      signatures.some(({ validator }) => validator === address),
    )
    await load.more(8)
    found({ found: `her new key signs since checkpoint ${number}; ${overlap}` })
  },
}

/**
 * A keeper publishes the set that follows from stake and keys; blocks name it, CometBFT has it, it signs a checkpoint that Ethereum takes.
 * Before that Ethereum has taken one that the old set signed, although the new one stood.
 */
async function publishNext(
  network: FaultNetwork,
  load: Load,
): Promise<{ readonly members: readonly Address[]; readonly overlap: string }> {
  const { ethereum, deployment } = network
  const reader = rootChainOf(ethereum, deployment, READER)
  await ethereum.passTime(deployment.parameters.epoch)
  const keeper = new FaultKeeper(network, 'sets')
  try {
    await network.until(async () => {
      await keeper.round()
      return keeper.published !== undefined
    }, 'the next set is published')
  } finally {
    keeper.close()
  }
  const { publishedAt } = (await getValidatorSet(reader))!
  const first = await acceptedWhere(network, checkpoint => setOf(checkpoint) === 2n)
  const last = await checkpointOf(network, first - 1n)
  if (setOf(last!) !== 1n || BigInt(last!.acceptedTime!) <= publishedAt)
    throw new Error(`checkpoint ${first - 1n} was not accepted under set 1 while set 2 stood`)
  const members = await membersOf(network, '2')
  await network.until(async () => {
    const engine = await engineMembers(network)
    return engine.length === members.length && engine.every(address => members.includes(address))
  }, 'CometBFT has the next set')
  await load.more(8)
  return { members, overlap: `checkpoint ${first - 1n} of set 1 accepted after it` }
}

/** The first checkpoint of which something is so, once Ethereum has it. */
async function acceptedWhere(
  network: FaultNetwork,
  isSo: (checkpoint: Checkpoint) => boolean,
): Promise<bigint> {
  let number = 1n
  await network.until(async () => {
    for (;;) {
      const checkpoint = await checkpointOf(network, number)
      if (!checkpoint?.acceptedTime) return false
      if (isSo(checkpoint)) return true
      number++
    }
  }, 'Ethereum accepts such a checkpoint')
  return number
}

async function checkpointOf(network: FaultNetwork, number: bigint): Promise<Checkpoint | undefined> {
  const { result } = await network.answer<Checkpoint>(1, 'omg_getCheckpoint', { number: String(number) })
  return result
}

function setOf({ header }: Checkpoint): bigint {
  return unwrap(decodeHeader(fromHex(header))).validatorSetId
}

async function membersOf(network: FaultNetwork, id: string): Promise<Address[]> {
  const { result } = await network.answer<{ validators: { address: Address }[] }>(1, 'omg_getValidators', {
    id,
  })
  return result!.validators.map(({ address }) => address)
}

/** Who votes, as CometBFT itself says. */
async function engineMembers(network: FaultNetwork): Promise<Address[]> {
  const { rpc } = (await network.status(1))!.engine.network!
  const answer = await fetch(`http://${rpc}/validators?per_page=100`)
  const { result } = (await answer.json()) as { result: { validators: { address: string }[] } }
  return result.validators.map(({ address }) => `0x${address.toLowerCase()}` as Address)
}

function placeOf(network: FaultNetwork, address: Address): number | undefined {
  return network.all.find(i => network.addressOf(i) === address)
}
