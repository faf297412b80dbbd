import { OmgError } from '@omg/protocol'
import { Command } from 'commander'
import { cliError, EXIT, exitCodeOf } from './error.ts'
import { createSession, type Session } from './session.ts'
import { bad, dim } from './terminal/style.ts'

/** What a command found: the same facts for programs and for people. */
export interface Answer {
  json: unknown
  text: string
  /** How the command ends, when it is not simply done. */
  exit?: number
}

/** Characters of one line of an unexpected error: libraries put whole contracts in theirs. */
const MAX_LINE = 300

type Work<Options> = (session: Session, options: Options, args: string[]) => Promise<Answer | undefined>

/** Makes a commander action of a command's work: prints its answer, turns an error into words and an exit code. */
export function action<Options = Record<string, never>>(
  work: Work<Options>,
): (...received: unknown[]) => Promise<void> {
  return async (...received) => {
    const command = received.at(-1)
    if (!(command instanceof Command)) throw new Error('an action was called without its command')
    const session = createSession(command)
    try {
      const answer = await work(session, command.opts<object>() as Options, command.args)
      if (answer === undefined) return
      process.stdout.write(`${session.json ? toJson(answer.json) : answer.text}\n`)
      process.exitCode = answer.exit ?? EXIT.done
    } catch (thrown) {
      const error = await toldError(thrown)
      reportError(error, session.json)
      process.exitCode = exitCodeOf(error)
    }
  }
}

/** Every command that asks Ethereum, or the disk, fails in the same words, whatever it asked. What knows them is loaded for an error only. */
async function toldError(thrown: unknown): Promise<unknown> {
  if (thrown instanceof OmgError) return thrown
  const { code, syscall, path } = thrown as NodeJS.ErrnoException
  if (thrown instanceof Error && typeof code === 'string' && syscall !== undefined && path !== undefined)
    return cliError('file.failed', `${path}: ${syscall} failed with ${code}`, thrown)
  const { failureOf } = await import('@omg/rootchain')
  return failureOf(thrown)
}

/** JSON with amounts and other bigints as decimal strings. */
export const toJson = (value: unknown): string =>
  JSON.stringify(value, (_, item) => (typeof item === 'bigint' ? item.toString() : item), 2)

/** What happened and what to do; for a bug, where it happened. */
export function reportError(error: unknown, json: boolean): void {
  if (json) {
    const known =
      error instanceof OmgError
        ? error.toJSON()
        : { code: 'internal.bug', message: String(error), action: '' }
    process.stdout.write(`${toJson({ error: known })}\n`)
    return
  }
  if (!(error instanceof OmgError)) {
    const words = error instanceof Error ? (error.stack ?? error.message) : String(error)
    const shown = words
      .split('\n')
      .map(line => (line.length > MAX_LINE ? `${line.slice(0, MAX_LINE)}...` : line))
    process.stderr.write(`${bad('Something is wrong in this program:')} ${shown.join('\n')}\n`)
    return
  }
  process.stderr.write(`${bad('Not done:')} ${error.message} ${dim(`[${error.code}]`)}\n`)
  process.stderr.write(`${dim('What to do:')} ${error.action}\n`)
}
