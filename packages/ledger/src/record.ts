import {
  type Address,
  decodeInstruction,
  decodeSignedTransaction,
  type Hash,
  type Hex,
  type Move,
  type MoveInstruction,
  type OutputId,
  type SignedTransaction,
  type TxHash,
  unwrap,
} from '@omg/protocol'
import { errorOfNumber } from './errors.ts'
import type { MappedBatch, MappedRecord } from './types.ts'

/*
 * txHash 32 ‖ witnessHash 32 ‖ validUntil u64 ‖ kind u8 ‖ inputs u8 ‖ outputs u8 ‖ signers u8 ‖ signedBytes u32
 *   ‖ signer 20 × signers ‖ outputId 32 × outputs ‖ instruction hash 32 (of a MOVE) ‖ signed transaction
 * Inputs, and the outputs of PAY and FEE, are read where they stand in the signed transaction. MOVE and SETTLE derive theirs from
 * live inputs: the record has the ids of all that step or fill `i` could make, `2i` and `2i+1`, and zero for what stays of a step that
 * moves all, which is never made. An instruction is a MOVE without inputs and outputs, named by the hash that was signed. Never leaves
 * the process.
 */
export const RECORD = {
  hash: 0,
  witnessHash: 32,
  validUntil: 64,
  kind: 72,
  inputs: 73,
  outputs: 74,
  signers: 75,
  signedBytes: 76,
  header: 80,
} as const

export const KIND_PAY = 1
export const KIND_MOVE = 2
export const KIND_SETTLE = 3
export const KIND_FEE = 6

/** Where the first input stands in a signed transaction: PAY is `kind ‖ n`, FEE is `kind ‖ checkpoint u64 ‖ n`. */
export const PAY_INPUTS_AT = 2
export const FEE_INPUTS_AT = 10

/** SETTLE is `kind ‖ market 32 ‖ batchHeight u64 ‖ price u64 ‖ n`, MOVE `kind ‖ n ‖ step × n ‖ validUntil u64 ‖ nonce u64`. */
const SETTLE_FILLS_AT = 50
const FILL_BYTES = 40
const STEP_BYTES = 80
const STEPS_AT = 2
/** A step is `guard 32 ‖ amount u128 ‖ to 32`. */
const STEP_AMOUNT = 32
const STEP_TO = 48

/**
 * An upper bound for the record of a signed transaction of that kind and length: an output takes 69 of its bytes, a signature 65, a step
 * or fill with two ids at least 40.
 */
export function recordCapacity(kind: number | undefined, signedBytes: number): number {
  // A MOVE's instruction hash fits what its counts leave.
  const idsPerByte = kind === KIND_SETTLE || kind === KIND_MOVE ? 64 / FILL_BYTES : 32 / 69
  return RECORD.header + signedBytes + Math.ceil(signedBytes * (idsPerByte + 20 / 65))
}

export function recordKind(record: Uint8Array): number {
  return record[RECORD.kind]!
}

export function inputCount(record: Uint8Array): number {
  return record[RECORD.inputs]!
}

export function outputCount(record: Uint8Array): number {
  return record[RECORD.outputs]!
}

export function signerCount(record: Uint8Array): number {
  return record[RECORD.signers]!
}

/** Where signer `i` (20 bytes) stands in the record. */
export function signerAt(i: number): number {
  return RECORD.header + 20 * i
}

/** Where the id of output `i` (32 bytes) stands in the record. */
export function outputIdAt(record: Uint8Array, i: number): number {
  return RECORD.header + 20 * signerCount(record) + 32 * i
}

/** Where the signed transaction stands in the record; it reaches to the end. */
export function signedAt(record: Uint8Array): number {
  const ids = RECORD.header + 20 * signerCount(record) + 32 * outputCount(record)
  return recordKind(record) === KIND_MOVE ? ids + 32 : ids
}

/** What was signed of a MOVE: its name until the producer fills in live outputs, and what R7 remembers. */
export function recordInstruction(record: MappedRecord): Hash {
  return hexOf(record, signedAt(record) - 32, 32) as Hash
}

