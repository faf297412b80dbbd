// `npm run bench`: every benchmark of the packages (packages/*/bench/*.ts), each printing its peer beside itself.
//
//   npm run bench                    all of them
//   npm run bench -- --only ledger   those whose path contains "ledger"; several parts stand side by side, with commas
//   npm run bench -- --quick         smaller loads: to see that they run, not for figures
//   npm run bench -- --check         exit 1 where a figure misses its budget, naming it
//   npm run bench -- --json          the results as JSON on standard output
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join, relative } from 'node:path'
import type { BenchOptions, BenchResult } from '@omg/ledger/bench'

const root = join(import.meta.dirname, '..')

const flags = process.argv.slice(2)
const json = flags.includes('--json')
const checking = flags.includes('--check')
const only = flags.includes('--only') ? flags[flags.indexOf('--only') + 1]?.split(',') : undefined
const known = ['--json', '--check', '--only', '--quick', '--help']
const stray = flags.filter((flag, index) => !known.includes(flag) && flags[index - 1] !== '--only')
if (flags.includes('--help') || stray.length > 0 || (flags.includes('--only') && only === undefined)) {
  console.error('usage: npm run bench -- [--only <part of a path>] [--quick] [--check] [--json]')
  process.exit(flags.includes('--help') ? 0 : 2)
}

const files = readdirSync(join(root, 'packages'))
  .flatMap(name => {
    const folder = join(root, 'packages', name, 'bench')
    return existsSync(folder) ? readdirSync(folder).map(file => join(folder, file)) : []
  })
  .filter(file => file.endsWith('.ts') && (only?.some(part => relative(root, file).includes(part)) ?? true))
  // The others are parts of a benchmark, some of them programs of their own: they are not to be loaded here.
  .filter(file => /^export (async function|function|const) run\b/m.test(readFileSync(file, 'utf8')))
  .sort()

/** Large figures without digits behind the point, small ones with three significant digits. */
function figure(value: number | string | undefined): string {
  if (typeof value !== 'number') return value ?? ''
  return Math.abs(value) >= 1000
    ? Math.round(value).toLocaleString('en')
    : value.toLocaleString('en', { maximumSignificantDigits: 3 })
}

function print({ name, rows, misses }: BenchResult): void {
  console.log(`\n${name}`)
  const lines = [
    ['', 'ours', 'peer', 'unit', 'ratio', 'budget'],
    ...rows.map(row => [
      row.label,
      figure(row.ours),
      figure(row.peer),
      row.unit,
      row.ratio === undefined ? '' : row.ratio.toFixed(2),
      row.budget ?? '',
    ]),
  ]
  const widths = [0, 1, 2, 3, 4, 5].map(column =>
    Math.max(...lines.map(line => (line[column] as string).length)),
  )
  for (const line of lines) {
    const cells = line.map((cell, column) => {
      const width = widths[column] as number
      return column === 0 || column === 3 ? cell.padEnd(width) : cell.padStart(width)
    })
    console.log(`  ${cells.join('  ')}`.trimEnd())
  }
  for (const miss of misses) console.log(`  MISSED: ${miss}`)
}

const results: BenchResult[] = []
const failures: string[] = []
for (const [index, file] of files.entries()) {
  const path = relative(root, file)
  const bench: { run: (options: BenchOptions) => Promise<BenchResult | BenchResult[]> } = await import(file)
  process.stderr.write(`[${index + 1}/${files.length}] ${path}\n`)
  try {
    for (const result of [await bench.run({ quick: flags.includes('--quick') })].flat()) {
      results.push(result)
      if (!json) print(result)
    }
  } catch (error) {
    // The others are measured all the same.
    failures.push(`${path}: ${(error as Error).message}`)
    process.stderr.write(`  FAILED: ${(error as Error).message}\n`)
  }
}

const misses = results.flatMap(({ name, misses: missed }) => missed.map(miss => `${name}: ${miss}`))
const machine = `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}`
if (json)
  console.log(JSON.stringify({ machine, date: new Date().toISOString(), results, misses, failures }, null, 2))
else {
  console.log(`\n${machine}`)
  console.log(
    misses.length === 0
      ? `${results.length} benchmarks, every budget kept`
      : `${misses.length} budgets missed:`,
  )
  for (const miss of misses) console.log(`  ${miss}`)
  for (const failure of failures) console.log(`failed: ${failure}`)
}
// Benchmarks leave no work behind, but a server's keep-alive sockets would hold the process.
await new Promise(resolve => process.stdout.write('', resolve))
process.exit(failures.length > 0 || (checking && misses.length > 0) ? 1 : 0)
