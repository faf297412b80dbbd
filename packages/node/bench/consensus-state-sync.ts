import { fileURLToPath } from 'node:url'
import { type BenchOptions, type BenchResult, main, missesOf, seconds } from '@omg/ledger/bench'
import { MEASURE, measureApart } from '@omg/ledger/bench/process'
import { fromHex, type OutputId } from '@omg/protocol'
import { NODE_FLAGS } from '../src/flags.ts'
import { Snapshots } from '../src/snapshot/snapshots.ts'
import { FakeEthereum } from '../test/fake.ts'
import { FEE, ownerOf, pay, type TestNode, temporaryDirectory, until } from '../test/harness.ts'
import { startValidators } from '../test/validators.ts'
import { OWNERS, START } from './payments.ts'

const OUTPUTS = 1_000_000
const QUICK_OUTPUTS = 20_000
/** Deposits of one Ethereum block. */
const BATCH = 100_000
const PATIENCE_MILLISECONDS = 600_000

/** A fresh node takes over the state of a large chain: written out, handed over chunk by chunk in one process, checked, and installed. */
export function run(options: BenchOptions = {}): Promise<BenchResult> {
  return measureApart(import.meta.url, NODE_FLAGS, options)
}

async function measure(count: number): Promise<BenchResult> {
  const ethereum = new FakeEthereum()
  const network = await startValidators(1, { ethereum, settings: { 'fees.targetBytes': 0xffff_ffff } })
  try {
    const source = network.node(0)
    const ids = await depositAll(source, ethereum, count)
    const offer = await snapshotAfter(source, ids)
    const written = await writeSeconds(source)
    const decision = network.bft.decisions[Number(offer.height) - 1]!
    const trusted = fromHex(decision.appHash)
    const fresh = await network.prepare(1)
    let bytes = 0
    const taken = await seconds(async () => {
      const { accept } = await fresh.application.offerSnapshot(offer, trusted)
      if (!accept) throw new Error('the snapshot was refused')
      for (let i = 0; i < offer.chunks; i++) {
        const chunk = await source.application.loadSnapshotChunk(offer.height, offer.format, i)
        bytes += chunk.length
        const { result } = await fresh.application.applySnapshotChunk(i, chunk)
        if (result !== 'accept') throw new Error(`chunk ${i}: ${result}`)
      }
    })
    const info = await fresh.application.info()
    if (Buffer.compare(info.lastBlockAppHash, trusted) !== 0) throw new Error('the restored state differs')
    await fresh.join()
    // What was decided meanwhile it gets as blocks.
    const isAbreast = () => fresh.services.ledger.tip.appHash === source.services.ledger.tip.appHash
    await until(isAbreast, 'the restored node is abreast', PATIENCE_MILLISECONDS)
    return resultOf({
      count,
      written,
      taken,
      bytes,
      chunks: offer.chunks,
      appHash: decision.appHash,
    })
  } finally {
    await network.close()
  }
}

/** Deposits, all in blocks. */
async function depositAll(node: TestNode, ethereum: FakeEthereum, count: number): Promise<OutputId[]> {
  const ids: OutputId[] = []
  while (ids.length < count) {
    const batch = Array.from({ length: Math.min(BATCH, count - ids.length) }, (_, i) => {
      return { owner: ownerOf((i % OWNERS) + 1), amount: START }
    })
    ids.push(...ethereum.depositMany(batch))
    const { ledger } = node.services
    await until(
      () => ledger.tip.inboxCursor === BigInt(ids.length),
      'the deposits are in',
      PATIENCE_MILLISECONDS,
    )
  }
  return ids
}

/** Pays, a block each, until a snapshot of the whole state is offered. */
async function snapshotAfter(node: TestNode, ids: readonly OutputId[]) {
  const { ledger, outputs } = node.services
  const built = ledger.tip.height
  for (let i = 0; ; i++) {
    const offers = await node.application.listSnapshots()
    // Its blocks begin after the last deposit.
    const offer = offers.find(({ height }) => height > built + 8n)
    if (offer) return offer
    const payment = pay({
      ...{ from: (i % OWNERS) + 1, inputs: [ids[i]!] },
      outputs: [{ to: 1, amount: START - FEE }],
    })
    await node.call('omg_submit', [payment.hex])
    const isIn = () => outputs.get(payment.outputs[0]!) !== undefined
    await until(isIn, 'the payment is in a block', PATIENCE_MILLISECONDS)
  }
}

/** Seconds from a closed checkpoint to its state in chunks. */
async function writeSeconds({ services }: TestNode): Promise<number> {
  const { ledger, store, checkpoints } = services
  const isClosed = () => ledger.tip.firstHeight === ledger.tip.height + 1n
  await until(isClosed, 'the checkpoint is closed', PATIENCE_MILLISECONDS)
  const place = temporaryDirectory()
  try {
    const failures: unknown[] = []
    const onError = (error: unknown) => failures.push(error)
    const snapshots = new Snapshots({
      ...{ directory: place.path, store, ledger, checkpoints, every: 1n, onError },
    })
    const spent = await seconds(async () => {
      await snapshots.applied()
      await snapshots.close()
    })
    if (failures.length > 0) throw failures[0]
    return spent
  } finally {
    place.remove()
  }
}

interface Measured {
  readonly count: number
  readonly written: number
  readonly taken: number
  readonly bytes: number
  readonly chunks: number
  readonly appHash: string
}

function resultOf({ count, written, taken, bytes, chunks, appHash }: Measured): BenchResult {
  const rows = [
    { label: 'write the state out', ours: written, unit: 's' },
    { label: 'take it over: chunks handed over, checked, executed, installed', ours: taken, unit: 's' },
    { label: 'bytes of it', ours: bytes / 2 ** 20, unit: 'MiB' },
    { label: 'chunks', ours: chunks, unit: '' },
  ]
  const name = `state sync at ${count.toLocaleString('en')} unspent outputs, in one process; state ${appHash.slice(0, 18)}`
  return { name, rows, misses: missesOf(rows) }
}

if (process.argv.includes(MEASURE)) {
  process.send!(await measure(process.argv.includes('--quick') ? QUICK_OUTPUTS : OUTPUTS))
  process.disconnect()
} else if (process.argv[1] === fileURLToPath(import.meta.url)) await main(run)
