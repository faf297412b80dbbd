import { createConnection } from 'node:net'
import { join } from 'node:path'
import { addressOfKey, checkpointDigest, type Hash, headerHash, toHex } from '@omg/protocol'
import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { DOMAIN, keyOf, temporaryDirectory } from '../../test/harness.ts'
import { headerOf, MAX_ORIGIN_AGE } from '../../test/headers.ts'
import { ConsensusSigner } from './consensus.ts'
import {
  decodeReply,
  decodeRequest,
  encodeReply,
  encodeRequest,
  MAX_NOTED,
  type SignerRequest,
} from './messages.ts'
import { RemoteSigner } from './remote.ts'
import { SignerService } from './service.ts'
import { type SignedStep, STEPS, VoteRecord } from './vote-record.ts'

vi.setConfig({ testTimeout: 240_000 })

const KEY = keyOf(7)
const bytes = fc.uint8Array({ maxLength: 5_000 })
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(each => toHex(each) as Hash)
const u64 = fc.bigInt(0n, 2n ** 64n - 1n)
const renewable = fc.option(fc.record({ origin: u64, content: hash }), { nil: undefined })
const checkpoint = fc.record({ number: u64, headerHash: hash, renewable }).map(({ renewable, ...rest }) => {
  return renewable ? { ...rest, renewable } : rest
})
const header = fc
  .tuple(hash, u64, u64, fc.array(hash, { maxLength: 255 }))
  .map(([txRoot, number, origin, blobs]) => {
    return { ...headerOf('00', number, origin), txRoot, daMode: 'blob' as const, daCommitments: blobs }
  })
const request: fc.Arbitrary<SignerRequest> = fc.oneof(
  header.map(each => ({ kind: 'sign' as const, header: each })),
  fc
    .array(checkpoint, { minLength: 1, maxLength: MAX_NOTED })
    .map(checkpoints => ({ kind: 'note' as const, checkpoints })),
)

test('a message has one encoding, and other bytes are none', () => {
  fc.assert(
    fc.property(request, each => {
      expect(decodeRequest(encodeRequest(each))).toEqual({ ok: true, value: each })
    }),
  )
  fc.assert(
    fc.property(bytes, each => {
      const asked = decodeRequest(each)
      if (asked.ok) expect([...encodeRequest(asked.value)]).toEqual([...each])
      const told = decodeReply(each)
      if (told.ok && told.value.kind !== 'refused') expect([...encodeReply(told.value)]).toEqual([...each])
    }),
  )
})

test('whatever CometBFT may send: an answer, or engine.frame', () => {
  const directory = temporaryDirectory()
  const record = new VoteRecord(directory.path)
  const signer = new ConsensusSigner({ key: KEY, chainId: 'omg-1', record, onRefused: () => {} })
  // Bytes that begin like messages get further.
  const likely = fc.tuple(fc.constantFrom(0x0a, 0x1a, 0x2a, 0x3a), bytes).map(([tag, rest]) => {
    return Uint8Array.from([tag, Math.min(rest.length, 127), ...rest])
  })
  fc.assert(
    fc.property(fc.oneof(bytes, likely), each => {
      try {
        expect(signer.answer(each)).toBeInstanceOf(Uint8Array)
      } catch (error) {
        expect(error).toMatchObject({ code: 'engine.frame' })
      }
    }),
  )
  expect(record.height).toBe(0n)
  directory.remove()
})

test('of each height, round and step one message is signed, and never one before another', () => {
  const step = fc.record({
    height: fc.bigInt(1n, 4n),
    round: fc.nat(2),
    step: fc.constantFrom(...Object.values(STEPS)),
    identity: fc.constantFrom(`0x${'aa'.repeat(32)}`, `0x${'bb'.repeat(32)}`) as fc.Arbitrary<Hash>,
    seconds: fc.bigInt(0n, 9n),
    nanos: fc.nat(9),
  })
  fc.assert(
    fc.property(fc.array(fc.tuple(step, fc.boolean()), { maxLength: 30 }), steps => {
      const directory = temporaryDirectory()
      let record = new VoteRecord(directory.path)
      const left: SignedStep[] = []
      for (const [wanted, restarts] of steps) {
        if (restarts) record = new VoteRecord(directory.path)
        try {
          left.push(record.sign(wanted, () => `0x${'11'.repeat(65)}`))
        } catch (error) {
          expect((error as { code: string }).code).toMatch(/^signer\.(regression|equivocation)$/)
        }
      }
      const place = ({ height, round, step: at }: SignedStep) => Number(height) * 100 + round * 10 + at
      expect(left.map(place)).toEqual(left.map(place).sort((a, b) => a - b))
      const messages = new Set(
        left.map(each => `${place(each)} ${each.identity} ${each.seconds} ${each.nanos}`),
      )
      expect(messages.size).toBe(new Set(left.map(place)).size)
      directory.remove()
    }),
    { numRuns: 30 },
  )
})

test('garbage at its socket ends that connection, and nothing else', async () => {
  const directory = temporaryDirectory()
  const socket = join(directory.path, 'signer')
  const service = new SignerService({
    directory: directory.path,
    key: KEY,
    domain: DOMAIN,
    maxOriginAgeBlocks: MAX_ORIGIN_AGE,
    socket,
    onRefused: () => {},
  })
  await service.start()
  const node = new RemoteSigner({ address: addressOfKey(KEY), socket, milliseconds: 60_000 })
  try {
    await fc.assert(
      fc.asyncProperty(bytes, async garbage => {
        await new Promise<void>(resolve => {
          const line = createConnection(socket, () => line.end(garbage))
          line.on('error', () => {}).on('data', () => {})
          line.on('close', () => resolve())
        })
      }),
      { numRuns: 50 },
    )
    const asked = headerOf('aa', 2n ** 60n)
    const signature = await node.sign(asked, checkpointDigest(headerHash(asked), DOMAIN))
    expect(signature).toHaveLength(132)
  } finally {
    node.close()
    await service.close()
    directory.remove()
  }
})
