import { getCheckpoint, getInFlight, getLastCheckpoint, isSpent } from '@omg/rootchain'
import type { Client } from '../client.ts'
import { Fields } from '../node/decode.ts'
import type { Payment } from './payment.ts'

/** How long a payment may wait for its inclusion, in seconds, unless the payer says otherwise: see {@link validUntil}. */
export const VALID_FOR_SECONDS = 1_800n
/** Greatest ages of an origin for which a payment stays valid beyond that: a stop of the network that long, and the wait for a renewal. */
const RENEWAL_AGES = 2n

/**
 * The time that `validUntil` counts from, in seconds. Payments expire by Ethereum's clock (R7), so it is asked first; a
 * client without Ethereum takes the chain's.
 */
export async function chainTime(client: Client): Promise<bigint> {
  try {
    const { ethereum } = await client.rootChain()
    return (await ethereum.getBlock()).timestamp
  } catch {
    const status = new Fields(await client.node.request('omg_status', {}), 'status')
    return status.integer('time')
  }
}

/**
 * Until when a payment that is signed now is valid, in seconds of Ethereum's clock, or `validFor` from now. By default half an hour, and
 * twice the greatest age of an origin: a checkpoint that missed Ethereum is renewed at once if everything in it is still valid as of its later
 * origin (R7), and shorter-lived payments would let it wait. A client without Ethereum leaves the half hour.
 */
export async function validUntil(client: Client, validFor?: bigint): Promise<bigint> {
  const [time, seconds] = await Promise.all([chainTime(client), validFor ?? validity(client)])
  return time + seconds
}

async function validity(client: Client): Promise<bigint> {
  try {
    const { maxOriginAgeBlocks, secondsPerBlock } = (await client.rootChain()).deployment.parameters
    return VALID_FOR_SECONDS + RENEWAL_AGES * BigInt(maxOriginAgeBlocks * secondsPerBlock)
  } catch {
    return VALID_FOR_SECONDS
  }
}

/**
 * Whether a payment that no block holds can never count any more (R7). Ethereum does not know the time of an origin and
 * takes an inclusion for timely up to the greatest age of an origin after `validUntil`; so long even validators who break
 * the rule could still have it paid. Once a checkpoint was accepted after that, none can: of those behind a long pause the first with a
 * later origin than they have, because in them counts what was alive when the pause began. Only then may the same coins be
 * spent by another payment (A17).
 */
export async function isDead(client: Client, end: bigint): Promise<boolean> {
  const rootChain = await client.rootChain()
  const { maxOriginAgeBlocks, secondsPerBlock } = rootChain.deployment.parameters
  const checkpoint = await getCheckpoint(rootChain, { number: await getLastCheckpoint(rootChain) })
  return (
    checkpoint !== undefined && checkpoint.timelyFrom > end + BigInt(maxOriginAgeBlocks * secondsPerBlock)
  )
}

/**
 * Whether Ethereum takes a payment that no block holds for a spend of its inputs: its in-flight exit started while it was alive, and it is
 * not void. Another payment of the same coins would be its rival, and then neither is paid (A16). An exit that starts after its
 * death says nothing about the inputs (A17).
 */
export async function countsInFlight(
  client: Client,
  { hash: txHash, inputs }: Pick<Payment, 'hash' | 'inputs'>,
): Promise<boolean> {
  const rootChain = await client.rootChain()
  const inFlight = await getInFlight(rootChain, { txHash })
  if (inFlight === undefined || inFlight.verdict === 'void') return false
  const spent = await Promise.all(inputs.map(id => isSpent(rootChain, { id })))
  return spent.includes(true)
}
