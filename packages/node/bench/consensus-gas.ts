import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type BenchOptions, type BenchResult, main, missesOf } from '@omg/ledger/bench'

const ROOT = join(import.meta.dirname, '..', '..', '..')
const SIGNERS = [4, 16, 64, 100] as const
const TEST = 'contracts/test/gas/RootChain.t.sol'
const OUTPUT_BYTES = 16 * 1024 * 1024

type Suites = Record<
  string,
  { test_results: Record<string, { status: string; kind: { Unit?: { gas: number } } }> }
>

/** Gas of a checkpoint by the size of the set that signs it, all of whom do: single calls in Foundry. */
export async function run(_options: BenchOptions = {}): Promise<BenchResult> {
  const args = ['test', '--json', '--match-path', TEST, '--match-contract', 'Checkpoint[0-9]+GasTest']
  const forge = join(ROOT, 'node_modules', '.bin', 'forge')
  const { stdout } = await promisify(execFile)(forge, args, { cwd: ROOT, maxBuffer: OUTPUT_BYTES })
  const suites: Suites = JSON.parse(stdout.slice(stdout.indexOf('{')))
  const gas = SIGNERS.map(signers => {
    const { status, kind } =
      suites[`${TEST}:Checkpoint${signers}GasTest`]!.test_results['test_Gas_Checkpoint()']!
    if (status !== 'Success' || kind.Unit === undefined)
      throw new Error(`the checkpoint of ${signers} signers: ${status}`)
    return kind.Unit.gas
  })
  const rows = SIGNERS.map((signers, i) => ({
    label: `checkpoint, ${signers} signers, without calldata and the 21,000`,
    ours: gas[i]!,
    unit: 'gas',
  }))
  rows.push({ label: 'each signer more', ours: (gas.at(-1)! - gas[0]!) / (100 - 4), unit: 'gas' })
  const hash = createHash('sha256').update(gas.join()).digest('hex').slice(0, 16)
  return { name: `gas of a checkpoint by number of signers; figures ${hash}`, rows, misses: missesOf(rows) }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(run)
