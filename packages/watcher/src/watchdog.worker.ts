/**
 * Runs beside the main thread and says so when that one does not run: a blocked thread cannot raise an alarm itself.
 */
import { workerData } from 'node:worker_threads'

interface WatchdogData {
  /** One counter, raised by the main thread whenever it runs. */
  readonly beats: SharedArrayBuffer
  readonly limitMilliseconds: number
}

const { beats, limitMilliseconds } = workerData as WatchdogData
const counter = new Int32Array(beats)
let last = Atomics.load(counter, 0)
let silentSince = Date.now()
let told = false

setInterval(
  () => {
    const now = Atomics.load(counter, 0)
    if (now !== last) {
      last = now
      silentSince = Date.now()
      told = false
      return
    }
    const silentMilliseconds = Date.now() - silentSince
    if (told || silentMilliseconds < limitMilliseconds) return
    told = true
    const line = {
      level: 60,
      time: Date.now(),
      code: 'watcher.stalled',
      silentMilliseconds,
      msg: 'the main thread does not run',
    }
    process.stderr.write(`${JSON.stringify(line)}\n`)
  },
  Math.max(100, limitMilliseconds / 4),
)
