// `npm run bench:gas`: gas of every operation, by real transactions on anvil, beside the contracts of 2020.
//
//   npm run bench:gas                the table
//   npm run bench:gas -- --check     exit 1 where an operation misses its budget, naming it
//   npm run bench:gas -- --json      the figures as JSON on standard output
//
// Figures are whole transactions, with the 21,000 and the calldata, in the state that an operation usually meets.
import { measureCheckpoints } from './gas/checkpoints.ts'
import { measureDeposits } from './gas/deposits.ts'
import { measureExits } from './gas/exits.ts'
import { judge, type Measurement, OPERATIONS, type OperationName } from './gas/operations.ts'
import { openStage } from './gas/stage.ts'
import { measureVotes } from './gas/stake.ts'

async function measureAll(): Promise<Measurement[]> {
  await using stage = await openStage()
  await measureDeposits(stage)
  await measureVotes(stage)
  const headers = await measureCheckpoints(stage)
  await measureExits(stage, headers)
  const names = Object.keys(OPERATIONS) as OperationName[]
  return names.flatMap(name => {
    const gas = stage.gas.get(name)
    return gas === undefined ? [] : [judge(name, gas)]
  })
}

function print(measurements: readonly Measurement[]): void {
  const figure = (value?: number) => value?.toLocaleString('en') ?? ''
  const lines = [
    ['operation', 'gas', '2020', 'ratio', 'budget', ''],
    ...measurements.map(({ operation, gas, peer, ratio, budget, ok, note }) => [
      operation,
      figure(gas),
      figure(peer),
      ratio?.toFixed(2) ?? '',
      figure(budget),
      [budget === undefined ? '' : ok ? 'ok' : 'MISSED', note ?? ''].join('  ').trim(),
    ]),
  ]
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map(line => line[column]!.length)))
  for (const line of lines) {
    const cells = line.map((cell, column) =>
      column === 0 || column === 5 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
    )
    console.log(cells.join('  ').trimEnd())
  }
}

const flags = process.argv.slice(2)
const stray = flags.filter(flag => !['--json', '--check', '--help'].includes(flag))
if (flags.includes('--help') || stray.length > 0) {
  console.error('usage: npm run bench:gas -- [--check] [--json]')
  process.exit(stray.length > 0 ? 2 : 0)
}
const measurements = await measureAll()
const misses = measurements
  .filter(({ ok }) => !ok)
  .map(({ operation, gas, budget }) => `${operation}: ${gas} gas, budget ${budget}`)
if (flags.includes('--json')) console.log(JSON.stringify({ measurements, misses }, null, 2))
else {
  print(measurements)
  console.log(
    misses.length === 0
      ? '\nevery budget kept'
      : `\n${misses.length} budgets missed:\n  ${misses.join('\n  ')}`,
  )
}
if (flags.includes('--check') && misses.length > 0) process.exitCode = 1
