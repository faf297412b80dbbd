import { type Header, hash } from '@omg/protocol'
import { type Hex, toBytes, toHex } from 'viem'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  BLOB_GAS,
  type BlobSidecar,
  bumpFees,
  defaultFeeStrategy,
  devnetParameters,
  getCheckpoint,
  getLastCheckpoint,
  type RootChain,
  submitCheckpoint,
  versionedHash,
} from '../src/index.ts'
import { createKzg } from '../src/send/kzg.ts'
import { type Ethereum, ethereumNodes } from './ethereum.ts'
import { deployTestNetwork, rootChainOf, signHeader } from './network.ts'

const BLOB_BYTES = 131_072
const POINT_AT_INFINITY: Hex = `0xc0${'00'.repeat(47)}`

/** Two blobs with the commitments and proofs that c-kzg makes of them. */
const patterned: BlobSidecar = {
  blob: toHex(Uint8Array.from({ length: BLOB_BYTES }, (_, i) => (i % 32 === 0 ? 0 : i * 7))),
  commitment:
    '0xa04d122c917cc926cc1ec853e2226ade9fe4adb3067af7966662e750336bd7023e34a86e26aaf7b33fa672aca782dc59',
  proof: '0xb9c918ca4eac140a1decfadef4443861cb6894b23de9eaec0af00d1055ec03d1c7a484a293ea5415db2c8b6975784356',
}
const zero: BlobSidecar = {
  blob: toHex(new Uint8Array(BLOB_BYTES)),
  commitment: POINT_AT_INFINITY,
  proof: POINT_AT_INFINITY,
}
const sidecars = [patterned, zero]
const daCommitments = sidecars.map(versionedHash)

it('commitments and proofs are those of c-kzg', async () => {
  const kzg = createKzg()
  const blobs = sidecars.map(({ blob }) => toBytes(blob))
  expect(await kzg.sidecars(blobs)).toEqual(sidecars)
  expect(await kzg.commitments(blobs)).toEqual(sidecars.map(({ commitment }) => commitment))
  await kzg.close()
  await expect(kzg.commitments(blobs)).rejects.toThrow('closed')
})

it('a transaction with blobs is replaced at twice the price, of blobs too', () => {
  const fees = { maxFeePerGas: 1000n, maxPriorityFeePerGas: 10n, maxFeePerBlobGas: 7n }
  const twice = { maxFeePerGas: 2000n, maxPriorityFeePerGas: 20n, maxFeePerBlobGas: 14n }
  expect(bumpFees(fees, fees, defaultFeeStrategy)).toEqual(twice)
  expect(bumpFees(fees, fees, { ...defaultFeeStrategy, maximumFeePerBlobGas: 13n })).toBeUndefined()
})

/** The first blob keeps anvil busy for seconds, in which the origin must not grow too old (R4). */
const PARAMETERS = devnetParameters({ minFinalizationPeriod: 600 })

describe.each(ethereumNodes())('checkpoints with blobs on $name', ({ start }) => {
  let ethereum: Ethereum
  let alice: RootChain
  let parent: Header

  beforeAll(async () => {
    ethereum = await start()
    alice = rootChainOf(ethereum, await deployTestNetwork(ethereum, { parameters: PARAMETERS }), 1)
  })
  afterAll(() => ethereum?.stop())

  it('after one without, keep the last checkpoint without published data', async () => {
    await ethereum.mine(1)
    const plasma = await signHeader(alice, undefined)
    await submitCheckpoint(alice, plasma)
    const signed = await signHeader(alice, plasma.header, { daMode: 'blob', daCommitments })
    const receipt = await submitCheckpoint(alice, { ...signed, sidecars })
    parent = signed.header
    expect(receipt).toMatchObject({ type: 'eip4844', blobGasUsed: 2n * BLOB_GAS })
    expect(await getCheckpoint(alice, { number: 2n })).toMatchObject({ daMode: 'blob', lastNonDA: 1n })
  })

  it('are refused where a commitment names another blob, or a blob is missing', async () => {
    const swapped = await signHeader(alice, parent, {
      daMode: 'blob',
      daCommitments: [daCommitments[0]!, hash(`0x01${'00'.repeat(31)}`)],
    })
    const refusal = { reason: 'WrongDataCommitment', arguments: [1n] }
    await expect(submitCheckpoint(alice, { ...swapped, sidecars })).rejects.toMatchObject(refusal)
    const signed = await signHeader(alice, parent, { daMode: 'blob', daCommitments })
    await expect(submitCheckpoint(alice, { ...signed, sidecars: [patterned] })).rejects.toMatchObject(refusal)
    expect(await getLastCheckpoint(alice)).toBe(2n)
  })

  it('fall back to plasma mode with the next one, which starts the clock of R9 anew', async () => {
    await submitCheckpoint(alice, await signHeader(alice, parent))
    expect(await getCheckpoint(alice, { number: 3n })).toMatchObject({ daMode: 'plasma', lastNonDA: 3n })
  })
})
