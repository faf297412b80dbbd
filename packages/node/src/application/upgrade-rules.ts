import type { Block } from '@omg/ledger'
import { type OmgError, TransactionKind, unwrap } from '@omg/protocol'
import { nodeError } from '../errors.ts'
import type { ChainStore } from '../store/store.ts'
import type { Upgrades } from '../upgrades.ts'
import type { BlockOrigin } from './proposal.ts'
import { type BlockRecord, decodeRecord } from './record.ts'

/** Others decided, or we have on disk, a block under other upgrades than ours; or somebody proposes one. */
export function upgradeProblem(
  upgrades: Upgrades,
  { block: { height }, upgrades: named }: BlockRecord,
  from: BlockOrigin,
): OmgError | undefined {
  const expected = upgrades.hashAt(height)
  if (named === expected) return undefined
  const words = `Block ${height} names the upgrades ${named ?? '(none)'}; ours are ${expected ?? '(none)'}.`
  return nodeError(from === 'proposal' ? 'proposal.parameters' : 'engine.parameters', words)
}

/** A proposal with more of people's transactions than the chain allows. Fees paid out and settlements come on top. */
export function limitProblem(
  upgrades: Upgrades,
  { height, body, bounds }: Pick<Block, 'height' | 'body' | 'bounds'>,
): OmgError | undefined {
  const most = upgrades.at(height)
  let [transactions, bytes] = [0, 0]
  for (let i = 0; i < bounds.length; i += 2) {
    const kind = body[bounds[i]!]
    if (kind === TransactionKind.settle || kind === TransactionKind.fee) continue
    transactions++
    bytes += bounds[i + 1]! - bounds[i]!
  }
  if (transactions <= most.transactions && bytes <= most.bytes) return undefined
  const words = `Block ${height} has ${transactions} transactions of ${bytes} bytes; ${most.transactions} and ${most.bytes} are allowed.`
  return nodeError('proposal.limits', words)
}

/**
 * Before a chain goes on: its newest block must name the upgrades that are configured now, so whoever has changed those of the past is told at
 * once. Errors (thrown): engine.parameters.
 */
export async function checkNewest(upgrades: Upgrades, store: ChainStore, height: bigint): Promise<void> {
  const place = store.block(height)
  if (!place || !store.holds(place)) return
  const problem = upgradeProblem(upgrades, unwrap(decodeRecord(await store.read(place))), 'decision')
  if (problem) throw problem
}
