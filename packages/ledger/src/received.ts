import type { OmgError } from '@omg/protocol'
import { canonicalOrder, compareHashes } from './canonical.ts'
import type { Draft } from './draft.ts'
import { ledgerError } from './errors.ts'
import {
  isInstructionRecord,
  KIND_FEE,
  KIND_MOVE,
  KIND_SETTLE,
  mapError,
  recordAt,
  recordHash,
  recordKind,
  signerCount,
} from './record.ts'
import { checkContext, checkDeposits, mustClose } from './tip.ts'
import type { Block, BlockContext, MappedBatch, MappedRecord, Tip } from './types.ts'

// A block that somebody else has made: whether it follows the tip, and whether its transactions are those, and stand as, everybody's would.

/** What is wrong with the header of a block on top of a tip, as far as its proposer has a choice. */
export function contextProblem(
  tip: Tip,
  context: BlockContext,
  deposits: Block['deposits'],
): OmgError | undefined {
  const header = checkContext(tip, context)
  if (!header.ok) return header.error
  const inbox = checkDeposits(tip, deposits)
  return inbox.ok ? undefined : inbox.error
}

/** What is wrong with the rest of the header, of which nobody has a choice. */
export function headerProblem(tip: Tip, block: Omit<Block, 'appHash'>): OmgError | undefined {
  if (mustClose(tip, block.daMode) && !block.closes) {
    return ledgerError('block.header', 'the checkpoint has as many blocks as its blobs tell of')
  }
  if (block.previousAppHash !== tip.appHash) {
    return ledgerError('block.header', `the block follows ${block.previousAppHash}, not ${tip.appHash}`)
  }
  if (block.inboxCursor !== tip.inboxCursor + BigInt(block.deposits.length)) {
    return ledgerError('block.deposits', `the inbox cursor is ${block.inboxCursor}`)
  }
  return undefined
}

/**
 * Adds the transactions of a block, and its batches, which nobody may choose. `fee` is the FEE transaction that it starts with, if one is
 * due; `room` what is left of the checkpoint. Returns the order in which the records of the draft stand in the block, which must be
 * canonical, or what is wrong.
 */
export function addReceived(
  draft: Draft,
  batch: MappedBatch,
  fee: MappedRecord | undefined,
  room: number,
): Uint32Array | OmgError {
  const hashes: MappedRecord[] = []
  for (let i = 0; i < batch.count; i++) {
    const record = recordAt(batch, i)
    if (!record) return mapError(batch, i)
    hashes.push(record)
    if (i === 0 && fee) {
      if (!sameBytes(record, fee))
        return ledgerError('block.fees', 'the first transaction is not the fee distribution')
      draft.addFee(record)
      continue
    }
    if (recordKind(record) === KIND_FEE)
      return ledgerError('block.fees', `transaction ${i} distributes no due fees`)
    if (isInstructionRecord(record))
      return ledgerError('block.body', `transaction ${i} is an instruction without its inputs`)
    if (isOfBatch(record)) continue
    const code = draft.add(record)
    if (code) return ledgerError(code, `transaction ${i}: ${draft.explain(code, record)}`)
  }
  if (fee && batch.count === 0) return ledgerError('block.fees', 'the fee distribution is missing')
  draft.addBatches(room)
  return inBlockOrder(draft, hashes, fee !== undefined)
}

/** What the chain makes by itself: SETTLEs, and MOVEs that nobody signed. */
function isOfBatch(record: MappedRecord): boolean {
  const kind = recordKind(record)
  return kind === KIND_SETTLE || (kind === KIND_MOVE && signerCount(record) === 0)
}

/** The canonical order of a draft, if the records of the block are the same, and in it. */
function inBlockOrder(draft: Draft, block: readonly MappedRecord[], hasFee: boolean): Uint32Array | OmgError {
  const order = canonicalOrder(draft, hasFee)
  const differs = order.findIndex((t, i) => !block[i] || compareHashes(draft.records[t]!, block[i]!) !== 0)
  if (differs < 0 && order.length === block.length) return order
  const hashOf = (record: MappedRecord) => recordHash(record) as string
  const [ours, theirs] = [draft.records, block].map(records => records.map(hashOf).sort().join())
  return ours === theirs
    ? ledgerError('block.order', `transaction ${differs} does not stand in its canonical place`)
    : ledgerError('block.batch', 'the settlements and releases are not those of the batch auctions')
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}
