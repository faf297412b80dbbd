import { address, hash, recoverSigner, unwrap } from '@omg/protocol'
import type { RootChain } from '@omg/rootchain'
import { domainSeparator, hashTypedData, type TypedDataDomain } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, it } from 'vitest'
import { deployment, USD } from '../../test/fakeNode.ts'
import { PERMIT_SECONDS, signPermit, signPermit2 } from './permit.ts'

const account = privateKeyToAccount(`0x${'07'.repeat(32)}`)
const PERMIT2 = address(`0x${'22'.repeat(20)}`)
const NOW = 1_000n
const NONCE = 5n
const deposit = { token: USD, amount: 30n }
const named = { name: 'Dollar', chainId: deployment.chainId, verifyingContract: USD }

/** Ethereum with one token, which answers what `answers` has and reverts on all else. */
function rootChain(answers: Record<string, unknown>): RootChain {
  return {
    deployment,
    sender: undefined,
    ethereum: {
      getBlock: async () => ({ timestamp: NOW }),
      async readContract({ functionName }: { functionName: string }) {
        if (functionName in answers) return answers[functionName]
        throw new Error(`${functionName} reverted`)
      },
    },
  } as unknown as RootChain
}

const token = (domain: TypedDataDomain, answers: Record<string, unknown> = {}) =>
  rootChain({ name: 'Dollar', nonces: NONCE, DOMAIN_SEPARATOR: domainSeparator({ domain }), ...answers })

const PERMIT = {
  primaryType: 'Permit',
  types: {
    Permit: ['address owner', 'address spender', 'uint256 value', 'uint256 nonce', 'uint256 deadline'].map(
      field => ({ type: field.split(' ')[0]!, name: field.split(' ')[1]! }),
    ),
  },
} as const

describe('a permit of the token', () => {
  it.each([
    ['with a version', { ...named, version: '2' }, { version: '2' }],
    ['without a version() but with version 1', { ...named, version: '1' }, {}],
    ['whose version() is not in its domain', { ...named, version: '1' }, { version: '3' }],
    ['whose domain has no version', named, {}],
  ])('%s is signed for the vault, for exactly the deposit', async (_, domain, answers) => {
    const { deadline, signature } = await signPermit(account, token(domain, answers), deposit)
    expect(deadline).toBe(NOW + PERMIT_SECONDS)
    const message = {
      owner: account.address,
      spender: deployment.erc20Vault,
      value: 30n,
      nonce: NONCE,
      deadline,
    }
    const digest = hash(hashTypedData({ ...PERMIT, domain, message }))
    expect(unwrap(recoverSigner(digest, signature))).toBe(address(account.address))
  })

  it.each([
    ['of another domain', token({ ...named, name: 'Another', version: '1' })],
    ['without nonces', rootChain({ name: 'Dollar', DOMAIN_SEPARATOR: domainSeparator({ domain: named }) })],
    ['without a domain', rootChain({ name: 'Dollar', nonces: NONCE })],
    ['without a name', rootChain({ nonces: NONCE, DOMAIN_SEPARATOR: domainSeparator({ domain: named }) })],
  ])('%s is not signed', async (_, chain) => {
    await expect(signPermit(account, chain, deposit)).rejects.toMatchObject({ code: 'deposit.no_permit' })
  })
})

describe('a Permit2 transfer', () => {
  it('has another nonce each time', async () => {
    const chain = rootChain({ permit2: PERMIT2 })
    const [one, two] = [
      await signPermit2(account, chain, deposit),
      await signPermit2(account, chain, deposit),
    ]
    expect(one.nonce).not.toBe(two.nonce)
    expect(one.deadline).toBe(NOW + PERMIT_SECONDS)
  })

  it('needs a Permit2 that the vault knows', async () => {
    const chain = rootChain({ permit2: `0x${'00'.repeat(20)}` })
    await expect(signPermit2(account, chain, deposit)).rejects.toMatchObject({ code: 'deposit.no_permit' })
  })
})
