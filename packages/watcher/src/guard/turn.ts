import { type Address, concat, fromHex, type Hex, keccak256 } from '@omg/protocol'

/** Watchers of one network spread over this many turns. */
export const TURNS = 8n
/** Before this part of the remaining time is left, nobody waits any longer: 1/4. */
export const SAFETY_DIVISOR = 4n

export interface TurnParameters {
  readonly watcher: Address
  /** What is disputed: the exit's id, or any other bytes all watchers agree on. */
  readonly subject: Hex
  /** When the wrong claim appeared on Ethereum, in seconds. */
  readonly openedAt: bigint
  /** From this second on it may be too late to answer it. */
  readonly deadline: bigint
  /** Length of one turn in seconds: long enough for a transaction to be mined. */
  readonly turnSeconds: bigint
}

/**
 * When this watcher may answer a wrong claim, in seconds of chain time.
 *
 * Watchers do not know each other, yet all of them sending at once would burn all but one's gas. Each takes the turn
 * that its address and the subject hash to, so the order differs from claim to claim and needs no agreement. A turn
 * never reaches into the last quarter of the period: safety is never traded for gas.
 */
export function turnAt(parameters: TurnParameters): bigint {
  const { openedAt, deadline, turnSeconds } = parameters
  const wished = openedAt + turnOf(parameters.watcher, parameters.subject) * turnSeconds
  const period = deadline - openedAt
  const latest = deadline - period / SAFETY_DIVISOR
  if (deadline <= openedAt) return openedAt
  return wished < latest ? wished : latest
}

/** The turn, 0 to 7, of a watcher for a subject. */
export function turnOf(watcher: Address, subject: Hex): bigint {
  const digest = keccak256(concat(fromHex(watcher), fromHex(subject)))
  return BigInt(digest[0]!) % TURNS
}
