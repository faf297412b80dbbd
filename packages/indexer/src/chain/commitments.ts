import { followerError, type Nodes } from '@omg/follower'
import {
  decodeHeader,
  fail,
  fromHex,
  type Hash,
  type Hex,
  type OmgError,
  ok,
  type Result,
} from '@omg/protocol'
import { z } from 'zod'
import type { Store } from '../store/database.ts'

const decimal = z
  .string()
  .regex(/^\d{1,19}$/)
  .transform(BigInt)
const hash = z
  .string()
  .regex(/^0x[0-9a-fA-F]{64}$/)
  .transform(text => text.toLowerCase() as Hash)
const checkpointSchema = z.object({
  header: z.string().regex(/^0x([0-9a-f]{2})+$/),
  headerHash: hash,
  acceptedBlock: decimal.nullable(),
  acceptedTime: decimal.nullable(),
  // Nodes of version 0.1 do not tell it.
  acceptedTransaction: hash.nullable().default(null),
})

/**
 * Notes which checkpoints Ethereum has accepted, in their order, as the node tells it. Apart from the blocks: a checkpoint is
 * accepted minutes after it was closed, and with a later origin where it was renewed meanwhile (F1). Returns how many were new. Errors: `node.*`.
 */
export async function noteCommitments(
  { reader, writer }: Pick<Store, 'reader' | 'writer'>,
  nodes: Nodes,
): Promise<Result<number, OmgError>> {
  const { noted } = await reader
    .selectFrom('commitments')
    .select(({ fn }) => fn.max('checkpoint').as('noted'))
    .executeTakeFirstOrThrow()
  const { closed } = await reader
    .selectFrom('checkpoints')
    .select(({ fn }) => fn.max('number').as('closed'))
    .executeTakeFirstOrThrow()
  const first = BigInt(noted ?? 0n) + 1n
  for (let number = first; number <= BigInt(closed ?? 0n); number++) {
    const asked = await nodes.call('omg_getCheckpoint', { number: String(number) })
    if (!asked.ok) return asked
    if (asked.value === undefined) return ok(Number(number - first))
    const parsed = checkpointSchema.safeParse(asked.value)
    if (!parsed.success) {
      return fail(followerError('node.malformed', `omg_getCheckpoint: ${z.prettifyError(parsed.error)}`))
    }
    const { headerHash, acceptedBlock, acceptedTime, acceptedTransaction } = parsed.data
    if (acceptedBlock === null || acceptedTime === null) return ok(Number(number - first))
    const ethereum = { ethereumBlock: acceptedBlock, ethereumTime: acceptedTime }
    const row = { checkpoint: number, headerHash, ...ethereum, ethereumTransaction: acceptedTransaction }
    const header = decodeHeader(fromHex(parsed.data.header as Hex))
    if (!header.ok) return header
    const { origin, originHash } = header.value
    await writer.transaction().execute(async transaction => {
      await transaction.insertInto('commitments').values(row).execute()
      await transaction
        .updateTable('checkpoints')
        .set({ origin, originHash })
        .where('number', '=', number)
        .where('origin', '<', origin)
        .execute()
    })
  }
  return ok(Number(BigInt(closed ?? 0n) - first + 1n))
}
