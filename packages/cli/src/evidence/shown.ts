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
export const MAX_SHOWN_FILES = 256

/** Where others put headers that they have seen. */
export const shownFolder = (folder: string): string => join(folder, 'shown')

/** The files of a folder. Each is judged once, and again when it has changed. */
export class ShownHeaders {
  readonly #folder: string
  /** By name: as it was when it was judged. */
  #judged = new Map<string, string>()

  constructor(folder: string) {
    this.#folder = shownFolder(folder)
  }

  /** What files prove that were not judged. One that cannot be read is told, and keeps nobody waiting; one that proves nothing yet is read again. */
  async find(
    rootChain: RootChain,
    ask: AskNode,
    tell: (name: string, error: unknown) => void,
  ): Promise<FoundOffence[]> {
    const offences: FoundOffence[] = []
    const judged = new Map<string, string>()
    for (const { name, version } of filesIn(this.#folder)) {
      if (this.#judged.get(name) === version) {
        judged.set(name, version)
        continue
      }
      try {
        const found = await readShownFile(rootChain, ask, join(this.#folder, name))
        if (found === undefined) continue
        offences.push(found)
      } catch (error) {
        tell(name, error)
      }
      judged.set(name, version)
    }
    this.#judged = judged
    return offences
  }
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

function filesIn(folder: string): { name: string; version: string }[] {
  return namesIn(folder).flatMap(name => {
    const stat = statSync(join(folder, name), { throwIfNoEntry: false })
    // It was taken away while we looked.
    return stat ? [{ name, version: `${stat.mtimeMs} ${stat.size}` }] : []
  })
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter(name => name.endsWith('.json'))
      .toSorted()
      .slice(0, MAX_SHOWN_FILES)
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
