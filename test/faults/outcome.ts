import type { Load } from './load.ts'
import type { FaultNetwork } from './network.ts'

/** Who did it, where somebody did, and what it cost. */
export interface Offender {
  /** How the others know. */
  readonly found: string
  /** What Ethereum took. */
  readonly slashed?: string
}

/** Something that goes wrong with four validators under load. When `run` returns, everybody is back; what must be true then is checked. */
export interface FaultCase {
  readonly name: string
  /** Part of `npm test`. */
  readonly short?: boolean
  /** On a network of its own: it changes who validates, and all others need the four. */
  readonly apart?: boolean
  run(network: FaultNetwork, load: Load, found: (offender: Offender) => void): Promise<void>
}

/** Thrown by a case that this machine or user cannot run: the table says so, and counts it as nothing. */
export class NotRun extends Error {}

/** A row of the table. */
export interface Outcome {
  readonly name: string
  /** Undefined where everything was as it must be. */
  readonly problem: string | undefined
  /** Why it was not run. */
  readonly notRun?: string
  readonly seconds: number
  readonly cells: readonly string[]
}

const SECOND = 1_000
/** Characters of an app hash that are shown. */
const HASH_SHOWN = 10
const NOBODY = '-'

/** Runs one case, and checks what must be true after it. */
export async function runFault(fault: FaultCase, network: FaultNetwork, load: Load): Promise<Outcome> {
  const started = Date.now()
  const outcome = (cells: readonly string[], problem?: string): Outcome => {
    return { name: fault.name, problem, seconds: Math.round((Date.now() - started) / SECOND), cells }
  }
  try {
    let offender: Offender | undefined
    await fault.run(network, load, found => {
      offender = found
    })
    const { appHash, height, transactions, trades } = await load.check()
    const one = `${appHash.slice(0, HASH_SHOWN)} at ${height}`
    const { found = NOBODY, slashed = NOBODY } = offender ?? {}
    return outcome([one, `0 of ${transactions}`, String(trades), found, slashed, 'yes'])
  } catch (error) {
    if (error instanceof NotRun) return { ...outcome(['-', '-', '-', '-', '-', '-']), notRun: error.message }
    return outcome(['?', '?', '?', '?', '?', '?'], (error as Error).message)
  }
}

/** The outcomes as a table. */
export function outcomeTable(outcomes: readonly Outcome[]): string {
  const head = ['case', 'app hash', 'lost', 'trades', 'offender found', 'slashed', 'supply exact', 'result']
  const rows = outcomes.map(({ name, problem, notRun, seconds, cells }) => {
    return [name, ...cells, problem ?? (notRun ? `not run: ${notRun}` : `passed in ${seconds} s`)]
  })
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map(row => row[i]!.length)))
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`
  return [line(head), `|${widths.map(width => '-'.repeat(width + 2)).join('|')}|`, ...rows.map(line)].join(
    '\n',
  )
}
