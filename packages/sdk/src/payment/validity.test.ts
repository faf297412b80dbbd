import { expect, test } from 'vitest'
import type { Client } from '../client.ts'
import { VALID_FOR_SECONDS, validUntil } from './validity.ts'

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
