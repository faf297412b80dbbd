import { readdirSync, readFileSync } from 'node:fs'

/** Ticks of /proc in a second, on every Linux that Node runs on. */
const TICKS = 100
/** Where the times stand after the name of the program. */
const [OWN_USER, OWN_SYSTEM, ENDED_USER, ENDED_SYSTEM] = [11, 12, 13, 14] as const

/** The processes that a process has started and that still run, with all below them. Empty where there is no /proc. */
export function descendants(pid: number): number[] {
  try {
    const children = readdirSync(`/proc/${pid}/task`).flatMap(thread =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
    )
    return children.flatMap(child => [child, ...descendants(child)])
  } catch {
    return []
  }
}

/** Those of these processes that run a program of this name. */
export function runningProgram(pids: readonly number[], name: string): number[] {
  return pids.filter(pid => {
    try {
      return readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === name
    } catch {
      return false
    }
  })
}

/** Microseconds of processor time that these processes have spent. */
export function processorMicros(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + ticksOf(pid, OWN_USER, OWN_SYSTEM), 0) * (1e6 / TICKS)
}

/** The same of the processes that this one has started and that have ended. */
export function endedMicros(): number {
  return ticksOf(process.pid, ENDED_USER, ENDED_SYSTEM) * (1e6 / TICKS)
}

function ticksOf(pid: number, ...fields: readonly number[]): number {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const values = line.slice(line.lastIndexOf(')') + 2).split(' ')
    return fields.reduce((sum, field) => sum + Number(values[field]), 0)
  } catch {
    return 0
  }
}
