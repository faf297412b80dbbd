// Where the Go programs live (CometBFT for several validators, geth for the tests against a real Ethereum node,
// CometBFT's load generator for the benchmarks, the check of signatures in batches) and how they are built.
// They are built once into a cache outside the tree, named by the hash of what they are built of, so a checkout of
// any other version finds its own programs and a clean clone on the same machine builds nothing again.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))

/** The oldest Go that builds the tools, as [major, minor]. */
export const GO_MINIMUM = [1, 25]

/** The folders of our own programs: CometBFT's packages with a client of ours, and the check of signatures. */
const OWN_PROGRAMS = ['cometbft', 'signatures']

/** The programs that `tools/go.mod` lists in its `tool` lines. */
export function goTools() {
  const lines = readFileSync(join(here, 'go.mod'), 'utf8').split('\n')
  const single = lines.filter(line => line.startsWith('tool ')).map(line => line.slice(5).trim())
  const block = lines.slice(lines.indexOf('tool (') + 1)
  const grouped = lines.includes('tool (') ? block.slice(0, block.indexOf(')')).map(line => line.trim()) : []
  return [...single, ...grouped]
    .filter(path => path !== '' && path !== '(')
    .map(path => path.split('/').at(-1))
}

/** The folder of the built programs for this version of the tree. */
export function goToolFolder() {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache')
  const sum = createHash('sha256')
  for (const file of ['go.mod', 'go.sum', ...ownSources()]) {
    sum
      .update(`${file}\0`)
      .update(readFileSync(join(here, file)))
      .update('\0')
  }
  return join(cache, 'omg-network', `tools-${sum.digest('hex').slice(0, 16)}`)
}

/** The sources of the programs that are our own, in order. */
function ownSources() {
  return OWN_PROGRAMS.flatMap(program =>
    readdirSync(join(here, program), { recursive: true })
      .filter(file => file.endsWith('.go') && !file.endsWith('_test.go'))
      .map(file => `${program}/${file.replaceAll('\\', '/')}`)
      .sort(),
  )
}

/** The path of one built program, or undefined when it is not there. */
export function goTool(name) {
  const path = join(goToolFolder(), name)
  return existsSync(path) ? path : undefined
}

/** The installed Go as `{ version }`, or `{ missing }` with the reason in words. */
export function findGo() {
  const answer = spawnSync('go', ['env', 'GOVERSION'], { cwd: here, encoding: 'utf8' })
  if (answer.error || answer.status !== 0) return { missing: 'Go is not installed' }
  const version = answer.stdout.trim().replace(/^go/, '')
  const [major = 0, minor = 0] = version.split('.').map(part => Number.parseInt(part, 10))
  const enough = major > GO_MINIMUM[0] || (major === GO_MINIMUM[0] && minor >= GO_MINIMUM[1])
  return enough ? { version } : { missing: `Go ${version} is older than ${GO_MINIMUM.join('.')}` }
}
