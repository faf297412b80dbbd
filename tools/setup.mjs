// Makes a clone ready to run: packages, Node 24, contracts, web pages, and (for the tests) the Go programs.
// It runs before `npm start` and `npm test` under whatever Node the machine has, when node_modules may not
// exist yet: so it is plain JavaScript without a dependency. Everything it does is done once, keyed by a hash
// of what it depends on; a second run costs a few milliseconds.
//
//   node tools/setup.mjs            packages, contracts and web pages
//   node tools/setup.mjs --go       and the Go programs that the tests use
//   node tools/setup.mjs --quiet    print only when there is work to do
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { delimiter, dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findGo, goToolFolder, goTools } from './gotools.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const modules = join(root, 'node_modules')
const quiet = process.argv.includes('--quiet')
const withGo = process.argv.includes('--go')

/** Seconds between two progress lines where the output is not a terminal. */
const PROGRESS_SECONDS = 15
/** Lines of a failed program's output that are shown. */
const FAILURE_LINES = 30

class SetupError extends Error {
  constructor(message, action) {
    super(message)
    this.action = action
  }
}

const print = line => process.stderr.write(`${line}\n`)

/** Runs one long step with a progress line; throws with the end of the output when it fails. */
async function run(label, command, args, { cwd = root, env = process.env, action }) {
  const started = Date.now()
  const seconds = () => Math.round((Date.now() - started) / 1000)
  const live = process.stderr.isTTY
  const show = () =>
    live ? process.stderr.write(`\r  ${label} ... ${seconds()} s `) : print(`  ${label} ... ${seconds()} s`)
  show()
  const timer = setInterval(show, live ? 1000 : PROGRESS_SECONDS * 1000)
  const output = []
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  child.stdout.on('data', chunk => output.push(chunk))
  child.stderr.on('data', chunk => output.push(chunk))
  const stop = () => child.kill('SIGTERM')
  process.once('SIGINT', stop)
  const code = await new Promise(resolve => {
    child.on('error', error => {
      output.push(Buffer.from(error.message))
      resolve(127)
    })
    child.on('close', resolve)
  })
  clearInterval(timer)
  process.off('SIGINT', stop)
  if (live) process.stderr.write('\r\x1b[K')
  if (code !== 0) {
    print(Buffer.concat(output).toString('utf8').trimEnd().split('\n').slice(-FAILURE_LINES).join('\n'))
    throw new SetupError(`${label} failed (${command} ended with ${code})`, action)
  }
  print(`  ${label}: done in ${seconds()} s`)
}

/** One hash over the contents of files and folders, in path order. */
function hashOf(paths) {
  const hash = createHash('sha256')
  const visit = path => {
    if (!existsSync(path)) return
    if (statSync(path).isDirectory()) {
      for (const name of readdirSync(path).sort()) visit(join(path, name))
    } else {
      hash
        .update(`${relative(root, path)}\0`)
        .update(readFileSync(path))
        .update('\0')
    }
  }
  for (const path of paths) visit(path)
  return hash.digest('hex')
}

const stampIs = (file, value) => existsSync(file) && readFileSync(file, 'utf8') === value

/** The environment without this tree's own programs: `npm ci` deletes them while it runs. */
function outsideEnvironment() {
  const path = (process.env.PATH ?? '').split(delimiter).filter(part => !part.includes('node_modules'))
  return { ...process.env, PATH: path.join(delimiter) }
}

const nodeWorks = () => {
  const answer = spawnSync(join(modules, '.bin', 'node'), ['--version'], { encoding: 'utf8' })
  return answer.status === 0 && answer.stdout.startsWith('v24.')
}
const foundryWorks = name => {
  const answer = spawnSync(join(modules, '.bin', 'node'), [
    join(modules, '@foundry-rs', name, 'bin.mjs'),
    '--version',
  ])
  return answer.status === 0
}

async function installPackages() {
  const stampFile = join(modules, '.setup-stamp')
  const stamp = `${hashOf([join(root, 'package-lock.json')])} ${process.platform} ${process.arch}`
  if (stampIs(stampFile, stamp)) return
  const npm = 'npm'
  const env = outsideEnvironment()
  // Not `npm ci`: that refuses a lock file made on a registry which lacks the optional packages of other
  // platforms. This installs exactly what the lock file pins, too, and never writes to it.
  await run(
    'installing packages',
    npm,
    ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'],
    {
      env,
      action: 'Check the network and the npm registry (npm ping), then run the command again.',
    },
  )
  // A machine may be set to ignore install scripts; these packages bring a program and need theirs.
  if (!nodeWorks() || !foundryWorks('anvil') || !foundryWorks('forge')) {
    const scripted = Object.keys(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).allowScripts)
    await run('running install scripts', npm, ['rebuild', '--ignore-scripts=false', ...scripted], {
      env,
      action:
        'Allow install scripts for the packages in "allowScripts" of package.json: npm config set ignore-scripts false',
    })
  }
  if (!nodeWorks()) {
    throw new SetupError(
      'Node 24 did not install',
      `This machine is ${process.platform}-${process.arch}; install Node 24 by hand and put it first in PATH.`,
    )
  }
  for (const name of ['anvil', 'forge']) {
    if (!foundryWorks(name)) {
      throw new SetupError(
        `${name} does not run on this machine`,
        `Try it: node_modules/.bin/${name} --version`,
      )
    }
  }
  writeFileSync(stampFile, stamp)
}

