import fc from 'fast-check'
import { hashDomain, hashTypedData } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { expect, test } from 'vitest'
import * as arbitrary from '../test/arbitraries.ts'
import * as protocol from './index.ts'

// viem is an implementation that shares no line with ours.
const { domain } = arbitrary

test('the domain separator is the one viem computes', () => {
  fc.assert(
    fc.property(domain, arbitrary.pay, (chain, pay) => {
      const typed = protocol.payTypedData(pay, chain)
      const separator = hashDomain({
        domain: { ...typed.domain, chainId: chain.chainId },
        types: { EIP712Domain: [...typed.types.EIP712Domain] },
      })
      expect(protocol.domainSeparator(chain)).toBe(separator)
    }),
  )
})

test('a PAY hashes as viem hashes its typed data, also after a trip through JSON', () => {
  fc.assert(
    fc.property(domain, arbitrary.pay, (chain, pay) => {
      const wire = JSON.parse(JSON.stringify(protocol.payTypedData(pay, chain)))
      expect(protocol.payDigest(pay, chain)).toBe(hashTypedData(wire))
      expect(protocol.transactionHash(pay, chain)).toBe(hashTypedData(wire))
    }),
    { numRuns: 60 },
  )
})

test('a MOVE instruction hashes as viem hashes its typed data', () => {
  fc.assert(
    fc.property(domain, arbitrary.move, (chain, move) => {
      const wire = JSON.parse(JSON.stringify(protocol.moveTypedData(move, chain)))
      expect(protocol.instructionHash(move, chain)).toBe(hashTypedData(wire))
    }),
    { numRuns: 40 },
  )
})

test('checkpoints and exit delegations hash as viem hashes them', () => {
  fc.assert(
    fc.property(
      domain,
      arbitrary.hash,
      arbitrary.address,
      arbitrary.address,
      arbitrary.u64,
      (chain, header, owner, delegate, validUntil) => {
        const delegation = { owner, delegate, validUntil }
        const typedDelegation = JSON.parse(JSON.stringify(protocol.exitDelegateTypedData(delegation, chain)))
        const typedCheckpoint = JSON.parse(JSON.stringify(protocol.checkpointTypedData(header, chain)))
        expect(protocol.exitDelegateDigest(delegation, chain)).toBe(hashTypedData(typedDelegation))
        expect(protocol.checkpointDigest(header, chain)).toBe(hashTypedData(typedCheckpoint))
      },
    ),
  )
})

test('the claim of a signing key hashes as viem hashes it, and differs for each account, key and chain', () => {
  fc.assert(
    fc.property(domain, arbitrary.address, arbitrary.address, (chain, validator, signer) => {
      const claim = { validator, signer }
      const digest = protocol.signingKeyDigest(claim, chain)
      const wire = JSON.parse(JSON.stringify(protocol.signingKeyTypedData(claim, chain)))
      expect(digest).toBe(hashTypedData(wire))
      const forked = { ...chain, chainId: chain.chainId + 1n }
      expect(protocol.signingKeyDigest(claim, forked)).not.toBe(digest)
      if (validator === signer) return
      const swapped = { validator: signer, signer: validator }
      expect(protocol.signingKeyDigest(swapped, chain)).not.toBe(digest)
    }),
  )
})

test('a wallet that signs the typed data signs our digest', async () => {
  await fc.assert(
    fc.asyncProperty(arbitrary.privateKey, domain, arbitrary.pay, async (key, chain, pay) => {
      const account = privateKeyToAccount(key)
      const signature = await account.signTypedData(
        JSON.parse(JSON.stringify(protocol.payTypedData(pay, chain))),
      )
      const digest = protocol.payDigest(pay, chain)
      expect(protocol.signDigest(digest, key)).toBe(signature)
      expect(protocol.recoverSigner(digest, signature)).toEqual({
        ok: true,
        value: account.address.toLowerCase(),
      })
    }),
    { numRuns: 10 },
  )
})

test('no two chains share a transaction hash', () => {
  fc.assert(
    fc.property(arbitrary.signedTransaction, domain, ({ transaction }, chain) => {
      const forked = { ...chain, chainId: chain.chainId + 1n }
      const moved = { ...chain, verifyingContract: protocol.address(`0x${'5a'.repeat(20)}`) }
      const hashes = [chain, forked, moved].map(each => protocol.transactionHash(transaction, each))
      expect(new Set(hashes).size).toBe(3)
    }),
    { numRuns: 40 },
  )
})
