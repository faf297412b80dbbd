/** Whether this machine can run several validators, after it was made to if that is possible. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { findCometBft } from '@omg/node'

const TOOLS = join(import.meta.dirname, '..', '..', '..', '..', 'tools')

/**
 * How many validators can run: as many as are wanted where CometBFT is there or can be built now, which takes some minutes once;
 * otherwise one, and the user is told what is missing.
 */
export async function possibleValidators(wanted: number, tell: (line: string) => void): Promise<number> {
  if (await findCometBft()) return wanted
  const { findGo }: typeof import('../../../../tools/gotools.mjs') = await import(join(TOOLS, 'gotools.mjs'))
  const { missing } = findGo()
  if (missing === undefined) {
    await buildTools()
    if (await findCometBft()) return wanted
  }
  const reason = missing ?? 'CometBFT could not be built (see above)'
  tell(
    `${reason}: several validators need it. Install Go from https://go.dev/dl. One validator runs now, without CometBFT.`,
  )
  return 1
}

/** The set-up shows its own progress. */
async function buildTools(): Promise<void> {
  const stdio = ['ignore', 2, 2] as const
  const child = spawn(process.execPath, [join(TOOLS, 'setup.mjs'), '--go', '--quiet'], { stdio: [...stdio] })
  await new Promise(resolve => child.once('close', resolve))
}
