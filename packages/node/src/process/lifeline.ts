// Runs a program that must never outlive its supervisor: `node lifeline.ts <program> <arguments...>`.
// The supervisor holds the other end of standard input. However it ends, kill -9 included, the pipe closes, and
// the program is told to stop. It sits in its own process group, so Ctrl-C at the terminal reaches the supervisor
// alone, which stops everything in the right order.
import { spawn } from 'node:child_process'

/** A program that has not stopped by then is killed. */
const GRACE_MS = 10_000

const [program, ...args] = process.argv.slice(2)
if (program === undefined) throw new Error('usage: lifeline <program> <arguments...>')

const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] })
child.on('error', error => {
  process.stderr.write(`${error.message}\n`)
  process.exit(127)
})
child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 0)))

let stopping = false
function stop() {
  if (stopping) return
  stopping = true
  child.kill('SIGTERM')
  setTimeout(() => child.kill('SIGKILL'), GRACE_MS).unref()
}
process.stdin.resume()
process.stdin.on('end', stop)
process.stdin.on('error', stop)
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, stop)
