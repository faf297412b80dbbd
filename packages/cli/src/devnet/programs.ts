/** The programs of a network: commands of `omg` that run under `omg up`, each with its log, and are started again when they die. */
import { join } from 'node:path'
import { demoKey } from '../account/demoAccounts.ts'
import { deploymentFile } from './record.ts'
import { settingsFile } from './settings.ts'
import { type Supervised, supervise } from './supervisor.ts'

/** What `omg up` runs beside Ethereum. */
export type ProgramName = 'node' | 'watcher' | 'indexer' | 'crowd'

export interface ProgramOptions {
  readonly name: ProgramName
  /** Folder of the network; the log goes to its `logs`. */
  readonly data: string
  /** The command of `omg` with its options. */
  readonly args: readonly string[]
  readonly env?: Record<string, string>
  /** It is ready when its `/health` says so; without a URL as soon as it runs. */
  readonly url?: string | undefined
  /** Something the user should read and keep. */
  readonly tell: (line: string) => void
}

/** Starts a command of `omg` and keeps it running. */
export function superviseProgram({
  name,
  data,
  args,
  env = {},
  url,
  tell,
}: ProgramOptions): Promise<Supervised> {
  return supervise(
    {
      name: `the ${name}`,
      program: process.execPath,
      args: [join(import.meta.dirname, '..', '..', 'bin', 'omg.ts'), ...args],
      env,
      log: logFile(data, name),
      ready: async () =>
        url === undefined || (await fetch(`${url}/health`, { signal: AbortSignal.timeout(2_000) })).ok,
    },
    tell,
  )
}

export const logFile = (data: string, name: string): string => join(data, 'logs', `${name}.log`)

/** Where the programs of a network find each other. */
export interface ProgramPlaces {
  readonly data: string
  readonly ethereumUrl: string
  readonly nodeUrl: string
}

/** The command line of each program that a network needs, in the order in which they start. */
export function commandLine(
  name: 'node' | 'watcher' | 'indexer',
  port: number,
  { data, ethereumUrl, nodeUrl }: ProgramPlaces,
): Pick<ProgramOptions, 'args' | 'env'> {
  const contracts = ['--deployment', deploymentFile(data), '--ethereum', ethereumUrl]
  const settings = ['--config', settingsFile(data, name), '--port', String(port)]
  const directory = join(data, name)
  switch (name) {
    case 'node':
      return {
        args: ['node', ...contracts, ...settings, '--data-directory', directory],
        env: { OMG_VALIDATOR_KEY: demoKey('operator') },
      }
    case 'watcher':
      return {
        args: ['watch', ...contracts, '--node', nodeUrl, ...settings, '--data-directory', directory],
        env: { OMG_WATCHER_KEY: demoKey('watcher') },
      }
    case 'indexer':
      return { args: ['index', '--node', nodeUrl, ...settings, '--database', directory] }
  }
}
