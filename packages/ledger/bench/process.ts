import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { BenchOptions, BenchResult } from './result.ts'

/** The argument by which a benchmark knows that it is the process in which to measure. */
export const MEASURE = '--measure'

/** Runs the measurement of a benchmark in a process of its own, with flags that only a new process can have. */
export async function measureApart(
  url: string,
  flags: readonly string[],
  { quick }: BenchOptions,
): Promise<BenchResult> {
  const args = [MEASURE, ...(quick ? ['--quick'] : [])]
  const child = fork(fileURLToPath(url), args, { execArgv: [...flags] })
  const exited = once(child, 'exit')
  const [result] = (await Promise.race([once(child, 'message'), exited])) as [BenchResult | number]
  if (typeof result !== 'object' || result === null) throw new Error(`the measurement ended with ${result}`)
  await exited
  return result
}
