import { fileURLToPath } from 'node:url'
import { createMapPool, fastKeccak256, type MapPool } from '@omg/ledger'
import { type BenchOptions, type BenchResult, main, median, missesOf } from '@omg/ledger/bench'
import { descendants, processorMicros } from '@omg/ledger/bench/processor'
import { fromHex, type OutputId, toHex } from '@omg/protocol'
import { findSignatureProgram } from '../src/process/programs.ts'
import { DOMAIN, ownerOf } from '../test/harness.ts'
import { OWNERS, signPayment } from './payments.ts'
import { bareRecoverRate } from './recover.ts'

/** Payments that are mapped together: as many as a worker has waiting where the node is at its limit. */
const TOGETHER = 2_048
const ROUNDS = 12
const QUICK_ROUNDS = 3
/** Clock ticks of /proc are 10 ms: each turn takes many. */
const REPEATS = 4
const PEER_SECONDS = 1
/** Of a bare recovery, where every signer is known and none signs twice in a batch. */
const BUDGET = 1.4

/** Payments side by side, with who will have signed each. */
interface Load {
  readonly bytes: Uint8Array
  readonly bounds: Uint32Array
  readonly guesses: Uint8Array
}

/** The map stage with signatures in batches, in processor time of everything it takes, beside bare libsecp256k1 recoveries. */
export async function run({ quick }: BenchOptions = {}): Promise<BenchResult> {
  const name = `map stage, ${TOGETHER.toLocaleString('en')} payments together, signatures in batches; peer: a bare ecdsaRecover`
  const program = await findSignatureProgram()
  if (!program)
    return { name: `${name}: not measured, needs Go (node tools/setup.mjs --go)`, rows: [], misses: [] }
  const pool = createMapPool({ domain: DOMAIN, workers: 1, signatureProgram: program })
  try {
    const everybody = loadOf(i => i, OWNERS)
    // Learns their keys; then starts the program.
    for (let i = 0; i < 2; i++) await pool.map(...partsOf(everybody))
    const loads = [
      { label: 'all signers known and different', load: loadOf(i => i), budget: BUDGET },
      { label: 'all known, 64 of them', load: loadOf(i => i % 64) },
      {
        label: 'half of them known',
        load: withoutGuesses(
          loadOf(i => i),
          i => i % 2 === 0,
        ),
      },
      {
        label: 'none known: recovery',
        load: withoutGuesses(
          loadOf(i => i),
          () => true,
        ),
      },
      { label: 'all known, one signature of another', load: withWrongGuess(loadOf(i => i)) },
    ]
    const rows = []
    for (const { label, load, budget } of loads) {
      const { ours, peer } = await micros(pool, load, quick ? QUICK_ROUNDS : ROUNDS)
      const row = { label, ours, peer, unit: 'us', ratio: peer / ours }
      rows.push(budget === undefined ? row : { ...row, budget: `>= ${budget}` })
    }
    return { name, rows, misses: missesOf(rows) }
  } finally {
    await pool.close()
  }
}

function loadOf(signer: (i: number) => number, count = TOGETHER): Load {
  const signed = Array.from({ length: count }, (_, i) => {
    return signPayment(toHex(fastKeccak256(Uint8Array.of(i & 255, i >> 8))) as OutputId, signer(i))
  })
  const bounds = new Uint32Array(2 * count)
  signed.reduce((at, { length }, i) => {
    bounds.set([at, at + length], 2 * i)
    return at + length
  }, 0)
  const guesses = Buffer.concat(signed.map((_, i) => fromHex(ownerOf((signer(i) % OWNERS) + 1))))
  return { bytes: Buffer.concat(signed), bounds, guesses }
}

function withoutGuesses(load: Load, isUnknown: (i: number) => boolean): Load {
  for (let i = 0; i < load.bounds.length / 2; i++)
    if (isUnknown(i)) load.guesses.fill(0, 20 * i, 20 * (i + 1))
  return load
}

/** One guess is that of another signer: as a signature of somebody else would be. */
function withWrongGuess(load: Load): Load {
  load.guesses.copyWithin(0, 20, 40)
  return load
}

const partsOf = ({ bytes, bounds, guesses }: Load) => [bytes, bounds, guesses] as const

/** Processor time a payment, of this process and the program, and of a bare recovery, by turns. */
async function micros(pool: MapPool, load: Load, rounds: number): Promise<{ ours: number; peer: number }> {
  const [ours, peer]: [number[], number[]] = [[], []]
  for (let round = 0; round < rounds; round++) {
    const children = descendants(process.pid)
    const before = processorMicros(children)
    const own = process.cpuUsage()
    for (let i = 0; i < REPEATS; i++) await pool.map(...partsOf(load))
    const { user, system } = process.cpuUsage(own)
    ours.push((user + system + processorMicros(children) - before) / (REPEATS * TOGETHER))
    peer.push((await bareRecoverRate(1, PEER_SECONDS)).cpuMicros)
  }
  return { ours: median(ours), peer: median(peer) }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(run)
