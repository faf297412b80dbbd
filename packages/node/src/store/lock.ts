import { randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { OmgError } from '@omg/protocol'
import { nodeError } from '../errors.ts'

const held = new Map<string, string>()

interface Holder {
  pid: number
  /** When that process started, so that a reused pid is not mistaken for it. */
  started: string
  token: string
}

/** The right to write a data directory. Two nodes on one directory would sign two histories. */
export interface DirectoryLock {
  release(): void
}

/** Takes the data directory, or throws `store.locked` naming the process that has it. A dead holder is replaced. */
export function lockDirectory(directory: string): DirectoryLock {
  mkdirSync(directory, { recursive: true })
  const path = resolve(directory, 'LOCK')
  const own: Holder = { pid: process.pid, started: startOf(process.pid), token: randomUUID() }
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      writeFileSync(path, JSON.stringify(own), { flag: 'wx' })
      held.set(path, own.token)
      return { release: () => release(path, own.token) }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      const holder = readHolder(path)
      if (holder && isAlive(path, holder)) throw locked(join(directory, 'LOCK'), holder.pid)
      rmSync(path, { force: true })
    }
  }
  throw locked(path, 0)
}

function release(path: string, token: string): void {
  if (held.get(path) !== token) return
  held.delete(path)
  if (readHolder(path)?.token === token) rmSync(path, { force: true })
}

function readHolder(path: string): Holder | undefined {
  try {
    const holder = JSON.parse(readFileSync(path, 'utf8')) as Holder
    return Number.isInteger(holder.pid) && holder.pid > 0 ? holder : undefined
  } catch {
    return undefined
  }
}

function isAlive(path: string, holder: Holder): boolean {
  if (holder.pid === process.pid) return held.has(path)
  try {
    process.kill(holder.pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  const started = startOf(holder.pid)
  return started === '' || holder.started === '' || started === holder.started
}

/** Start time in clock ticks since boot where the system tells it (Linux), else empty. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}

function locked(path: string, pid: number): OmgError {
  const holder = pid > 0 ? ` (process ${pid})` : ''
  return nodeError(
    'store.locked',
    `The data directory is in use by another node${holder}; its lock is ${path}.`,
  )
}
