import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { BenchOptions, BenchResult } from './result.ts'

/** The argument by which a benchmark knows that it is the process in which to measure. */
export const MEASURE = '--measure'

/** Longest that one measurement may take, however busy the machine is. */
const MEASURE_MINUTES = 12

/**
 * Runs the measurement of a benchmark in a process of its own, with flags that only a new process can have. It ends in any case: what has not ended
 * in time is killed, and whatever it started ends with it.
 */
export async function measureApart(
  url: string,
  flags: readonly string[],
  { quick }: BenchOptions,
): Promise<BenchResult> {
  const args = [MEASURE, ...(quick ? ['--quick'] : [])]
  const child = fork(fileURLToPath(url), args, { execArgv: [...flags] })
  const exited = once(child, 'exit')
  const timer = setTimeout(() => child.kill('SIGKILL'), MEASURE_MINUTES * 60_000)
  const ended = () => {
    const [code, signal] = [child.exitCode, child.signalCode]
    return signal === 'SIGKILL' ? `nothing within ${MEASURE_MINUTES} minutes` : (code ?? signal)
  }
  const [result] = (await Promise.race([once(child, 'message'), exited])) as [BenchResult | number]
  if (typeof result !== 'object' || result === null) {
    clearTimeout(timer)
    throw new Error(`the measurement ended with ${ended()}`)
  }
  await exited
  clearTimeout(timer)
  return result
}
