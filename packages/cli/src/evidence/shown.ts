/** Signed headers that somebody has seen and put into a folder: nobody else tells of a header that Ethereum never accepted. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import {
  type AskNode,
  type FoundOffence,
  offenceOfShown,
  type RootChain,
  readShownHeaders,
} from '@omg/rootchain'
import { cliError } from '../error.ts'

/** Bytes of one file: two headers with as many commitments as there may be have half of it. */
export const MAX_SHOWN_BYTES = 65_536
/** Files that are looked at; more than these wait until some are taken away. */
const MAX_FILES = 256

/** Where others put headers that they have seen. */
export const shownFolder = (folder: string): string => join(folder, 'shown')

/** A file, and what it proves. Undefined: nothing yet. */
export interface ShownFile {
  readonly name: string
  readonly found: FoundOffence | undefined
}

/** What the files of a folder prove. One that cannot be read is told, and keeps nobody waiting. */
export async function readShown(
  rootChain: RootChain,
  ask: AskNode,
  { folder, skip = new Set() }: { readonly folder: string; readonly skip?: ReadonlySet<string> },
  tell: (name: string, error: unknown) => void,
): Promise<ShownFile[]> {
  const shown: ShownFile[] = []
  for (const name of filesIn(shownFolder(folder))) {
    if (skip.has(name)) continue
    try {
      const found = await readShownFile(rootChain, ask, join(shownFolder(folder), name))
      shown.push({ name, found })
    } catch (error) {
      tell(name, error)
    }
  }
  return shown
}

/** What a file proves; undefined: nothing yet. Errors (thrown): `evidence.invalid`, `request.argument`. */
export async function readShownFile(
  rootChain: RootChain,
  ask: AskNode,
  file: string,
): Promise<FoundOffence | undefined> {
  const headers = readShownHeaders(textOf(file))
  if (!headers.ok) throw headers.error
  return offenceOfShown(rootChain, ask, headers.value)
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter(name => name.endsWith('.json'))
      .toSorted()
      .slice(0, MAX_FILES)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

function textOf(file: string): string {
  try {
    if (statSync(file).size <= MAX_SHOWN_BYTES) return readFileSync(file, 'utf8')
  } catch (cause) {
    throw cliError('request.argument', `${file} cannot be read`, cause)
  }
  throw cliError('request.argument', `${file} has more than ${MAX_SHOWN_BYTES} bytes`)
}
