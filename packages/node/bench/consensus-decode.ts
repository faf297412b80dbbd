import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { type BenchOptions, type BenchResult, main, median, missesOf, threadSeconds } from '@omg/ledger/bench'
import { MEASURE, measureApart } from '@omg/ledger/bench/process'
import { SLICE_BYTES } from '../src/application/candidates.ts'
import { FrameReader, frameHead } from '../src/engines/cometbft/frames.ts'
import { RequestSchema } from '../src/engines/cometbft/gen/tendermint/abci/types_pb.js'
import { NODE_FLAGS } from '../src/flags.ts'

/** An ordinary payment on the wire. */
const PAYMENT_BYTES = 282
/** A full block of the default configuration. */
const BLOCK_BYTES = 32 * 1024 * 1024
const QUICK_BLOCK_BYTES = 2 * SLICE_BYTES
/** What a socket brings at once. */
const CHUNK_BYTES = 64 * 1024
const TURNS = 15

/** A proposal from the bytes of the ABCI socket to the bytes of the block record; peer: each payment as a transaction of the engine's own. */
export function run(options: BenchOptions = {}): Promise<BenchResult> {
  return measureApart(import.meta.url, NODE_FLAGS, options)
}

function measure(blockBytes: number): BenchResult {
  const count = Math.floor(blockBytes / PAYMENT_BYTES)
  const outputLength = count * PAYMENT_BYTES
  const block = createHash('shake256', { outputLength }).update('payments').digest()
  const [sliced, single] = [proposal(block, SLICE_BYTES), proposal(block, PAYMENT_BYTES)]
  const hash = hashOf([block])
  for (const chunks of [sliced, single]) {
    if (hashOf(decode(chunks)) !== hash) throw new Error('the decoded proposal differs')
  }
  const [ours, peer]: [number[], number[]] = [[], []]
  // In turns: other work on the machine falls on both.
  for (let turn = 0; turn < TURNS; turn++) {
    ours.push(threadSeconds(() => decode(sliced)))
    peer.push(threadSeconds(() => decode(single)))
  }
  const each = (seconds: readonly number[]) => (median(seconds) / count) * 1e9
  const rows = [
    {
      label: 'decode a proposal, per payment; peer: each payment a transaction of the engine',
      ours: each(ours),
      peer: each(peer),
      ratio: each(ours) / each(peer),
      unit: 'ns',
    },
  ]
  const name =
    `ABCI: ${count.toLocaleString('en')} payments of ${PAYMENT_BYTES} B in slices of ${SLICE_BYTES / 2 ** 20} MiB, ` +
    `time of one thread; bytes ${hash.slice(0, 16)}`
  return { name, rows, misses: missesOf(rows) }
}

/** What the socket brings, chunk by chunk. */
function proposal(block: Buffer, transactionBytes: number): Buffer[] {
  const txs: Uint8Array[] = []
  for (let at = 0; at < block.length; at += transactionBytes)
    txs.push(block.subarray(at, at + transactionBytes))
  const request = create(RequestSchema, { value: { case: 'processProposal', value: { height: 1n, txs } } })
  const bytes = toBinary(RequestSchema, request)
  const whole = Buffer.concat([frameHead(bytes.length), bytes])
  const chunks: Buffer[] = []
  for (let at = 0; at < whole.length; at += CHUNK_BYTES) chunks.push(whole.subarray(at, at + CHUNK_BYTES))
  return chunks
}

/** As the server of the socket does it. */
function decode(chunks: readonly Buffer[]): readonly Uint8Array[] {
  const frames = new FrameReader()
  for (const chunk of chunks) {
    for (const frame of frames.push(chunk)) {
      const { value } = fromBinary(
        RequestSchema,
        new Uint8Array(frame.buffer, frame.byteOffset, frame.length),
      )
      if (value.case === 'processProposal') return value.value.txs
    }
  }
  throw new Error('the proposal is not whole')
}

function hashOf(parts: readonly Uint8Array[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}

if (process.argv.includes(MEASURE)) {
  process.send!(measure(process.argv.includes('--quick') ? QUICK_BLOCK_BYTES : BLOCK_BYTES))
  process.disconnect()
} else if (process.argv[1] === fileURLToPath(import.meta.url)) await main(run)
