import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** A LevelDB that was ever open has one of these; a name, a backup of it, tables or a journal. */
const BEGUN = /^CURRENT(\.bak)?$|\.(ldb|sst|log)$/

/**
 * Removes the databases in CometBFT's `data` folder whose creation was cut short. Its LevelDB writes a manifest first and the file
 * CURRENT that names it last; a process that ends between the two (told to stop at once, or killed) leaves a folder that LevelDB calls
 * corrupted ever after, though nothing was in it yet. Returns the names of what went.
 */
export function removeUnfinishedDatabases(data: string): string[] {
  if (!existsSync(data)) return []
  const unfinished = readdirSync(data, { withFileTypes: true })
    .filter(entry => entry.isDirectory() && entry.name.endsWith('.db'))
    .map(entry => entry.name)
    .filter(name => !readdirSync(join(data, name)).some(file => BEGUN.test(file)))
  for (const name of unfinished) rmSync(join(data, name), { recursive: true })
  return unfinished
}
