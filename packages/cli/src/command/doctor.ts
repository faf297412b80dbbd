import { spawnSync } from 'node:child_process'
import { existsSync, statfsSync } from 'node:fs'
import { availableParallelism, freemem } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { Command } from 'commander'
import { action } from '../action.ts'
import { claimPort } from '../devnet/port.ts'
import { cometBft, homeFindings, homesIn, networkFindings } from '../doctor/cometbft.ts'
import type { Finding } from '../doctor/finding.ts'
import { EXIT } from '../error.ts'
import { bad, good, warn } from '../terminal/style.ts'
import { table } from '../terminal/table.ts'

/** Free memory and disk below these are named: a devnet needs about this much. */
const MEMORY_MIB = 1_024
const DISK_MIB = 2_048
const DEFAULT_PORTS = { Ethereum: 8545, node: 8600, watcher: 8700, indexer: 8800 }

const EXAMPLES = `
Examples:
  $ omg doctor            what this machine can run, and what to do about the rest
  $ omg doctor --install  install packages, build the contracts and the Go tools
  $ omg doctor --home ./mine  the CometBFT of a node that joined a network: keys, peers, height, clock`

export function doctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('check this machine and explain what is missing')
    .option('--home <folder>', 'folder whose nodes are looked at; default: that of --data')
    .option('--install', 'install and build what is missing first')
    .addHelpText('after', EXAMPLES)
    .action(
      action<{ install?: boolean; home?: string }>(async ({ data, running }, { install, home }) => {
        if (install)
          spawnSync(process.execPath, [join(repository(), 'tools', 'setup.mjs'), '--go'], {
            stdio: 'inherit',
          })
        const findings = [
          nodeVersion(),
          program_('anvil', 'the embedded Ethereum', '@foundry-rs/anvil'),
          program_('forge', 'the contract compiler and tests', '@foundry-rs/forge'),
          contracts(),
          await cometBft(await goAdvice()),
          await geth(),
          cores(),
          memory(),
          disk(data),
          ...(running
            ? [{ check: 'network', state: 'good' as const, found: `runs: ${running.nodeUrl}` }]
            : await ports()),
          ...(await engines(home ? resolve(home) : data)),
        ]
        const worst = findings.some(({ state }) => state === 'bad')
        const mark = { good: good('ok'), limited: warn('limited'), bad: bad('wrong') }
        const rows = findings.map(({ check, state, found, action: advice }) => [
          check,
          mark[state],
          found,
          advice ?? '',
        ])
        return {
          json: { healthy: !worst, findings },
          text: table(['what', '', 'found', 'what to do'], rows),
          exit: worst ? EXIT.unhealthy : EXIT.done,
        }
      }),
    )
}

const repository = () => join(import.meta.dirname, '..', '..', '..', '..')

function nodeVersion(): Finding {
  const major = Number(process.versions.node.split('.')[0])
  return major >= 24
    ? { check: 'Node', state: 'good', found: process.version }
    : {
        check: 'Node',
        state: 'bad',
        found: process.version,
        action: 'run it through npm (npm run omg), which brings Node 24',
      }
}

function program_(name: string, purpose: string, packageName: string): Finding {
  const file = join(repository(), 'node_modules', packageName, 'bin.mjs')
  const answer = spawnSync(process.execPath, [file, '--version'], { encoding: 'utf8' })
  const version = answer.status === 0 ? (answer.stdout.split('\n')[0] ?? '').replace(/^.*Version: /, '') : ''
  return version !== ''
    ? { check: name, state: 'good', found: version }
    : { check: name, state: 'bad', found: `${purpose} does not run`, action: 'omg doctor --install' }
}

function contracts(): Finding {
  return existsSync(join(repository(), 'contracts', 'out', 'RootChain.sol', 'RootChain.json'))
    ? { check: 'contracts', state: 'good', found: 'compiled' }
    : { check: 'contracts', state: 'bad', found: 'not compiled', action: 'omg doctor --install' }
}

/** Every CometBFT that has a folder here. All are asked at once: each takes two looks. */
async function engines(folder: string): Promise<Finding[]> {
  const found = await Promise.all(
    homesIn(folder).map(async ({ name, home }) => [
      ...homeFindings(name, home),
      ...(await networkFindings(name, home)),
    ]),
  )
  return found.flat()
}

type GoTools = typeof import('../../../../tools/gotools.mjs')
const goTools = (): Promise<GoTools> => import('../../../../tools/gotools.mjs')

/** How to come to the Go programs. */
async function goAdvice(): Promise<string> {
  return (await goTools()).findGo().missing === undefined
    ? 'omg doctor --install'
    : 'install Go from https://go.dev/dl, then omg doctor --install'
}

async function geth(): Promise<Finding> {
  const { findGo, goTool } = await goTools()
  const path = goTool('geth')
  if (path !== undefined) return { check: 'geth', state: 'good', found: path }
  const go = findGo()
  return {
    check: 'geth',
    state: 'limited',
    found: `not built (${go.missing ?? `Go ${go.version} is here`}); only tests use it`,
    action: await goAdvice(),
  }
}

function cores(): Finding {
  const count = availableParallelism()
  return { check: 'cores', state: count >= 2 ? 'good' : 'limited', found: String(count) }
}

function memory(): Finding {
  const free = Math.floor(freemem() / 1_048_576)
  const found = `${free.toLocaleString('en')} MiB free`
  return free >= MEMORY_MIB
    ? { check: 'memory', state: 'good', found }
    : { check: 'memory', state: 'limited', found, action: `free ${MEMORY_MIB.toLocaleString('en')} MiB` }
}

function disk(data: string): Finding {
  let folder = data
  while (!existsSync(folder)) folder = dirname(folder)
  const { bavail, bsize } = statfsSync(folder)
  const free = Math.floor((bavail * bsize) / 1_048_576)
  const found = `${free.toLocaleString('en')} MiB free at ${folder}`
  return free >= DISK_MIB
    ? { check: 'disk', state: 'good', found }
    : {
        check: 'disk',
        state: 'limited',
        found,
        action: `free ${DISK_MIB.toLocaleString('en')} MiB, or --data <folder>`,
      }
}

function ports(): Promise<Finding[]> {
  return Promise.all(
    Object.entries(DEFAULT_PORTS).map(async ([what, port]): Promise<Finding> => {
      const check = `port ${port}`
      return claimPort(port, what).then(
        () => ({ check, state: 'good', found: `free for ${what}` }),
        () => ({
          check,
          state: 'limited',
          found: 'in use by another program',
          action: `omg up --${what.toLowerCase()}-port 0`,
        }),
      )
    }),
  )
}
