import { HASH_BYTES, type Move, TAG } from '@omg/protocol'
import { copyRow } from '../entry.ts'
import { createArena } from '../keccak.ts'
import { couldMake, KIND_MOVE, RECORD, signedAt, signerAt } from '../record.ts'
import type { MappedRecord } from '../types.ts'

const STEP_BYTES = 80
const arena = createArena()
/** The same memory, for text. */
const text = Buffer.from(arena.bytes.buffer, arena.bytes.byteOffset, arena.bytes.length)
/** Places in the arena: `0x05 ‖ instruction hash ‖ hash of the inputs`, `0x02 ‖ hash ‖ index`, an id, the inputs. */
const AT = { move: 0, output: 128, id: 192, inputs: 256 } as const
arena.bytes[AT.move] = TAG.move
arena.bytes[AT.output] = TAG.output

/**
 * The record of an instruction with its live inputs, as the map stage would make it, without recovering the signer again: what was
 * signed has not changed.
 */
export function fillRecord(instruction: MappedRecord, move: Move): MappedRecord {
  const steps = move.steps.length
  const signed = signedAt(instruction)
  const head = 2 + STEP_BYTES * steps + 16
  const witness = signed + head + steps
  const inputs = writeInputs(move)
  const outputs = 2 * steps
  const idsAt = signerAt(1)
  const at = idsAt + HASH_BYTES * (outputs + 1)
  const size = head + inputs.bytes + instruction.length - witness
  const record = new Uint8Array(at + size) as MappedRecord

  copyRow(instruction, 0, record, 0, idsAt)
  hashMove(instruction, inputs.bytes)
  copyRow(arena.bytes, AT.output + 1, record, RECORD.hash, HASH_BYTES)
  record[RECORD.kind] = KIND_MOVE
  record[RECORD.inputs] = inputs.count
  record[RECORD.outputs] = outputs
  for (let i = 0; i < 4; i++) record[RECORD.signedBytes + i] = size >>> (24 - 8 * i)
  for (let i = 0; i < outputs; i++) {
    if (!couldMake(instruction, signed, i)) continue
    arena.bytes[AT.output + 33] = i
    arena.hash(AT.output, 34, AT.id)
    copyRow(arena.bytes, AT.id, record, idsAt + HASH_BYTES * i, HASH_BYTES)
  }
  copyRow(instruction, signed - HASH_BYTES, record, at - HASH_BYTES, HASH_BYTES)
  record.set(instruction.subarray(signed, signed + head), at)
  copyRow(arena.bytes, AT.inputs, record, at + head, inputs.bytes)
  record.set(instruction.subarray(witness), at + head + inputs.bytes)
  return record
}

/** `{c ‖ inputs} × n`, to the arena. */
function writeInputs({ steps }: Move): { bytes: number; count: number } {
  let at: number = AT.inputs
  let count = 0
  for (const { inputs } of steps) {
    arena.bytes[at++] = inputs.length
    count += inputs.length
    for (const id of inputs) {
      text.write(id.slice(2), at, 'hex')
      at += HASH_BYTES
    }
  }
  return { bytes: at - AT.inputs, count }
}

/** The hash of a MOVE, to where the ids of its outputs start from. */
function hashMove(instruction: MappedRecord, inputBytes: number): void {
  const signedHash = signedAt(instruction) - HASH_BYTES
  copyRow(instruction, signedHash, arena.bytes, AT.move + 1, HASH_BYTES)
  arena.hash(AT.inputs, inputBytes, AT.move + 33)
  arena.hash(AT.move, 65, AT.output + 1)
}
