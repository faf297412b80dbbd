import {
  type Address,
  decodeSignedTransaction,
  type Hash,
  type Hex,
  type OutputId,
  type SignedTransaction,
  type TxHash,
  unwrap,
} from '@omg/protocol'
import { errorOfNumber } from './errors.ts'
import type { MappedBatch, MappedRecord } from './types.ts'

/*
 * txHash 32 ‖ witnessHash 32 ‖ validUntil u64 ‖ kind u8 ‖ inputs u8 ‖ outputs u8 ‖ signers u8 ‖ signedBytes u32
 *   ‖ signer 20 × signers ‖ outputId 32 × outputs ‖ signed transaction
 * Inputs and outputs are read where they stand in the signed transaction. Never leaves the process.
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
export const KIND_FEE = 6

/** Where the first input stands in a signed transaction: PAY is `kind ‖ n`, FEE is `kind ‖ checkpoint u64 ‖ n`. */
export const PAY_INPUTS_AT = 2
export const FEE_INPUTS_AT = 10

/** An upper bound for the record of a signed transaction of that length: an output takes 69 of its bytes, a signature 65. */
export function recordCapacity(signedBytes: number): number {
  return RECORD.header + signedBytes + Math.ceil(signedBytes * (32 / 69 + 20 / 65))
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
  return RECORD.header + 20 * signerCount(record) + 32 * outputCount(record)
}

/** Where input `i` (32 bytes) stands in the record. */
export function inputAt(record: Uint8Array, i: number): number {
  return signedAt(record) + (recordKind(record) === KIND_FEE ? FEE_INPUTS_AT : PAY_INPUTS_AT) + 32 * i
}

/** Where output `i` (69 bytes) stands in the record. */
export function outputAt(record: Uint8Array, i: number): number {
  return inputAt(record, inputCount(record)) + 1 + 69 * i
}

/** The last second in which a PAY may be included. Seconds since 1970 fit a double for longer than u64 matters; see R7. */
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

/** Output `i` as a view of 69 bytes. */
export function recordOutput(record: MappedRecord, i: number): Uint8Array {
  const at = outputAt(record, i)
  return record.subarray(at, at + 69)
}

export function recordSigners(record: MappedRecord): Address[] {
  return Array.from({ length: signerCount(record) }, (_, i) => hexOf(record, signerAt(i), 20) as Address)
}

/** A record in the words of the protocol, for everything but hot paths. */
export function describeRecord(
  record: MappedRecord,
): SignedTransaction & { hash: TxHash; witnessHash: Hash; signers: Address[]; outputIds: OutputId[] } {
  return {
    ...unwrap(decodeSignedTransaction(recordSigned(record))),
    hash: recordHash(record),
    witnessHash: hexOf(record, RECORD.witnessHash, 32) as Hash,
    signers: recordSigners(record),
    outputIds: Array.from(
      { length: outputCount(record) },
      (_, i) => hexOf(record, outputIdAt(record, i), 32) as OutputId,
    ),
  }
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
