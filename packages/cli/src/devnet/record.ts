/**
 * What a data folder knows about its network.
 *
 * - `network.json`: the network itself (deployment, tokens, ports); kept, so that a second start resumes it.
 * - `running.json`: where it can be reached now; there only while `omg up` runs, and named by its process.
 */
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { DataMode } from '@omg/protocol'
import { type Deployment, decodeDeployment, encodeDeployment } from '@omg/rootchain'
import { cliError } from '../error.ts'

export interface Running {
  /** The process of `omg up`. */
  pid: number
  /** RFC 3339, UTC. */
  startedAt: string
  ethereumUrl: string
  nodeUrl: string
  watcherUrl: string
  /** Undefined where none runs. */
  indexerUrl?: string
  /** All validators, the node first, where there are several. */
  validatorUrls?: string[]
  /** The embedded Ethereum with its public test accounts. */
  devnet: boolean
}

/** The network of a folder. */
export interface Network {
  deployment: Deployment
  /** Undefined: the embedded Ethereum. */
  ethereumUrl?: string
  /** How many validate; undefined: one, on the solo engine. */
  validators?: number
  /** Undefined: plasma. */
  dataMode?: DataMode
  /** The newest Ethereum block seen while it ran: Ethereum must still have it when the network is resumed. */
  lastBlock?: { number: string; hash: string }
}

const networkFile = (data: string) => join(data, 'network.json')
/** The deployment record alone, as node and watcher read it. */
export const deploymentFile = (data: string): string => join(data, 'deployment.json')
/** Where nodes keep the blobs of checkpoints, and the watcher finds them when no node answers. */
export const blobFolder = (data: string): string => join(data, 'blobs')

export function readNetwork(data: string): Network | undefined {
  if (!existsSync(networkFile(data)) || !existsSync(deploymentFile(data))) return undefined
  const deployment = decodeDeployment(readFileSync(deploymentFile(data), 'utf8'))
  return { ...JSON.parse(readFileSync(networkFile(data), 'utf8')), deployment }
}

export function writeNetwork(data: string, { deployment, ...network }: Network): void {
  if (!existsSync(deploymentFile(data))) writeWhole(deploymentFile(data), encodeDeployment(deployment))
  writeWhole(networkFile(data), `${JSON.stringify(network, null, 2)}\n`)
}

/** The folders and files that belong to one network; accounts are the user's and stay. */
const PARTS = [
  'network.json',
  'deployment.json',
  'ethereum.json',
  'genesis.json',
  'node',
  'watcher',
  'indexer',
  'blobs',
  'node.json',
  'watcher.json',
  'indexer.json',
  'logs',
]

/** Moves a network aside so that a new one can start; returns where it went. */
export function setNetworkAside(data: string): string {
  const aside = join(data, `old-${new Date().toISOString().slice(0, 19).replaceAll(':', '')}`)
  mkdirSync(aside, { recursive: true })
  const validators = readdirSync(data).filter(name => /^validator\d+$/.test(name))
  for (const part of [...PARTS, ...validators]) {
    if (existsSync(join(data, part))) renameSync(join(data, part), join(aside, part))
  }
  return aside
}

/** A reader sees the old file or the new one, never half of it. */
function writeWhole(file: string, text: string): void {
  writeFileSync(`${file}.new`, text)
  renameSync(`${file}.new`, file)
}

const runningFile = (data: string) => join(data, 'running.json')
const lockFile = (data: string) => join(data, 'up.lock')

/** The network that runs on this folder, or undefined. A record left by a killed process does not count. */
export function readRunning(data: string): Running | undefined {
  const file = runningFile(data)
  if (!existsSync(file)) return undefined
  const running: Running = JSON.parse(readFileSync(file, 'utf8'))
  return isAlive(running.pid) ? running : undefined
}

export function writeRunning(data: string, running: Running): void {
  writeWhole(runningFile(data), `${JSON.stringify(running, null, 2)}\n`)
}

/** Takes the folder for this process, or refuses with `network.running`. Returns how to give it back. */
export function lockData(data: string): () => void {
  mkdirSync(data, { recursive: true })
  const lock = lockFile(data)
  const claim = `${lock}.${process.pid}`
  writeFileSync(claim, String(process.pid))
  try {
    for (;;) {
      try {
        // A hard link appears with its content or not at all, so no reader sees an empty lock.
        linkSync(claim, lock)
        break
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      }
      const holder = Number(existsSync(lock) ? readFileSync(lock, 'utf8') : 0)
      if (isAlive(holder)) {
        throw cliError('network.running', `a network already runs on ${data} (process ${holder})`)
      }
      rmSync(lock, { force: true })
    }
  } finally {
    rmSync(claim, { force: true })
  }
  return () => {
    rmSync(runningFile(data), { force: true })
    rmSync(lock, { force: true })
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
