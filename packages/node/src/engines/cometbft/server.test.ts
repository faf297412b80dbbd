import { mkdtempSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { RecordingApplication } from '../engine.conformance.ts'
import { AbciBridge } from './bridge.ts'
import { encodeCall } from './calls.ts'
import { FrameReader, frameHead } from './frames.ts'
import { Gate } from './gate.ts'
import { RequestSchema, ResponseSchema } from './gen/tendermint/abci/types_pb.js'
import { AbciServer, type RequestValue, type ResponseValue } from './server.ts'

let folder: string
let application: RecordingApplication
let server: AbciServer
let bridge: AbciBridge
let errors: string[]
let clients: Client[]

/** CometBFT's end of one connection. */
class Client {
  readonly socket: Socket
  readonly replies: ResponseValue[] = []
  closed = false
  readonly #frames = new FrameReader()

  constructor(path: string) {
    this.socket = connect(path)
    this.socket.on('data', chunk => {
      for (const frame of this.#frames.push(chunk as Buffer)) {
        this.replies.push(fromBinary(ResponseSchema, frame).value as ResponseValue)
      }
    })
    this.socket.on('close', () => {
      this.closed = true
    })
    this.socket.on('error', () => {})
    clients.push(this)
  }

  send(...requests: { case: RequestValue['case']; value?: object }[]): void {
    for (const { case: name, value = {} } of requests) {
      const init = { value: { case: name, value } } as Parameters<typeof create<typeof RequestSchema>>[1]
      const bytes = toBinary(RequestSchema, create(RequestSchema, init!))
      this.socket.write(frameHead(bytes.length))
      this.socket.write(bytes)
    }
  }

  async reply(index = this.replies.length): Promise<ResponseValue> {
    while (this.replies.length <= index) await new Promise(resolve => setTimeout(resolve, 1))
    return this.replies[index]!
  }
}

const client = () => new Client(join(folder, 'abci.sock'))
let gate: Gate

const onError = ({ code }: { code: string }) => errors.push(code)

// One server for all: each has a thread.
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'omg-abci-'))
  const handle = (...request: Parameters<AbciBridge['handle']>) => bridge.handle(...request)
  server = new AbciServer({ path: join(folder, 'abci.sock'), handle, onError })
  await server.listen()
})
beforeEach(() => {
  application = new RecordingApplication()
  errors = []
  clients = []
  gate = new Gate({ hasWork: () => application.waiting.length > 0 })
  bridge = new AbciBridge({ application, gate, validator: new Uint8Array(20), onError })
})
afterEach(() => {
  for (const { socket } of clients) socket.destroy()
})
afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true })
})

const begin = { case: 'initChain' as const, value: { chainId: 'test', validators: [], initialHeight: 1n } }
/** The steps of a height as a validator goes through them. */
const heightOf = (height: bigint, txs: Uint8Array[] = []) => [
  { case: 'extendVote' as const, value: { height, txs } },
  { case: 'finalizeBlock' as const, value: { height, txs } },
  { case: 'commit' as const },
]

test('answers every method, in the order of the requests', async () => {
  application.waiting = [Uint8Array.of(1)]
  const connection = client()
  const methods = [
    { case: 'echo' as const, value: { message: 'hello' } },
    { case: 'info' as const },
    begin,
    { case: 'prepareProposal' as const, value: { height: 1n, maxTxBytes: 1_000_000n } },
    { case: 'processProposal' as const, value: { height: 1n } },
    { case: 'verifyVoteExtension' as const, value: { height: 1n, voteExtension: Uint8Array.of(1) } },
    ...heightOf(1n),
    { case: 'checkTx' as const },
    { case: 'insertTx' as const },
    { case: 'reapTxs' as const },
    { case: 'query' as const },
    { case: 'listSnapshots' as const },
    { case: 'offerSnapshot' as const, value: { snapshot: { height: 1n } } },
    { case: 'loadSnapshotChunk' as const },
    { case: 'applySnapshotChunk' as const },
    { case: 'flush' as const },
  ]
  connection.send(...methods)
  // Without work the commit waits for a call of another validator.
  const peer = client()
  while (!application.calls.includes('commit 1')) await new Promise(resolve => setTimeout(resolve, 1))
  peer.send({ case: 'insertTx', value: { tx: encodeCall(2n) } })
  await connection.reply(methods.length - 1)
  expect(connection.replies.map(({ case: name }) => name)).toEqual(methods.map(({ case: name }) => name))
  expect(connection.replies[0]).toMatchObject({ value: { message: 'hello' } })
})

test('a commit is answered when there is work for the next block, and no earlier', async () => {
  const connection = client()
  connection.send(begin, ...heightOf(1n))
  while (!application.calls.includes('commit 1')) await new Promise(resolve => setTimeout(resolve, 1))
  await connection.reply(2)
  // The mempool's connection is served meanwhile.
  const mempool = client()
  mempool.send({ case: 'reapTxs' }, { case: 'insertTx', value: { tx: encodeCall(9n) } }, { case: 'flush' })
  await mempool.reply(2)
  expect(connection.replies).toHaveLength(3)
  application.waiting = [Uint8Array.of(1)]
  gate.look()
  expect((await connection.reply(3)).case).toBe('commit')
})

test('who catches up is not held', async () => {
  const connection = client()
  connection.send(begin, { case: 'finalizeBlock', value: { height: 1n } }, { case: 'commit' })
  expect((await connection.reply(2)).case).toBe('commit')
})

test('who has work calls the others, once in a while', async () => {
  application.waiting = [Uint8Array.of(1)]
  const mempool = client()
  mempool.send({ case: 'reapTxs' }, { case: 'reapTxs' })
  expect(await mempool.reply(0)).toMatchObject({ case: 'reapTxs', value: { txs: [{ length: 20 }] } })
  expect(await mempool.reply(1)).toMatchObject({ value: { txs: [] } })
})

test('a connection that dies while its commit waits leaves nothing behind', async () => {
  const first = client()
  first.send(begin, ...heightOf(1n))
  while (!application.calls.includes('commit 1')) await new Promise(resolve => setTimeout(resolve, 1))
  first.socket.destroy()
  const second = client()
  second.send({ case: 'info' }, { case: 'prepareProposal', value: { height: 2n } })
  expect(await second.reply(0)).toMatchObject({ case: 'info', value: { lastBlockHeight: 1n } })
})

test('garbage ends its connection with a code, and no other', async () => {
  const well = client()
  const ill = client()
  ill.socket.write(Uint8Array.of(3, 0xff, 0xff, 0xff))
  while (!ill.closed) await new Promise(resolve => setTimeout(resolve, 1))
  expect(errors).toEqual(['engine.frame'])
  well.send({ case: 'flush' })
  expect((await well.reply(0)).case).toBe('flush')
})

test('whatever comes, the server stays', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 500 }), async bytes => {
      const connection = client()
      connection.socket.end(Buffer.concat([frameHead(bytes.length), bytes]))
      const after = client()
      after.send({ case: 'echo', value: { message: 'there' } })
      expect(await after.reply(0)).toMatchObject({ value: { message: 'there' } })
      connection.socket.destroy()
      after.socket.destroy()
    }),
    { numRuns: 100 },
  )
})
