import { type Child, type ChildOptions, startChild } from './child.ts'

/** A program that ends by itself is started again at most this often. */
const MAX_RESTARTS = 5
const RESTART_DELAY_MS = 1_000

export interface Supervised {
  readonly name: string
  readonly log: string
  /** Settles, with the reason, only when the program cannot be kept running. */
  readonly lost: Promise<string>
  stop(): Promise<void>
}

/** Starts a program, waits until it is ready, and starts it again when it dies. */
export async function supervise(options: ChildOptions, tell: (line: string) => void): Promise<Supervised> {
  let child = await startChild(options)
  let stopping = false
  const lost = (async () => {
    for (let restarts = 0; ; ) {
      const code = await child.ended
      if (stopping) return new Promise<never>(() => {})
      if (++restarts > MAX_RESTARTS) return `${options.name} ended ${restarts} times, last with ${code}`
      tell(
        `${options.name} ended with ${code}; starting it again (${restarts} of ${MAX_RESTARTS}), log: ${options.log}`,
      )
      await new Promise(resolve => setTimeout(resolve, RESTART_DELAY_MS))
      if (stopping) return new Promise<never>(() => {})
      const next: Child | Error = await startChild(options).catch(error => error)
      if (next instanceof Error) return next.message
      child = next
    }
  })()
  return {
    name: options.name,
    log: options.log,
    lost,
    async stop() {
      stopping = true
      await child.stop()
    },
  }
}
