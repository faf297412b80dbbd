// The whole `npm test`: lint, types, contract tests, then every TypeScript test (packages, scenarios, floors).
// Stages run one after another, each using at most two cores. The last line is always `N passed, N failed`.
//
//   npm test                     everything, within twenty minutes on two cores
//   npm run test:long            the same with longer fuzzing, invariant and crash campaigns
//   node tools/test.ts types     only the named stages: lint, types, contracts, packages
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { goTool, goToolFolder } from './gotools.mjs'

const root = join(import.meta.dirname, '..')
const bin = (name: string) => join(root, 'node_modules', '.bin', name)
const long = process.argv.includes('--long')
const chosen = process.argv.slice(2).filter(argument => !argument.startsWith('-'))

/** Seconds between two signs of life of a stage that prints nothing by itself. */
const HEARTBEAT_SECONDS = 20
/** Rounds of the property and crash tests in `npm run test:long`. */
const CAMPAIGN_ROUNDS = 20

interface Count {
  passed: number
  failed: number
  skipped: number
}

interface Stage {
  name: string
  what: string
  run: () => Promise<Count>
}

interface Finished {
  code: number
  stdout: string
}

const geth = goTool('geth')
const environment = {
  ...process.env,
  PATH: `${join(root, 'node_modules', '.bin')}${delimiter}${process.env.PATH ?? ''}`,
  ...(geth === undefined ? {} : { OMG_TOOLS: goToolFolder() }),
  // The longer fuzzing and invariant runs of foundry.toml.
  ...(long ? { FOUNDRY_PROFILE: 'long' } : {}),
}

let current: ReturnType<typeof spawn> | undefined
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    current?.kill(signal)
    process.exit(130)
  })
}

/** Runs a program; its output goes to the terminal, or is collected while a heartbeat is printed. */
function execute(
  command: string,
  args: string[],
  options: { cwd?: string; collect?: boolean } = {},
): Promise<Finished> {
  const { cwd = root, collect = false } = options
  const started = Date.now()
  const child = spawn(command, args, {
    cwd,
    env: environment,
    stdio: ['ignore', collect ? 'pipe' : 'inherit', 'inherit'],
  })
  current = child
  const output: Buffer[] = []
  child.stdout?.on('data', (chunk: Buffer) => output.push(chunk))
  const heartbeat = setInterval(() => {
    if (collect) console.log(`  ... ${Math.round((Date.now() - started) / 1000)} s`)
  }, HEARTBEAT_SECONDS * 1000)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', code => {
      clearInterval(heartbeat)
      resolve({ code: code ?? 1, stdout: Buffer.concat(output).toString('utf8') })
    })
  })
}

/** A program whose exit code is the whole answer counts as one check. */
async function check(command: string, args: string[]): Promise<Count> {
  const { code } = await execute(command, args)
  return code === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 }
}

interface ForgeSuite {
  test_results: Record<
    string,
    { status: 'Success' | 'Failure' | 'Skipped'; reason: string | null; counterexample: unknown }
  >
}

async function contracts(): Promise<Count> {
  const cwd = existsSync(join(root, 'foundry.toml')) ? root : join(root, 'contracts')
  const { code, stdout } = await execute(bin('forge'), ['test', '--json'], { cwd, collect: true })
  const json = stdout.slice(stdout.indexOf('{'))
  const count: Count = { passed: 0, failed: 0, skipped: 0 }
  let suites: Record<string, ForgeSuite>
  try {
    suites = JSON.parse(json)
  } catch {
    console.log(stdout)
    return { ...count, failed: 1 }
  }
  for (const [suite, { test_results: tests }] of Object.entries(suites)) {
    for (const [test, result] of Object.entries(tests)) {
      if (result.status === 'Success') count.passed += 1
      else if (result.status === 'Skipped') count.skipped += 1
      else {
        count.failed += 1
        console.log(`  FAILED ${suite} ${test}: ${result.reason ?? 'no reason given'}`)
        if (result.counterexample) console.log(`  ${JSON.stringify(result.counterexample)}`)
      }
    }
  }
  if (code !== 0 && count.failed === 0) count.failed = 1
  return count
}

interface VitestReport {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
  testResults: { status: string; assertionResults: unknown[] }[]
}

