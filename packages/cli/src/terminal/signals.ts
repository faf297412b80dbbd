/** Resolves when the user presses Ctrl-C or the system asks this process to stop. A second Ctrl-C ends it at once. */
export function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise(resolve => {
    const signals: NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP']
    for (const signal of signals) process.once(signal, () => resolve(signal))
  })
}

const ORPHAN_POLL_MS = 1_000

/**
 * Resolves when npm, which started this process, is gone: npm does not always pass on the signal that ends it, and a
 * network nobody can stop must not stay behind. Never resolves for a process that was not started by npm.
 */
export function untilOrphaned(): Promise<void> {
  const parent = process.ppid
  return new Promise(resolve => {
    if (process.env.npm_lifecycle_event === undefined) return
    const timer = setInterval(() => {
      if (process.ppid === parent) return
      clearInterval(timer)
      resolve()
    }, ORPHAN_POLL_MS)
    timer.unref()
  })
}
