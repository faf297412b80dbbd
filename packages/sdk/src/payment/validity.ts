import { getCheckpoint, getLastCheckpoint } from '@omg/rootchain'
import type { Client } from '../client.ts'
import { Fields } from '../node/decode.ts'

/** How long a payment may wait for its inclusion, in seconds, unless the payer says otherwise. */
export const VALID_FOR_SECONDS = 1_800n

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
 * Whether a payment that no block holds can never be included any more: an accepted checkpoint has an origin after its
 * `validUntil`, so every later block has too (R7). Only then may the same coins be spent by another payment.
 */
export async function isDead(client: Client, validUntil: bigint): Promise<boolean> {
  const rootChain = await client.rootChain()
  const checkpoint = await getCheckpoint(rootChain, { number: await getLastCheckpoint(rootChain) })
  if (!checkpoint) return false
  const { timestamp } = await rootChain.ethereum.getBlock({ blockNumber: checkpoint.origin })
  return timestamp > validUntil
}
