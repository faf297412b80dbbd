import { protocolError, type Result } from './error.ts'
import type { Position } from './hex.ts'
import { MAX_U8, MAX_U16, MAX_U32, POSITION_BYTES } from './limits.ts'
import { Reader } from './reader.ts'
import { Writer } from './writer.ts'

/** The parts of a position: `(checkpoint << 32 | sequence) u64 ‖ shard u8 ‖ index u16 ‖ output u8`. */
export interface PositionParts {
  /** 0 holds only the deposits made before checkpoint 1. */
  readonly checkpoint: bigint
  /** 0 for outputs of included transactions; from 1 for the deposits after the checkpoint. */
  readonly sequence: number
  readonly shard: number
  readonly index: number
  readonly output: number
}

/** The position of an output. Throws `encoding.range` where a part does not fit. */
export function position(parts: PositionParts): Position {
  const { checkpoint, sequence, shard, index, output } = parts
  const fits =
    within(Number(checkpoint), MAX_U32) &&
    within(sequence, MAX_U32) &&
    within(shard, MAX_U8) &&
    within(index, MAX_U16) &&
    within(output, MAX_U8)
  if (!fits) throw protocolError('encoding.range', 'a part of the position does not fit')
  const number = (checkpoint << 32n) | BigInt(sequence)
  return ((number << 32n) | (BigInt(shard) << 24n) | BigInt((index << 8) | output)) as Position
}

/** The position of the deposit number `sequence` (from 1) after a checkpoint: it sorts right after that checkpoint. */
export function depositPosition(checkpoint: bigint, sequence: number): Position {
  if (sequence < 1) throw protocolError('encoding.range', 'deposits after a checkpoint count from 1')
  return position({ checkpoint, sequence, shard: 0, index: 0, output: 0 })
}

/** The parts of a position. */
export function parsePosition(position: Position): PositionParts {
  return {
    checkpoint: position >> 64n,
    sequence: Number((position >> 32n) & 0xffff_ffffn),
    shard: Number((position >> 24n) & 0xffn),
    index: Number((position >> 8n) & 0xffffn),
    output: Number(position & 0xffn),
  }
}

/** Whether a position is one that a deposit can have: sequence at least 1; shard, index and output 0. */
export function isDepositPosition(position: Position): boolean {
  return ((position >> 32n) & 0xffff_ffffn) !== 0n && (position & 0xffff_ffffn) === 0n
}

/** A position as 12 bytes. */
export function encodePosition(position: Position): Uint8Array {
  const writer = new Writer(POSITION_BYTES)
  writePosition(writer, position)
  return writer.finish()
}

/** 12 bytes to a position. Errors: `encoding.truncated`, `encoding.trailing`. */
export function decodePosition(bytes: Uint8Array): Result<Position> {
  const reader = new Reader(bytes)
  return reader.finish(readPosition(reader))
}

export function writePosition(writer: Writer, position: Position): void {
  writer.u64(position >> 32n).u32(Number(position & 0xffff_ffffn))
}

export function readPosition(reader: Reader): Position {
  const number = reader.u64()
  return ((number << 32n) | BigInt(reader.u32())) as Position
}

function within(value: number, maximum: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= maximum
}
