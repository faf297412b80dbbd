import { expect, test } from 'vitest'
import type { Client } from '../client.ts'
import { isDead, VALID_FOR_SECONDS, validUntil } from './validity.ts'

const NOW = 5_000n

/** A client that knows contracts with these parameters, or none. */
function clientWith(parameters?: { maxOriginAgeBlocks: number; secondsPerBlock: number }): Client {
  const rootChain = async () => {
    if (!parameters) throw new Error('no Ethereum')
    return { deployment: { parameters }, ethereum: { getBlock: async () => ({ timestamp: NOW }) } }
  }
  const node = { request: async () => ({ time: String(NOW) }) }
  return { rootChain, node } as unknown as Client
}

test('R7: by default a payment outlives a stop as long as an origin may be old, and the wait for a renewal', async () => {
  const mainnet = clientWith({ maxOriginAgeBlocks: 300, secondsPerBlock: 12 })
  expect(await validUntil(mainnet)).toBe(NOW + 2n * 3_600n + VALID_FOR_SECONDS)
  expect(await validUntil(mainnet, 60n)).toBe(NOW + 60n)
  expect(await validUntil(clientWith())).toBe(NOW + VALID_FOR_SECONDS)
})

/** A client whose Ethereum has taken one checkpoint. */
function clientAfter(acceptedAt: bigint, timelyFrom = acceptedAt): Client {
  const record = {
    ...{ headerHash: `0x${'11'.repeat(32)}`, acceptedAt, timelyFrom, origin: 1n, lastNonDA: 1n },
    ...{ validatorSetId: 1n, flags: timelyFrom === acceptedAt ? 0 : 2, signers: 1n },
  }
  const readContract = async ({ functionName }: { functionName: string }) =>
    functionName === 'lastCheckpoint' ? 1n : record
  const deployment = { parameters: { maxOriginAgeBlocks: 300, secondsPerBlock: 12 } }
  const rootChain = async () => ({ deployment, ethereum: { readContract } })
  return { rootChain } as unknown as Client
}

test('A17: a payment is given up for good when Ethereum has taken a checkpoint in which it could not count any more, pauses included', async () => {
  expect(await isDead(clientAfter(NOW + 3_600n), NOW)).toBe(false)
  expect(await isDead(clientAfter(NOW + 3_601n), NOW)).toBe(true)
  // Behind a pause that began while it was alive, another checkpoint with the same origin may still hold it.
  expect(await isDead(clientAfter(NOW + 90_000n, NOW + 3_600n), NOW)).toBe(false)
  expect(await isDead(clientAfter(NOW + 90_000n, NOW + 3_601n), NOW)).toBe(true)
})
