import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { loadUnspent, saveUnspent } from '../src/snapshot.ts'
import { ENTRY_BYTES } from '../src/types.ts'
import { UnspentSet } from '../src/unspent.ts'
import { type BenchOptions, type BenchResult, type BenchRow, main, missesOf, seconds } from './result.ts'

const LARGEST = 10_000_000
const SIZES = [10_000, 100_000, 1_000_000, LARGEST]
const QUICK_SIZES = SIZES.slice(0, 3)
const RESTART_OUTPUTS = 1_000_000
/** All in. */
const BYTES_BUDGET = '<= 200'
const PROBES = 200_000

/** Memory and cost per output as the set grows to ten million, and a restart from a snapshot. */
export async function run({ quick }: BenchOptions = {}): Promise<BenchResult> {
  // Compiled code and the like are paid once, and not by the first set measured.
  await grow(QUICK_SIZES[0]!)
  const rows: BenchRow[] = []
  for (const size of quick ? QUICK_SIZES : SIZES) rows.push(...(await grow(size)))
  return { name: 'unspent set, 120-byte entries', rows, misses: missesOf(rows) }
}

async function grow(size: number): Promise<BenchRow[]> {
  const before = usedBytes()
  const set = new UnspentSet()
  const entry = new Uint8Array(ENTRY_BYTES)
  let slowest = 0n
  const add = await seconds(() => {
    for (let i = 0; i < size; i++) {
      writeId(entry, i)
      const start = process.hrtime.bigint()
      set.addAt(entry, 0)
      const took = process.hrtime.bigint() - start
      if (took > slowest) slowest = took
    }
  })
  const bytes = (usedBytes() - before) / size
  const find = await seconds(() => {
    for (let i = 0; i < PROBES; i++) {
      writeId(entry, (i * 7919) % size)
      if (set.find(entry, 0) < 0) throw new Error('an output is missing')
    }
  })
  const churn = await seconds(() => {
    for (let i = 0; i < PROBES; i++) {
      writeId(entry, i % size)
      set.removeAt(entry, 0)
      set.addAt(entry, 0)
    }
  })
  const label = size.toLocaleString('en')
  const rows: BenchRow[] = [
    { label: `${label}: heap and array buffers`, ours: bytes, unit: 'B per output', budget: BYTES_BUDGET },
    { label: `${label}: add`, ours: (add / size) * 1e9, unit: 'ns' },
    { label: `${label}: slowest single add`, ours: Number(slowest) / 1e6, unit: 'ms' },
    { label: `${label}: find`, ours: (find / PROBES) * 1e9, unit: 'ns' },
    { label: `${label}: remove and add`, ours: (churn / PROBES) * 1e9, unit: 'ns' },
  ]
  if (size === LARGEST) {
    // The whole process, with Node itself.
    const ours = process.memoryUsage().rss / size
    rows.push({
      label: `${label}: resident memory of the process`,
      ours,
      unit: 'B per output',
      budget: BYTES_BUDGET,
    })
  }
  if (size === RESTART_OUTPUTS) rows.push(await restart(set))
  return rows
}

async function restart(set: UnspentSet): Promise<BenchRow> {
  const chunks = [...saveUnspent(set)]
  const load = await seconds(() => {
    const loaded = loadUnspent(chunks, new UnspentSet())
    if (!loaded.ok) throw loaded.error
  })
  return { label: '1,000,000: load a snapshot', ours: load, unit: 's' }
}

/** A well-spread id, as a hash would be, at the cost of a few instructions. */
function writeId(entry: Uint8Array, i: number): void {
  let word = i + 1
  for (let at = 0; at < 32; at += 4) {
    word = Math.imul(word ^ (word >>> 16), 0x85eb_ca6b) + i
    word ^= word >>> 13
    entry[at] = word
    entry[at + 1] = word >>> 8
    entry[at + 2] = word >>> 16
    entry[at + 3] = word >>> 24
  }
}

/** Heap and array buffers, after a collection. */
function usedBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(run)
