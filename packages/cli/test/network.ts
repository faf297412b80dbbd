import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { ProgramName } from '../src/devnet/programs.ts'

/** What `omg up --json` prints once it is up. */
export interface Facts {
  ethereumUrl: string
  nodeUrl: string
  watcherUrl: string
  indexerUrl: string
  keeperUrl: string
  /** All of them, where there are several. */
  validatorUrls?: string[]
  isNew: boolean
  deployment: { testTokens: { usd: string; assets: { token: string; symbol: string }[] } }
}

export interface Up {
  readonly facts: Facts
  readonly child: ChildProcess
  /** Sends a signal and waits for the end; resolves with the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

/** `omg up` on free ports, as a process of its own; quiet unless it is to have a crowd. */
export async function omgUp(
  data: string,
  extra: readonly string[] = [],
  { crowd = false }: { crowd?: boolean } = {},
): Promise<Up> {
  const program = join(import.meta.dirname, '..', 'bin', 'omg.ts')
  const free = ['--ethereum-port', '0', '--node-port', '0', '--watcher-port', '0', '--indexer-port', '0']
  const child = spawn(
    process.execPath,
    [program, 'up', '--json', '--data', data, ...free, ...(crowd ? [] : ['--quiet']), ...extra],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, npm_lifecycle_event: undefined },
    },
  )
  let stdout = ''
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const facts = await new Promise<Facts>((resolve, reject) => {
    child.once('close', code => reject(new Error(`omg up ended with ${code}: ${stdout}${stderr}`)))
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
      // The object ends with a brace at the start of a line. A start that failed prints one too, and ends.
      if (!stdout.endsWith('\n}\n')) return
      const answer: Facts | { error: object } = JSON.parse(stdout)
      if (!('error' in answer)) resolve(answer)
    })
  })
  return {
    facts,
    child,
    stop: (signal = 'SIGTERM') =>
      new Promise(resolve => {
        if (child.exitCode !== null || child.signalCode !== null) return resolve(child.exitCode)
        child.once('exit', code => resolve(code))
        child.kill(signal)
      }),
  }
}

/** The process of a program that runs on a data folder, by the folder that only its command line has. */
export function processOf(data: string, program: ProgramName): number {
  const { stdout } = spawnSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' })
  const words = `${join(data, program)} `
  const line = stdout.split('\n').find(each => `${each} `.includes(words) && !each.includes('lifeline'))
  if (line === undefined) throw new Error(`no ${program} runs on ${data}`)
  return Number(line.trim().split(' ')[0])
}
