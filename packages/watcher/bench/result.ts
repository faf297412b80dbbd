import { parseArgs } from 'node:util'

/** One figure, with the peer measured beside it in the same run. */
export interface BenchRow {
  readonly label: string
  readonly ours: number
  readonly peer?: number
  /** Ours against the peer; what a budget is about, since it travels between machines. */
  readonly ratio?: number
  readonly unit: string
  /** What the ratio, or ours where there is no peer, must reach; with `<=` what it must not exceed. */
  readonly budget?: string
}

export interface BenchResult {
  readonly name: string
  readonly rows: readonly BenchRow[]
  /** Budgets that were missed, in words. */
  readonly misses: readonly string[]
}

export interface BenchOptions {
  /** A smaller run, for a first look. */
  readonly quick?: boolean
}

/** A row with a budget that the ratio must reach. */
export function ratioRow(label: string, ours: number, peer: number, unit: string, atLeast: number): BenchRow {
  return { label, ours, peer, ratio: ours / peer, unit, budget: `>= ${atLeast}` }
}

/** The rows whose budget is missed, in words. */
export function missesOf(rows: readonly BenchRow[]): string[] {
  return rows.flatMap(({ label, ours, ratio, budget }) => {
    if (budget === undefined) return []
    const value = ratio ?? ours
    const limit = Number(budget.slice(3))
    const met = budget.startsWith('>=') ? value >= limit : value <= limit
    return met ? [] : [`${label}: ${format(value)}, budget ${budget}`]
  })
}

/** Seconds that a piece of work takes. */
export async function seconds(work: () => unknown): Promise<number> {
  const start = process.hrtime.bigint()
  await work()
  return Number(process.hrtime.bigint() - start) / 1e9
}

/** Seconds of this thread's own time: what other processes do on the core meanwhile does not count. */
export function threadSeconds(work: () => unknown): number {
  const start = process.threadCpuUsage()
  work()
  const { user, system } = process.threadCpuUsage(start)
  return (user + system) / 1e6
}

/** The middle one of several runs: other work on the machine spoils some of them. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!
}

/** Runs a benchmark from the command line: `--json`, `--check` (exit 1 where a budget is missed), `--quick`. */
export async function main(run: (options: BenchOptions) => Promise<BenchResult>): Promise<void> {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean' },
      check: { type: 'boolean' },
      quick: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  })
  if (values.help) {
    process.stdout.write(
      'options: --json  --check (exit 1 where a budget is missed)  --quick (smaller run)\n',
    )
    return
  }
  const result = await run({ quick: values.quick ?? false })
  process.stdout.write(values.json ? `${JSON.stringify(result, undefined, 2)}\n` : table(result))
  if (values.check && result.misses.length > 0) {
    process.stderr.write(`missed: ${result.misses.join('; ')}\n`)
    process.exitCode = 1
  }
}

function table({ name, rows, misses }: BenchResult): string {
  const lines = rows.map(({ label, ours, peer, ratio, unit, budget }) =>
    [
      `  ${label.padEnd(52)}${format(ours).padStart(11)} ${unit}`,
      ...(peer === undefined ? [] : [`peer ${format(peer)}`]),
      ...(ratio === undefined ? [] : [`ratio ${format(ratio)}`]),
      ...(budget === undefined ? [] : [`budget ${budget}`]),
    ].join('   '),
  )
  return [
    name,
    ...lines,
    misses.length > 0 ? `  missed: ${misses.join('; ')}` : '  all budgets met',
    '',
  ].join('\n')
}

function format(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(value >= 10 ? 1 : 2)
}
