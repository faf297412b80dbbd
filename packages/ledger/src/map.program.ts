import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'

/** Most signatures of one request; as in tools/signatures. */
export const MAX_CHECKED = 4096
const HEAD_BYTES = 4
/** Longer than the largest request takes on a machine that is busy: a program that says nothing for so long has gone. */
const PATIENCE_MILLISECONDS = 15_000
/** Pause before it may be started again: doubled each time, until it answers. */
const FIRST_PAUSE_MILLISECONDS = 1_000
const LONGEST_PAUSE_MILLISECONDS = 60_000

export interface SignatureProgramOptions {
  readonly path: string
  /** It ended, or said what cannot be; after a pause it is started again when it is asked. */
  readonly onTrouble: (reason: string) => void
  /** Tests are less patient. */
  readonly patience?: number
  readonly firstPause?: number
}

interface Asked {
  readonly answer: Uint8Array
  filled: number
  readonly timer: NodeJS.Timeout
  readonly resolve: (verdicts: Uint8Array | undefined) => void
}

/**
 * The program that checks signatures in batches (tools/signatures), a child on two pipes; one request at a time. Nothing hangs on it: who
 * asked gets no answer where it dies, stalls or answers nonsense. It ends where its input does, so it outlives neither its worker nor the
 * node, and it sits in its own process group, so Ctrl-C does not reach it before the node has stopped.
 */
export class SignatureProgram {
  readonly #options: SignatureProgramOptions
  #child: ChildProcessWithoutNullStreams | undefined
  #asked: Asked | undefined
  #pause: number
  #restart: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(options: SignatureProgramOptions) {
    this.#options = options
    this.#pause = options.firstPause ?? FIRST_PAUSE_MILLISECONDS
  }

  /** Whether it may be asked: it is not at work, and has not just failed. */
  get isReady(): boolean {
    return this.#asked === undefined && this.#restart === undefined && !this.#isClosed
  }

  /**
   * A verdict for each of `count` entries, which stand one after the other: 1 where it holds. Undefined where there is no answer. Only
   * while {@link isReady}; the entries must stay as they are until then. The program is started when it is first asked.
   */
  check(entries: Uint8Array, count: number): Promise<Uint8Array | undefined> {
    const { promise, resolve } = Promise.withResolvers<Uint8Array | undefined>()
    this.#child ??= this.#start()
    const { stdin } = this.#child
    const late = () => this.#fail('it did not answer in time')
    const timer = setTimeout(late, this.#options.patience ?? PATIENCE_MILLISECONDS)
    this.#asked = { answer: new Uint8Array(HEAD_BYTES + count), filled: 0, timer, resolve }
    const head = new Uint8Array(HEAD_BYTES)
    new DataView(head.buffer).setUint32(0, count)
    stdin.cork()
    stdin.write(head)
    stdin.write(entries)
    stdin.uncork()
    return promise
  }

  /** Ends the program, and waits for that. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#restart)
    const child = this.#child
    this.#settle(undefined)
    this.#child = undefined
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }

  #start(): ChildProcessWithoutNullStreams {
    const child = spawn(this.#options.path, [], { stdio: ['pipe', 'pipe', 'pipe'], detached: true, env: {} })
    let said = ''
    const gone = (reason: string) => {
      if (this.#child === child) this.#fail(said.trim() || reason)
    }
    child.on('error', error => gone(error.message))
    child.on('exit', (code, signal) => gone(`it ended with ${signal ?? code}`))
    // Whatever breaks a pipe ends the program, too, and that is heard.
    for (const pipe of [child.stdin, child.stdout, child.stderr]) pipe.on('error', () => {})
    child.stderr.on('data', (chunk: Buffer) => {
      said = `${said}${chunk}`.slice(-500)
    })
    child.stdout.on('data', (chunk: Buffer) => {
      if (this.#child === child) this.#hear(chunk)
    })
    return child
  }

  #hear(chunk: Buffer): void {
    const asked = this.#asked
    if (!asked || asked.filled + chunk.length > asked.answer.length) {
      this.#fail('it said more than it was asked')
      return
    }
    asked.answer.set(chunk, asked.filled)
    asked.filled += chunk.length
    if (asked.filled < asked.answer.length) return
    const { answer } = asked
    const verdicts = answer.subarray(HEAD_BYTES)
    const count = new DataView(answer.buffer).getUint32(0)
    if (count !== verdicts.length || verdicts.some(verdict => verdict > 1)) {
      this.#fail('its answer is none')
      return
    }
    this.#pause = this.#options.firstPause ?? FIRST_PAUSE_MILLISECONDS
    this.#settle(verdicts)
  }

  #settle(verdicts: Uint8Array | undefined): void {
    const asked = this.#asked
    if (!asked) return
    this.#asked = undefined
    clearTimeout(asked.timer)
    asked.resolve(verdicts)
  }

  #fail(reason: string): void {
    const child = this.#child
    this.#child = undefined
    child?.kill('SIGKILL')
    if (!this.#isClosed) {
      this.#options.onTrouble(reason)
      this.#restart = setTimeout(() => {
        this.#restart = undefined
      }, this.#pause)
      this.#restart.unref()
      this.#pause = Math.min(2 * this.#pause, LONGEST_PAUSE_MILLISECONDS)
    }
    this.#settle(undefined)
  }
}