async function vitest(files: readonly string[], reporter: 'default' | 'dot'): Promise<Count> {
  const report = join(tmpdir(), `omg-vitest-${process.pid}.json`)
  const reporters = [`--reporter=${reporter}`, '--reporter=json', `--outputFile.json=${report}`]
  const { code } = await execute(bin('vitest'), ['run', ...reporters, ...files])
  if (!existsSync(report)) return { passed: 0, failed: 1, skipped: 0 }
  const result: VitestReport = JSON.parse(readFileSync(report, 'utf8'))
  rmSync(report)
  // A file that cannot be loaded has no test to fail: it counts as one.
  const broken = result.testResults.filter(
    file => file.status === 'failed' && file.assertionResults.length === 0,
  ).length
  const failed = result.numFailedTests + broken
  return {
    passed: result.numPassedTests,
    failed: code !== 0 && failed === 0 ? 1 : failed,
    skipped: result.numPendingTests + result.numTodoTests,
  }
}

/** Property tests take new seeds in every round, crash tests new moments. */
async function campaigns(): Promise<Count> {
  const files = ['packages', 'test'].flatMap(folder =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter(file => file.endsWith('.test.ts') && !file.includes('node_modules'))
      .map(file => join(folder, file))
      .filter(
        file => /crash/.test(file) || readFileSync(join(root, file), 'utf8').includes("from 'fast-check'"),
      ),
  )
  const total: Count = { passed: 0, failed: 0, skipped: 0 }
  for (let round = 1; round <= CAMPAIGN_ROUNDS; round++) {
    console.log(`  round ${round} of ${CAMPAIGN_ROUNDS}`)
    const count = await vitest(files, 'dot')
    for (const key of ['passed', 'failed', 'skipped'] as const) total[key] += count[key]
    if (count.failed > 0) break
  }
  return total
}

const stages: Stage[] = [
  { name: 'lint', what: 'style of every file (biome)', run: () => check(bin('biome'), ['check', '.']) },
  { name: 'types', what: 'types of every file (tsc)', run: () => check(bin('tsc'), ['--noEmit', '-p', '.']) },
  { name: 'contracts', what: 'contracts: unit, fuzz, invariants (forge)', run: contracts },
  { name: 'packages', what: 'packages, scenarios, floors (vitest)', run: () => vitest([], 'default') },
  ...(long
    ? [{ name: 'campaigns', what: `property and crash tests, ${CAMPAIGN_ROUNDS} rounds`, run: campaigns }]
    : []),
]

const unknown = chosen.filter(name => !stages.some(stage => stage.name === name))
if (unknown.length > 0) {
  console.error(
    `No such stage: ${unknown.join(', ')}. Stages: ${stages.map(stage => stage.name).join(', ')}.`,
  )
  process.exit(2)
}

const rows: { stage: string; passed: number; failed: number; skipped: number; seconds: number }[] = []
const total: Count = { passed: 0, failed: 0, skipped: 0 }
const running = stages.filter(stage => chosen.length === 0 || chosen.includes(stage.name))
for (const [index, stage] of running.entries()) {
  console.log(`\n[${index + 1}/${running.length}] ${stage.name}: ${stage.what}`)
  const started = Date.now()
  const count = await stage.run()
  const seconds = Math.round((Date.now() - started) / 1000)
  console.log(`  ${count.passed} passed, ${count.failed} failed in ${seconds} s`)
  rows.push({ stage: stage.name, ...count, seconds })
  total.passed += count.passed
  total.failed += count.failed
  total.skipped += count.skipped
}

console.log('')
for (const row of rows) {
  const figures = [row.passed, row.failed, row.skipped].map(figure => String(figure).padStart(6))
  console.log(
    `  ${row.stage.padEnd(10)}${figures[0]} passed${figures[1]} failed${figures[2]} skipped ${String(row.seconds).padStart(6)} s`,
  )
}
if (geth === undefined)
  console.log(
    '  The tests against a real Ethereum node did not run: no geth (it needs Go >= 1.25 at set-up).',
  )
console.log(`${total.passed} passed, ${total.failed} failed`)
process.exitCode = total.failed === 0 ? 0 : 1
