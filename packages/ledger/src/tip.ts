import {
  type DataMode,
  fail,
  type Hash,
  MAX_BLOB_BLOCKS,
  MAX_BLOB_SECONDS,
  type OmgError,
  ok,
  type Position,
  type Reader,
  type Result,
  type Writer,
  ZERO_HASH,
} from '@omg/protocol'
import { ledgerError } from './errors.ts'
import { genesisFees, readFees, writeFees } from './fees.ts'
import { genesisAppHash } from './parameters.ts'
import type { Block, BlockContext, ClosedCheckpoint, FeeState, LedgerParameters, Tip } from './types.ts'

/** Before the first block: checkpoint 1 is open and Ethereum has not been read. */
export function genesisTip(parameters: LedgerParameters): Tip {
  return {
    height: 0n,
    time: 0n,
    appHash: genesisAppHash(parameters),
    origin: 0n,
    originHash: ZERO_HASH,
    originTime: 0n,
    inboxCursor: 0n,
    lastDeposit: 0n as Position,
    checkpoint: 1n,
    firstHeight: 1n,
    txCount: 0,
    nextPath: 0,
    shardBytes: 0,
    feesToDistribute: 0n,
    feeLanes: 0n,
    daMode: 'plasma',
    lastNonDA: 0n,
    fees: genesisFees(parameters),
  }
}

/** R9: the last checkpoint whose data was not published, the open one included; its mode is that of the block. */
export function lastNonDAOf({ checkpoint, daMode, lastNonDA }: Tip, mode: DataMode = daMode): bigint {
  return mode === 'blob' ? lastNonDA : checkpoint
}

/** Whether the next block is the first of its checkpoint: then it may move the origin, and distributes fees. */
export function opensCheckpoint(tip: Tip): boolean {
  return tip.firstHeight === tip.height + 1n
}

/** Whether the next block has to close the open checkpoint, because no blob would tell of another one. */
export function mustClose(tip: Tip, daMode: DataMode): boolean {
  return daMode === 'blob' && tip.height + 2n - tip.firstHeight >= BigInt(MAX_BLOB_BLOCKS)
}

/**
 * R4: whether the next block may name a later origin. A checkpoint has the one of its last block, and everything in it has to be valid
 * as of that; so whoever votes for a block that moves it makes sure of what the blocks before it hold (docs/protocol.md, "Origin").
 * Blobs do not tell the origins of blocks, so there all have the one of the first.
 */
export function mayMoveOrigin(tip: Tip, daMode: DataMode): boolean {
  return opensCheckpoint(tip) || (daMode === 'plasma' && tip.daMode === 'plasma')
}

/** Whether a block's header follows the tip. Errors: `block.header`. */
export function checkContext(tip: Tip, context: BlockContext): Result<true, OmgError> {
  const sameOrigin =
    context.origin === tip.origin &&
    context.originHash === tip.originHash &&
    context.originTime === tip.originTime
  const laterOrigin = context.origin > tip.origin && context.originTime >= tip.originTime
  if (context.height !== tip.height + 1n) return wrong(`height ${context.height} after ${tip.height}`)
  if (context.time < tip.time) return wrong('time goes back')
  if (context.checkpoint !== tip.checkpoint)
    return wrong(`checkpoint ${context.checkpoint}, not ${tip.checkpoint}`)
  // R4: the origin is monotone.
  if (!sameOrigin && !(mayMoveOrigin(tip, context.daMode) && laterOrigin))
    return wrong(`origin ${context.origin}`)
  // Orders are settled by it (R9), so it is not changed once they are.
  if (context.daMode !== tip.daMode && !opensCheckpoint(tip)) return wrong(`data mode ${context.daMode}`)
  const seconds = context.time - tip.time
  if (context.daMode === 'blob' && !opensCheckpoint(tip) && seconds > MAX_BLOB_SECONDS) {
    return wrong(`${seconds} seconds after the block before`)
  }
  return ok(true)
}

/** Whether deposits are the next ones of the inbox, made before the open checkpoint (R3). Errors: `block.deposits`. */
export function checkDeposits(tip: Tip, deposits: Block['deposits']): Result<true, OmgError> {
  let last = tip.lastDeposit
  let index = tip.inboxCursor
  for (const deposit of deposits) {
    const earlier = deposit.position >> 64n < tip.checkpoint
    if (deposit.inboxIndex !== index || deposit.position <= last || !earlier) {
      return fail(ledgerError('block.deposits', `deposit ${deposit.inboxIndex} where ${index} is next`))
    }
    last = deposit.position
    index++
  }
  return ok(true)
}

