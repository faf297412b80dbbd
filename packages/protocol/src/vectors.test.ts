import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type vectors, vectorsText } from '../vectors/generate.ts'
import type { InvalidVector } from '../vectors/invalid.ts'
import * as protocol from './index.ts'
import { type Address, fromHex, type Hash, type Hex, type Result, toHex, unwrap } from './index.ts'

const text = readFileSync(new URL('../vectors/protocol.vectors.json', import.meta.url), 'utf8')
const file = JSON.parse(text) as ReturnType<typeof vectors>
const domain: protocol.Domain = {
  chainId: BigInt(file.domains[0]!.chainId),
  verifyingContract: file.domains[0]!.verifyingContract,
}

const DECODERS: Record<InvalidVector['decoder'], (bytes: Uint8Array) => Result<unknown>> = {
  output: protocol.decodeOutput,
  position: protocol.decodePosition,
  transaction: protocol.decodeTransaction,
  signedTransaction: protocol.decodeSignedTransaction,
  instruction: protocol.decodeInstruction,
  witness: protocol.decodeWitness,
  orderTerms: protocol.decodeOrderTerms,
  swapTerms: protocol.decodeSwapTerms,
  marketTerms: protocol.decodeMarketTerms,
  proof: protocol.decodeProof,
  header: protocol.decodeHeader,
}

test('the file is what the generator writes', () => {
  expect(text).toBe(vectorsText())
})

test('every error code of a decoder is in the file', () => {
  const covered = new Set(file.invalid.map(vector => vector.code))
  const elsewhere = ['encoding.hex', 'lanes.overflow']
  expect([...covered, ...elsewhere].sort()).toEqual(Object.keys(protocol.PROTOCOL_ERRORS).sort())
})

describe('the vectors decode and hash as the file says', () => {
  test.each(file.outputs)('output: $name', vector => {
    const output = unwrap(protocol.decodeOutput(fromHex(vector.bytes)))
    expect(protocol.OutputType[output.type].toString()).toBe(vector.outputType)
    expect([output.guard, output.token, output.amount]).toEqual([
      vector.guard,
      vector.token,
      BigInt(vector.amount),
    ])
  })

  test.each(file.positions)('position: $name', vector => {
    const position = unwrap(protocol.decodePosition(fromHex(vector.bytes)))
    expect(position).toBe(BigInt(vector.value))
    const { checkpoint, ...parts } = protocol.parsePosition(position)
    expect(checkpoint).toBe(BigInt(vector.checkpoint))
    expect(parts).toEqual({
      sequence: Number(vector.sequence),
      shard: Number(vector.shard),
      index: Number(vector.index),
      output: Number(vector.output),
    })
  })

  test.each(file.transactions)('transaction: $name', vector => {
    const { transaction, witness } = unwrap(protocol.decodeSignedTransaction(fromHex(vector.signed)))
    expect(toHex(protocol.encodeTransaction(transaction))).toBe(vector.bytes)
    expect(protocol.transactionHash(transaction, domain)).toBe(vector.hash)
    expect(protocol.transactionHash(transaction, { ...domain, chainId: 1n })).toBe(vector.otherHash)
    expect(protocol.witnessHash(witness)).toBe(vector.witnessHash)
  })

  test.each(file.instructions)('instruction: $name', vector => {
    const bytes = fromHex(vector.bytes)
    const signed = unwrap(protocol.decodeInstruction(bytes))
    expect(protocol.instructionHash(signed.instruction, domain)).toBe(vector.instructionHash)
    expect(protocol.isInstruction(bytes)).toBe(true)
    expect(protocol.decodeSignedTransaction(bytes).ok).toBe(false)
  })

  test.each(file.orderTerms)('order terms: $name', vector => {
    expect(protocol.orderGuard(unwrap(protocol.decodeOrderTerms(fromHex(vector.bytes))))).toBe(vector.guard)
  })

  test.each(file.swapTerms)('swap terms: $name', vector => {
    expect(protocol.swapGuard(unwrap(protocol.decodeSwapTerms(fromHex(vector.bytes))))).toBe(vector.guard)
  })

  test.each(file.markets)('market: $name', vector => {
    expect(protocol.marketId(unwrap(protocol.decodeMarketTerms(fromHex(vector.bytes))))).toBe(vector.id)
  })

  test.each(file.headers)('header: $name', vector => {
    const header = unwrap(protocol.decodeHeader(fromHex(vector.bytes)))
    expect(protocol.headerHash(header)).toBe(vector.hash)
    expect(protocol.checkpointDigest(vector.hash, domain)).toBe(vector.digest)
  })

  test.each(file.renewals)('renewal: $name', vector => {
    const [header, next] = [vector.header, vector.next].map(bytes => {
      return protocol.renewableOf(unwrap(protocol.decodeHeader(fromHex(bytes))))
    })
    const age = BigInt(vector.maxOriginAgeBlocks)
    expect(header!.content).toBe(vector.content)
    expect(protocol.isRenewal(header!, next!, age)).toBe(vector.renews)
    expect(protocol.isRenewal(next!, header!, age)).toBe(false)
  })

  test.each(file.proofs)('proof: $name', vector => {
    const proof = unwrap(protocol.decodeProof(fromHex(vector.proof)))
    const root = { hash: vector.root as Hash, lanes: BigInt(vector.rootLanes) }
    const leaf = { hash: vector.leaf as Hash, lanes: BigInt(vector.leafLanes) }
    expect(protocol.verifyProof({ root, leaf, proof, path: Number(vector.path) })).toBe(vector.valid)
  })

  test.each(file.signingKeys)('signing key: $name', ({ validator, signer, digest, signature }) => {
    const claim = { validator: validator as Address, signer: signer as Address }
    expect(protocol.signingKeyDigest(claim, domain)).toBe(digest)
    expect(protocol.recoverSigner(digest as Hash, signature as Hex)).toEqual({ ok: true, value: signer })
  })

  test.each(file.signatures)('signature: $name', vector => {
    const signer = protocol.recoverSigner(vector.digest as Hash, vector.signature as Hex)
    expect(signer).toEqual({ ok: true, value: vector.signer as Address })
  })

  test.each(file.invalid)('refused: $name', vector => {
    const decoded = DECODERS[vector.decoder](fromHex(vector.bytes))
    expect(decoded.ok ? 'accepted' : decoded.error.code).toBe(vector.code)
  })
})
