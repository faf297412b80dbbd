import { type Exit, getCredit, getItemCredit, type RootChain } from '@omg/rootchain'

/**
 * What the owner of an exit has to know.
 *
 * - `waiting`: until `exitableAt`; anyone can still show that the output is spent.
 * - `ready`: its time has come; `processExits` pays it when the older exits of the token are done.
 * - `challenged`: somebody showed that it is wrong; the bond is lost.
 * - `claimable`: paid; `claim` sends the money.
 * - `done`: claimed.
 * - `dropped`: its turn came and nothing was due.
 */
export type ExitStatus = 'waiting' | 'ready' | 'challenged' | 'claimable' | 'done' | 'dropped'

export interface ExitView extends Exit {
  readonly status: ExitStatus
  /** The same in a sentence. */
  readonly text: string
  /** Seconds of Ethereum time until it can be processed; 0 from then on. */
  readonly remaining: bigint
}

export async function viewOf(rootChain: RootChain, exit: Exit, now: bigint): Promise<ExitView> {
  const remaining = exit.exitableAt > now ? exit.exitableAt - now : 0n
  const status = await statusOf(rootChain, exit, remaining)
  return { ...exit, status, remaining, text: TEXTS[status](remaining) }
}

async function statusOf(rootChain: RootChain, exit: Exit, remaining: bigint): Promise<ExitStatus> {
  if (exit.state === 'open') return remaining > 0n ? 'waiting' : 'ready'
  if (exit.state !== 'paid') return exit.state === 'challenged' ? 'challenged' : 'dropped'
  return (await hasCredit(rootChain, exit)) ? 'claimable' : 'done'
}

async function hasCredit(rootChain: RootChain, { item, owner, token, amount }: Exit): Promise<boolean> {
  if (item) return (await getItemCredit(rootChain, { token, tokenId: amount })) === owner
  return (await getCredit(rootChain, { owner, token })) > 0n
}

const TEXTS: Record<ExitStatus, (remaining: bigint) => string> = {
  waiting: remaining => `Waiting: it can be processed in ${durationText(remaining)}.`,
  ready: () => 'Ready: process the exits of this token, oldest first.',
  challenged: () => 'Challenged: the output is spent, and the bond went to the challenger.',
  claimable: () => 'Paid: claim it.',
  done: () => 'Done: it was paid and claimed.',
  dropped: () => 'Dropped: its turn came and nothing was due.',
}

const UNITS: readonly [name: string, seconds: bigint][] = [
  ['day', 86_400n],
  ['hour', 3_600n],
  ['minute', 60n],
  ['second', 1n],
]

/** The two largest units: `6 days 3 hours`. */
export function durationText(seconds: bigint): string {
  let rest = seconds
  const parts: string[] = []
  for (const [name, length] of UNITS) {
    const count = rest / length
    rest %= length
    if (count > 0n) parts.push(`${count} ${name}${count === 1n ? '' : 's'}`)
    if (parts.length === 2) break
  }
  return parts.join(' ') || '0 seconds'
}