/** Where input `i` (32 bytes) stands in the record. */
export function inputAt(record: Uint8Array, i: number): number {
  const signed = signedAt(record)
  return signed + inputOffset(record, signed, i)
}

/** The most inputs that a record can count: room for {@link inputPlaces}. */
export const MAX_RECORD_INPUTS = 0xff

/**
 * Where each input of a record stands, into `places`. Returns how many there are. What {@link inputAt} gives, without looking for each
 * of a MOVE's from its first step on.
 */
export function inputPlaces(record: Uint8Array, places: Uint32Array): number {
  const count = inputCount(record)
  if (recordKind(record) !== KIND_MOVE) {
    for (let i = 0; i < count; i++) places[i] = inputAt(record, i)
    return count
  }
  const signed = signedAt(record)
  let at = signed + STEPS_AT + STEP_BYTES * record[signed + 1]! + 16
  for (let i = 0; i < count; at += 1 + 32 * record[at]!) {
    for (let j = 0; j < record[at]!; j++) places[i++] = at + 1 + 32 * j
  }
  return count
}

/** Where a MOVE names the guard of its output `index`, an ORDER: that of the moved part is new, what stays has that of its input. */
export function madeGuardAt(record: Uint8Array, index: number): number {
  return signedAt(record) + STEPS_AT + STEP_BYTES * (index >> 1) + (index % 2 === 0 ? STEP_TO : 0)
}

/** Whether a step of the MOVE or instruction at `bytes[signed]` makes an output `index`: one that moves all leaves nothing. */
export function couldMake(bytes: Uint8Array, signed: number, index: number): boolean {
  if (index % 2 === 0) return true
  const step = signed + STEPS_AT + STEP_BYTES * (index >> 1)
  for (let i = step + STEP_AMOUNT; i < step + STEP_TO; i++) if (bytes[i] !== 0) return true
  return false
}

/** Where input `i` stands in the signed transaction at `bytes[signed]`, which is valid in form. */
function inputOffset(bytes: Uint8Array, signed: number, i: number): number {
  switch (bytes[signed]) {
    case KIND_FEE:
      return FEE_INPUTS_AT + 32 * i
    case KIND_SETTLE:
      return SETTLE_FILLS_AT + FILL_BYTES * i
    case KIND_MOVE: {
      let at = STEPS_AT + STEP_BYTES * bytes[signed + 1]! + 16
      for (let left = i; ; ) {
        const count = bytes[signed + at]!
        if (left < count) return at + 1 + 32 * left
        left -= count
        at += 1 + 32 * count
      }
    }
    default:
      return PAY_INPUTS_AT + 32 * i
  }
}

/** Inputs of a signed transaction by its counts alone; -1 for a kind without a place in a block, or where the counts lie outside. */
export function countInputs(signed: Uint8Array): number {
  switch (signed[0]) {
    case KIND_PAY:
      return signed[1] ?? -1
    case KIND_FEE:
      return signed[FEE_INPUTS_AT - 1] ?? -1
    case KIND_SETTLE:
      return signed[SETTLE_FILLS_AT - 1] ?? -1
    case KIND_MOVE: {
      const steps = signed[1] ?? 0
      let at = STEPS_AT + STEP_BYTES * steps + 16
      let count = 0
      for (let step = 0; step < steps; step++) {
        const inputs = signed[at]
        if (inputs === undefined) return -1
        count += inputs
        at += 1 + 32 * inputs
      }
      return count
    }
    default:
      return -1
  }
}

/** Whether a record is a signed instruction: a MOVE that names no live outputs yet. */
export function isInstructionRecord(record: Uint8Array): boolean {
  return recordKind(record) === KIND_MOVE && inputCount(record) === 0
}

/** Whether a record has outputs that it does not list: what its inputs are decides what they are. */
export function isDerivingRecord(record: Uint8Array): boolean {
  return recordKind(record) === KIND_MOVE || recordKind(record) === KIND_SETTLE
}