async function buildContracts() {
  const config = ['foundry.toml', join('contracts', 'foundry.toml')]
    .map(file => join(root, file))
    .find(existsSync)
  if (config === undefined) return
  const out = join(root, 'contracts', 'out')
  const stampFile = join(out, '.setup-stamp')
  const stamp = hashOf([
    join(root, 'contracts', 'src'),
    config,
    join(root, 'tools', 'solc.cjs'),
    join(root, 'package-lock.json'),
  ])
  if (stampIs(stampFile, stamp)) return
  const env = { ...process.env, PATH: `${join(modules, '.bin')}${delimiter}${process.env.PATH ?? ''}` }
  await run(
    'building contracts',
    join(modules, '.bin', 'forge'),
    ['build', '--skip', 'test', '--skip', 'script'],
    {
      cwd: dirname(config),
      env,
      action: 'See the compiler output above; run it again alone with: npm run contracts',
    },
  )
  writeFileSync(stampFile, stamp)
}

/** The packages whose sources the web pages bundle. */
const BUNDLED = ['protocol', 'exchange', 'rootchain', 'sdk', 'stake']

/**
 * The web pages that `omg up` serves: each folder of `apps` that Vite can build, again whenever a source of it has changed. One that
 * does not build keeps nobody from the rest.
 */
async function buildPages() {
  const shared = [
    join(root, 'apps', 'ui'),
    ...BUNDLED.map(name => join(root, 'packages', name, 'src')),
    join(root, 'package-lock.json'),
  ]
  for (const { name } of readdirSync(join(root, 'apps'), { withFileTypes: true })) {
    const page = join(root, 'apps', name)
    if (!existsSync(join(page, 'vite.config.ts')) || !existsSync(join(page, 'index.html'))) continue
    const stampFile = join(root, '.cache', 'web', `${name}.stamp`)
    const stamp = hashOf([page, ...shared])
    if (existsSync(join(root, '.cache', 'web', name, 'index.html')) && stampIs(stampFile, stamp)) continue
    if (await buildPage(name, page)) writeFileSync(stampFile, stamp)
  }
}

/** Builds beside the old one, so that what is served is whole at every moment. Returns whether it did. */
async function buildPage(name, page) {
  const out = join(root, '.cache', 'web', name)
  const building = `${out}.building-${process.pid}`
  try {
    await run(
      `building the page "${name}"`,
      join(modules, '.bin', 'node'),
      [
        join(modules, 'vite', 'bin', 'vite.js'),
        ...['build', page, '--outDir', building, '--emptyOutDir', '--logLevel', 'warn'],
      ],
      { action: `See the output above; build it alone with: npx vite build apps/${name}` },
    )
    rmSync(out, { recursive: true, force: true })
    renameSync(building, out)
    return true
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
    print(`  ${error.message}; going on without it. ${error.action}`)
    return false
  } finally {
    rmSync(building, { recursive: true, force: true })
  }
}

async function buildGoTools() {
  const folder = goToolFolder()
  const tools = goTools()
  if (tools.every(tool => existsSync(join(folder, tool)))) return
  const go = findGo()
  if (go.missing) {
    print(
      `  ${go.missing}: without ${tools.join(', ')} there is no network of several validators, no check of signatures in batches, and no test on CometBFT or a real Ethereum node.`,
    )
    print(
      '  Everything else works, on one validator. For the rest install Go from https://go.dev/dl and start again.',
    )
    return
  }
  const building = join(dirname(folder), `building-${process.pid}`)
  mkdirSync(building, { recursive: true })
  try {
    await run(
      `building ${tools.join(', ')} with Go ${go.version} (once, some minutes)`,
      'go',
      ['build', '-o', `${building}/`, 'tool'],
      {
        cwd: join(root, 'tools'),
        action: 'Check that the Go module proxy can be reached: go env GOPROXY',
      },
    )
    rmSync(folder, { recursive: true, force: true })
    renameSync(building, folder)
  } finally {
    rmSync(building, { recursive: true, force: true })
  }
}

/** Only one set-up at a time: a second one waits for the first, and takes over if that one died. */
async function locked(work) {
  const lock = join(root, '.cache', 'setup.lock')
  mkdirSync(dirname(lock), { recursive: true })
  const claim = `${lock}.${process.pid}`
  writeFileSync(claim, String(process.pid))
  for (let waiting = false; ; waiting = true) {
    try {
      linkSync(claim, lock)
      break
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    const holder = Number(existsSync(lock) ? readFileSync(lock, 'utf8') : '')
    if (!isAlive(holder)) {
      rmSync(lock, { force: true })
      continue
    }
    if (!waiting) print(`  another set-up is running (process ${holder}); waiting for it`)
    await new Promise(resolve => setTimeout(resolve, 500))
  }
  try {
    await work()
  } finally {
    rmSync(claim, { force: true })
    rmSync(lock, { force: true })
  }
}

function isAlive(pid) {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

try {
  await locked(async () => {
    await installPackages()
    await buildContracts()
    await buildPages()
    if (withGo) await buildGoTools()
  })
  if (!quiet) print('  set-up: ready')
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  print(`\n  Set-up stopped: ${error.message}.`)
  print(`  What to do: ${error.action}`)
  process.exitCode = 1
}
