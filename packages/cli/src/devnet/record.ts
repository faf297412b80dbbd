/**
 * What a data folder knows about its network.
 *
 * - `network.json`: the network itself (deployment, tokens, ports); kept, so that a second start resumes it.
 * - `running.json`: where it can be reached now; there only while `omg up` runs, and named by its process.
 */
import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cliError } from '../error.ts'

export interface Running {
  /** The process of `omg up`. */
  pid: number
  /** RFC 3339, UTC. */
  startedAt: string
  ethereumUrl: string
  nodeUrl: string
  watcherUrl: string
  /** The embedded Ethereum with its public test accounts. */
  devnet: boolean
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
  const file = runningFile(data)
  writeFileSync(`${file}.new`, `${JSON.stringify(running, null, 2)}\n`)
  renameSync(`${file}.new`, file)
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