/** Where output `i` (69 bytes) of a PAY or FEE stands in the record. */
export function outputAt(record: Uint8Array, i: number): number {
  return inputAt(record, inputCount(record)) + 1 + 69 * i
}

/** The last second in which a PAY or MOVE may be included. Seconds since 1970 fit a double for longer than u64 matters; see R7. */
export function recordValidUntil(record: Uint8Array): bigint {
  return new DataView(record.buffer, record.byteOffset, record.byteLength).getBigUint64(RECORD.validUntil)
}

export function recordHash(record: MappedRecord): TxHash {
  return hexOf(record, RECORD.hash, 32) as TxHash
}

/** The signed transaction as it came: `transaction ‖ witness`. A view, not a copy. */
export function recordSigned(record: MappedRecord): Uint8Array {
  return record.subarray(signedAt(record))
}

/** Input `i` as a view of 32 bytes. */
export function recordInput(record: MappedRecord, i: number): Uint8Array {
  const at = inputAt(record, i)
  return record.subarray(at, at + 32)
}

/** The id of output `i` as a view of 32 bytes. */
export function recordOutputId(record: MappedRecord, i: number): Uint8Array {
  const at = outputIdAt(record, i)
  return record.subarray(at, at + 32)
}

/** Output `i` of a PAY or FEE as a view of 69 bytes. */
export function recordOutput(record: MappedRecord, i: number): Uint8Array {
  const at = outputAt(record, i)
  return record.subarray(at, at + 69)
}

export function recordSigners(record: MappedRecord): Address[] {
  return Array.from({ length: signerCount(record) }, (_, i) => hexOf(record, signerAt(i), 20) as Address)
}

/** A record in the words of the protocol. */
export interface DescribedRecord extends SignedTransaction {
  readonly hash: TxHash
  readonly witnessHash: Hash
  readonly signers: readonly Address[]
  readonly outputIds: readonly OutputId[]
}

/** A record in the words of the protocol, for everything but hot paths. */
export function describeRecord(record: MappedRecord): DescribedRecord {
  return {
    ...signedOf(record),
    hash: recordHash(record),
    witnessHash: hexOf(record, RECORD.witnessHash, 32) as Hash,
    signers: recordSigners(record),
    outputIds: Array.from(
      { length: outputCount(record) },
      (_, i) => hexOf(record, outputIdAt(record, i), 32) as OutputId,
    ),
  }
}

/** What was signed; an instruction as a MOVE whose steps have no inputs. */
function signedOf(record: MappedRecord): SignedTransaction {
  const signed = recordSigned(record)
  if (!isInstructionRecord(record)) return unwrap(decodeSignedTransaction(signed))
  const { instruction, witness } = unwrap(decodeInstruction(signed))
  return { transaction: moveOf(instruction), witness }
}

/** An instruction as a MOVE whose steps have no inputs yet. */
export function moveOf({ steps, validUntil, nonce }: MoveInstruction): Move {
  return { kind: 'move', steps: steps.map(step => ({ ...step, inputs: [] })), validUntil, nonce }
}

/** Record `i` of a batch as a view that keeps the batch's memory alive, or undefined if it was refused. */
export function recordAt(batch: MappedBatch, i: number): MappedRecord | undefined {
  if (batch.codes[i] !== 0) return undefined
  return batch.records.subarray(batch.offsets[i]!, batch.offsets[i + 1]!) as MappedRecord
}

/** Why transaction `i` of a batch was refused; throws if it was not. */
export function mapError(batch: MappedBatch, i: number) {
  return errorOfNumber(batch.codes[i]!, `transaction ${i} was refused by the map stage`)
}

/** Native hex, several times as fast as portable code. */
function hexOf(bytes: Uint8Array, at: number, length: number): Hex {
  return `0x${Buffer.from(bytes.buffer, bytes.byteOffset + at, length).toString('hex')}`
}
