import { expect, test } from 'vitest'
import * as protocol from './index.ts'

const domain = { chainId: 31337n, verifyingContract: protocol.address(`0x${'5A'.repeat(20)}`) }

test('a chain id names the deployment in the 50 characters that CometBFT takes, whatever case the address came in', () => {
  const id = protocol.consensusChainId(domain)
  expect(id).toBe(`omg-${protocol.domainSeparator(domain).slice(2, 42)}`)
  expect(id.length).toBeLessThanOrEqual(protocol.MAX_CONSENSUS_CHAIN_ID)
  expect(id).toMatch(/^omg-[0-9a-f]{40}$/)
  const elsewhere = [
    { ...domain, chainId: 1n },
    { ...domain, verifyingContract: protocol.ZERO_ADDRESS },
  ]
  for (const other of elsewhere) expect(protocol.consensusChainId(other)).not.toBe(id)
})
