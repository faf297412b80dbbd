import type { Nodes } from '@omg/follower'
import { fail, type OmgError, ok, type Result } from '@omg/protocol'
import { BLOCKS_AHEAD } from '../chain/follower.ts'
import type { Prepared, Replica } from '../chain/replica.ts'
import { indexerError } from '../errors.ts'

/** Blocks of a range, in order, with the map stage of those behind already at work. Errors: `node.*`, `encoding.*`, `block.unexpected`. */
export async function* preparedBlocks(
  nodes: Nodes,
  replica: Replica,
  first: bigint,
  last: bigint,
): AsyncGenerator<Result<Prepared, OmgError>> {
  const ahead: Promise<Result<Prepared, OmgError>>[] = []
  for (let next = first; next <= last || ahead.length > 0; ) {
    while (next <= last && ahead.length < BLOCKS_AHEAD) ahead.push(prepare(nodes, replica, next++))
    yield await ahead.shift()!
  }
}

async function prepare(nodes: Nodes, replica: Replica, height: bigint): Promise<Result<Prepared, OmgError>> {
  const served = await nodes.block(height)
  if (!served.ok) return served
  if (served.value === undefined)
    return fail(indexerError('replay.unknown', `the node has no block ${height}`))
  const prepared = replica.prepare(served.value, height)
  return prepared.ok ? ok(prepared.value) : prepared
}
