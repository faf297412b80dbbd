import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, fstatSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cliError } from '../error.ts'

const LIFELINE = fileURLToPath(import.meta.resolve('@omg/node/lifeline'))
/** How long a program may take until it is ready, in milliseconds. */
const READY_TIMEOUT_MS = 120_000
const POLL_MS = 100
/** How long a program may take to stop before it is killed. */
const STOP_TIMEOUT_MS = 15_000
/** Lines of a program's log that are shown when it fails. */
const LOG_LINES = 12

export interface ChildOptions {
  /** For people: `Ethereum`, `node`, `watcher`. */
  name: string
  program: string
  args: readonly string[]
  /** Everything the program prints goes here. */
  log: string
  env?: Record<string, string>
  /** True once the program can be used; asked again and again. */
  ready: () => Promise<boolean>
  /** Aborted while it starts, it is stopped and starting fails. */
  signal?: AbortSignal
}

/** A program that runs under this one and cannot outlive it. */
export interface Child {
  readonly name: string
  readonly pid: number
  readonly log: string
  /** Settles when the program ends by itself or is stopped. */
  readonly ended: Promise<number>
  stop(): Promise<void>
}

/** Starts a program and waits until it is ready; if it fails, it is gone when the error arrives. */
export async function startChild(options: ChildOptions): Promise<Child> {
  const { name, program, args, log, env = {}, ready, signal } = options
  mkdirSync(dirname(log), { recursive: true })
  const file = openSync(log, 'a')
  const before = fstatSync(file).size
  const spawned = spawn(process.execPath, [LIFELINE, program, ...args], {
    stdio: ['pipe', file, file],
    env: { ...process.env, ...env },
    detached: true,
  })
  closeSync(file)
  let code: number | undefined
  const ended = new Promise<number>(resolve => {
    spawned.once('exit', exit => {
      code = exit ?? 1
      resolve(code)
    })
  })
  const child: Child = { name, pid: spawned.pid ?? 0, log, ended, stop: () => stop(spawned, ended) }

  const deadline = Date.now() + READY_TIMEOUT_MS
  while (!(await ready().catch(() => false))) {
    if (code !== undefined) {
      throw cliError(
        'network.start',
        `${name} ended with ${code} before it was ready.\n${endOf(log, before)}`,
      )
    }
    if (signal?.aborted) {
      await child.stop()
      throw cliError('network.start', `${name} was stopped before it was ready.`)
    }
    if (Date.now() > deadline) {
      await child.stop()
      throw cliError(
        'network.start',
        `${name} was not ready after ${READY_TIMEOUT_MS / 1000} s.\n${endOf(log, before)}`,
      )
    }
    await new Promise(resolve => setTimeout(resolve, POLL_MS))
  }
  return child
}

async function stop(spawned: ChildProcess, ended: Promise<number>): Promise<void> {
  if (spawned.exitCode !== null || spawned.signalCode !== null) return
  spawned.stdin?.end()
  const kill = setTimeout(() => spawned.kill('SIGKILL'), STOP_TIMEOUT_MS)
  await ended
  clearTimeout(kill)
}

/** The end of what a program wrote to its log since it was started. */
function endOf(log: string, before: number): string {
  return readFileSync(log)
    .subarray(before)
    .toString('utf8')
    .trimEnd()
    .split('\n')
    .slice(-LOG_LINES)
    .join('\n')
}
