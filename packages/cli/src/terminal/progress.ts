import { formatSeconds } from './duration.ts'

/** Work shorter than this shows nothing. */
const QUIET_MS = 1_000
/** Without a terminal, one line of progress this often. */
const LINE_MS = 10_000
const FRAMES = ['|', '/', '-', '\\']

/** Tells the progress line what is being waited for now. */
export type Say = (what: string) => void

/**
 * Runs `work`, and when it takes longer than a second shows on standard error what is being waited for and for how
 * long: one line that renews itself on a terminal, a line every ten seconds elsewhere.
 */
export async function withProgress<T>(label: string, work: (say: Say) => Promise<T>): Promise<T> {
  const { stderr } = process
  const started = Date.now()
  let what = label
  let frame = 0
  let lastLine = Number.NEGATIVE_INFINITY
  const timer = setInterval(() => {
    const elapsed = Date.now() - started
    if (elapsed < QUIET_MS) return
    const line = `${what} ... ${formatSeconds(elapsed / 1000)}`
    if (stderr.isTTY) {
      stderr.write(`\r\u001b[K${FRAMES[frame++ % FRAMES.length]} ${line}`)
    } else if (elapsed - lastLine >= LINE_MS) {
      lastLine = elapsed
      stderr.write(`${line}\n`)
    }
  }, 200)
  try {
    return await work(next => {
      what = next
    })
  } finally {
    clearInterval(timer)
    if (stderr.isTTY && Date.now() - started >= QUIET_MS) stderr.write('\r\u001b[K')
  }
}
