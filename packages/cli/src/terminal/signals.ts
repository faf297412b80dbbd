/** Resolves when the user presses Ctrl-C or the system asks this process to stop. A second Ctrl-C ends it at once. */
export function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise(resolve => {
    const signals: NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP']
    for (const signal of signals) process.once(signal, () => resolve(signal))
  })
}
