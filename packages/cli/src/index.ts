/** @omg/cli: the `omg` command. */
import { CommanderError } from 'commander'
import { EXIT } from './error.ts'
import { createProgram } from './program.ts'

export { EXIT } from './error.ts'
export { createProgram } from './program.ts'

/** Runs one command line (without the program's own name) and sets the exit code of the process. */
export async function run(args: readonly string[]): Promise<void> {
  try {
    await (await createProgram(args)).parseAsync(args, { from: 'user' })
  } catch (error) {
    // Help and version are thrown as errors too, with exit code 0.
    if (!(error instanceof CommanderError)) throw error
    process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage
  }
}
