/** The programs of a network: commands of `omg` that run under `omg up`, each with its log, and are started again when they die. */
import { join } from 'node:path'
import type { DataMode } from '@omg/protocol'
import { demoKey } from '../account/demoAccounts.ts'
import { blobFolder, deploymentFile } from './record.ts'
import { KEEPER_PACE, settingsFile } from './settings.ts'
import { type Supervised, supervise } from './supervisor.ts'
import { type DevnetValidator, type ValidatorName, validatorEnvironment } from './validators.ts'

/** What a network runs beside Ethereum. */
export type ProgramName = ValidatorName | 'watcher' | 'indexer'

export interface ProgramsOptions {
  /** Folder of the network; each program has a folder and a log there. */
  readonly data: string
  readonly ethereumUrl: string
  /** One without a port does not run. */
  readonly ports: { readonly watcher: number; readonly indexer?: number | undefined }
  /** The first one is the node of the network. */
  readonly validators: readonly DevnetValidator[]
  readonly dataMode: DataMode
  /** Something the user should read and keep. */
  readonly tell: (line: string) => void
}

export class Programs {
  readonly #options: ProgramsOptions
  readonly #stopping = new AbortController()
  readonly #starting: Promise<Supervised>[] = []
  readonly #running: Supervised[] = []

  constructor(options: ProgramsOptions) {
    this.#options = options
  }

  /** Where a program is, or will be. */
  urlOf(name: ProgramName): string | undefined {
    const port = portOf(name, this.#options)
    return port === undefined ? undefined : urlAt(port)
  }

  /** Starts a program; settles when it is ready, or has failed to start and is gone. */
  async start(name: ProgramName): Promise<void> {
    const { data, tell } = this.#options
    const url = this.urlOf(name)
    if (url === undefined) return
    const starting = supervise(
      {
        name: `the ${name}`,
        ...omgProgram(commandLine(name, this.#options)),
        log: logFile(data, name),
        ready: async () => (await fetch(`${url}/health`, { signal: AbortSignal.timeout(2_000) })).ok,
        signal: this.#stopping.signal,
      },
      tell,
    )
    this.#starting.push(starting)
    this.#running.push(await starting)
  }

  /** Settles when one of those that run by now cannot be kept running. */
  get lost(): Promise<string> {
    return Promise.race(this.#running.map(({ lost }) => lost))
  }

  /** The last one first. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await Promise.allSettled(this.#starting)
    for (const program of this.#running.splice(0).reverse()) await program.stop()
  }
}

/** Starts the crowd of a network that runs. A network can do without it, so its loss is only told. */
export async function superviseCrowd(data: string, tell: (line: string) => void): Promise<Supervised> {
  const crowd = await supervise(
    {
      name: 'the crowd',
      ...omgProgram({ args: ['crowd', '--data', data] }),
      log: logFile(data, 'crowd'),
      ready: async () => true,
    },
    tell,
  )
  void crowd.lost.then(reason => tell(`${reason}; the markets are quiet now`))
  return crowd
}

/** Starts the keeper of a network that runs, on a port that is free; it comes up beside everything else. */
export async function superviseKeeper(
  data: string,
  port: number,
  tell: (line: string) => void,
): Promise<Supervised> {
  const keeper = await supervise(
    {
      name: 'the keeper',
      ...omgProgram({
        args: ['keeper', '--data', data, '--port', String(port), ...KEEPER_PACE],
        env: { OMG_KEEPER_KEY: demoKey('keeper') },
      }),
      log: logFile(data, 'keeper'),
      ready: async () => true,
    },
    tell,
  )
  void keeper.lost.then(reason =>
    tell(`${reason}; nobody publishes validator sets, divides fees or proves offences now`),
  )
  return keeper
}

export const urlAt = (port: number): string => `http://127.0.0.1:${port}`

export const logFile = (data: string, name: string): string => join(data, 'logs', `${name}.log`)

interface CommandLine {
  readonly args: readonly string[]
  readonly env?: Record<string, string>
}

/** A command of `omg` as a process of its own. */
export function omgProgram({ args, env = {} }: CommandLine) {
  return {
    program: process.execPath,
    args: [join(import.meta.dirname, '..', '..', 'bin', 'omg.ts'), ...args],
    env,
  }
}

function portOf(name: ProgramName, { ports, validators }: ProgramsOptions): number | undefined {
  return name === 'watcher' || name === 'indexer'
    ? ports[name]
    : validators.find(validator => validator.name === name)?.port
}

function commandLine(name: ProgramName, options: ProgramsOptions): CommandLine {
  const { data, ethereumUrl, validators, dataMode } = options
  const contracts = ['--deployment', deploymentFile(data), '--ethereum', ethereumUrl]
  const port = ['--port', String(portOf(name, options))]
  const settings = (program: 'node' | 'watcher' | 'indexer') => ['--config', settingsFile(data, program)]
  const directory = join(data, name)
  const nodeUrl = urlAt(validators[0]!.port)
  switch (name) {
    case 'watcher':
      return {
        args: [
          'watch',
          ...contracts,
          '--node',
          nodeUrl,
          ...settings(name),
          ...port,
          '--data-directory',
          directory,
          ...(dataMode === 'blob' ? ['--blobs', blobFolder(data)] : []),
        ],
        env: { OMG_WATCHER_KEY: demoKey('watcher') },
      }
    case 'indexer':
      return { args: ['index', '--node', nodeUrl, ...settings(name), ...port, '--database', directory] }
    default: {
      const own = validators.find(validator => validator.name === name)!
      return {
        // All validators have the settings of the node.
        args: ['node', ...contracts, ...settings('node'), ...port, '--data-directory', directory],
        env: { ...validatorEnvironment(own, validators, data), ...dataModeEnvironment(dataMode, data) },
      }
    }
  }
}

function dataModeEnvironment(dataMode: DataMode, data: string): Record<string, string> {
  if (dataMode === 'plasma') return {}
  return { OMG_CHECKPOINT_DATA_MODE: dataMode, OMG_CHECKPOINT_BLOB_ARCHIVE: blobFolder(data) }
}