/** What a block adds to the tip. */
export interface Progress {
  readonly txCount: number
  /** Fees of the open checkpoint, the block included. */
  readonly feeLanes: bigint
  readonly nextPath: number
  readonly shardBytes: number
  /** Of the next block. */
  readonly fees: FeeState
}

/** The tip after a block. */
export function tipAfter(tip: Tip, block: Block, progress: Progress): Tip {
  const moved = {
    height: block.height,
    time: block.time,
    appHash: block.appHash,
    origin: block.origin,
    originHash: block.originHash,
    originTime: block.originTime,
    inboxCursor: block.inboxCursor,
    lastDeposit: block.deposits.at(-1)?.position ?? tip.lastDeposit,
    daMode: block.daMode,
    fees: progress.fees,
  }
  const paidOut = opensCheckpoint(tip) ? 0n : tip.feesToDistribute
  if (!block.closes) {
    const { feeLanes, nextPath, shardBytes } = progress
    const txCount = tip.txCount + progress.txCount
    const { checkpoint, firstHeight, lastNonDA } = tip
    return {
      ...moved,
      ...{ checkpoint, firstHeight, txCount, nextPath, shardBytes, feeLanes, lastNonDA },
      feesToDistribute: paidOut,
    }
  }
  return {
    ...moved,
    checkpoint: tip.checkpoint + 1n,
    firstHeight: block.height + 1n,
    txCount: 0,
    nextPath: 0,
    shardBytes: 0,
    feesToDistribute: progress.feeLanes,
    feeLanes: 0n,
    lastNonDA: lastNonDAOf(tip, block.daMode),
  }
}

/** The checkpoint that a block closes. */
export function closedCheckpoint(
  tip: Tip,
  block: Block,
  progress: Progress,
  roots: { root: Hash; lanes: bigint; bookRoot: Hash; batchRoot: Hash },
): ClosedCheckpoint {
  return {
    checkpoint: tip.checkpoint,
    txRoot: roots.root,
    feeLanes: roots.lanes,
    bookRoot: roots.bookRoot,
    batchRoot: roots.batchRoot,
    txCount: tip.txCount + progress.txCount,
    origin: block.origin,
    originHash: block.originHash,
    inboxCursor: block.inboxCursor,
    daMode: block.daMode,
    firstHeight: tip.firstHeight,
    lastHeight: block.height,
  }
}

export function writeTip(writer: Writer, tip: Tip): Writer {
  const written = writer
    .u64(tip.height)
    .u64(tip.time)
    .hash(tip.appHash)
    .u64(tip.origin)
    .hash(tip.originHash)
    .u64(tip.originTime)
    .u64(tip.inboxCursor)
    .u128(tip.lastDeposit)
    .u64(tip.checkpoint)
    .u64(tip.firstHeight)
    .u32(tip.txCount)
    .u32(tip.nextPath)
    .u32(tip.shardBytes)
    .u256(tip.feesToDistribute)
    .u256(tip.feeLanes)
    .u8(tip.daMode === 'blob' ? 1 : 0)
    .u64(tip.lastNonDA)
  return writeFees(written, tip.fees)
}

export function readTip(reader: Reader): Tip {
  return {
    height: reader.u64(),
    time: reader.u64(),
    appHash: reader.hash(),
    origin: reader.u64(),
    originHash: reader.hash(),
    originTime: reader.u64(),
    inboxCursor: reader.u64(),
    lastDeposit: reader.u128() as bigint as Position,
    checkpoint: reader.u64(),
    firstHeight: reader.u64(),
    txCount: reader.u32(),
    nextPath: reader.u32(),
    shardBytes: reader.u32(),
    feesToDistribute: reader.u256(),
    feeLanes: reader.u256(),
    daMode: reader.name(['plasma', 'blob'], 'data mode'),
    lastNonDA: reader.u64(),
    fees: readFees(reader),
  }
}

function wrong(message: string) {
  return fail(ledgerError('block.header', message))
}
