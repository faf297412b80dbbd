import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { nodeError } from '../../errors.ts'
import { builtPrograms } from '../../process/programs.ts'

const NAME = process.platform === 'win32' ? 'cometbft.exe' : 'cometbft'

/**
 * The CometBFT program: the configured one, or that of OMG_TOOLS, or what the set-up of this clone has built, or the first in PATH.
 * Errors (thrown): engine.missing.
 */
export async function cometBftProgram(configured?: string): Promise<string> {
  if (configured) {
    if (existsSync(configured)) return configured
    throw nodeError('engine.missing', `consensus.program: there is no ${configured}.`)
  }
  const found = await findCometBft()
  if (found) return found
  throw nodeError('engine.missing', 'CometBFT is not built on this machine.')
}

/** The same without a setting; undefined where there is none. */
export async function findCometBft(): Promise<string | undefined> {
  const places = await builtPrograms('cometbft')
  for (const folder of (process.env.PATH ?? '').split(delimiter)) if (folder) places.push(join(folder, NAME))
  return places.find(existsSync)
}
