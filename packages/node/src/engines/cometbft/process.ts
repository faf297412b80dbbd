import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { OmgError } from '@omg/protocol'
import type { Logger } from 'pino'
import { nodeError } from '../../errors.ts'
import { removeUnfinishedDatabases } from './databases.ts'
import { logLine } from './log-line.ts'

const LIFELINE = join(import.meta.dirname, '..', '..', 'process', 'lifeline.ts')
/** Pause before a restart in milliseconds: the first, doubled each time up to the last. */
const FIRST_PAUSE_MILLISECONDS = 250
const LAST_PAUSE_MILLISECONDS = 30_000
/** Who has run for so long begins with the first pause again. */
const STEADY_MILLISECONDS = 60_000
/** Lines of the log that tell why it ended. */
const LAST_LINES = 20
/** What it ends with when peers have not brought blocks that they say they have; the next start is without regard to them. */
const UNPROVEN_EXIT = 17
/** After these it would sit there for ever without an end. */
const GIVEN_UP =
  /^(CONSENSUS FAILURE|State sync failed|Failed to (bootstrap node|store last seen commit|switch to block sync))/

export interface CometBftProcessOptions {
  program: string
  /** Folder of its configuration and data. */
  home: string
  logger: Logger
  /** Before each start. */
  beforeStart?: () => void
  /** The guard of the votes signs nothing up to this height. */
  onSilent?: (until: bigint) => void
  /** It ended by itself and is started again. */
  onEnded: (error: OmgError) => void
}

/** CometBFT as a child that cannot outlive us, and is started again whenever it ends. */
export class CometBftProcess {
  readonly #options: CometBftProcessOptions
  #child: ChildProcess | undefined
  #loop: Promise<void> = Promise.resolve()
  #stopping = false
  #wake: () => void = () => {}
  #error: OmgError | undefined

  constructor(options: CometBftProcessOptions) {
    this.#options = options
  }

  /** Why it does not run at the moment. */
  get error(): OmgError | undefined {
    return this.#error
  }

  start(): void {
    this.#loop = this.#run()
  }

  /** It runs again, and well: what stood against it is over. */
  healthy(): void {
    this.#error = undefined
  }

  async stop(): Promise<void> {
    this.#stopping = true
    this.#wake()
    // The lifeline tells it to stop, and kills it after a grace.
    this.#child?.stdin?.end()
    await this.#loop
  }

  async #run(): Promise<void> {
    let pause = FIRST_PAUSE_MILLISECONDS
    let environment = process.env
    while (!this.#stopping) {
      const started = Date.now()
      const { code, lines } = await this.#once(environment)
      if (this.#stopping) return
      environment = code === UNPROVEN_EXIT ? { ...process.env, OMG_HEARSAY: 'ignore' } : process.env
      if (Date.now() - started > STEADY_MILLISECONDS) pause = FIRST_PAUSE_MILLISECONDS
      const last = lines.at(-1) ?? 'without a word'
      this.#error = nodeError('engine.ended', `CometBFT ended with ${code}: ${last}`)
      this.#options.logger.error({ engine: 'cometbft', code, lines }, 'CometBFT ended; it is started again')
      this.#options.onEnded(this.#error)
      await this.#sleep(pause)
      pause = Math.min(LAST_PAUSE_MILLISECONDS, 2 * pause)
    }
  }

  async #once(env: NodeJS.ProcessEnv): Promise<{ code: number; lines: string[] }> {
    const { program, home, logger, beforeStart, onSilent } = this.#options
    beforeStart?.()
    const databases = removeUnfinishedDatabases(join(home, 'data'))
    if (databases.length > 0)
      logger.warn({ engine: 'cometbft', databases }, 'databases without content are made again')
    const args = [LIFELINE, program, 'start', '--home', home]
    // A group of its own: Ctrl-C at the terminal reaches us alone, and we stop it in the right order.
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true, env })
    this.#child = child
    if (this.#stopping) child.stdin.end()
    const lines: string[] = []
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', line => {
        const { words, silentUntil } = logLine(line, logger)
        if (silentUntil !== undefined) onSilent?.(silentUntil)
        if (words) lines.push(words)
        if (words && GIVEN_UP.test(words)) child.stdin.end()
        if (lines.length > LAST_LINES) lines.shift()
      })
    }
    const code = await new Promise<number>(resolve => {
      child.once('error', error => {
        lines.push(error.message)
        resolve(127)
      })
      child.once('close', exit => resolve(exit ?? 1))
    })
    this.#child = undefined
    return { code, lines }
  }

  async #sleep(milliseconds: number): Promise<void> {
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, milliseconds)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
