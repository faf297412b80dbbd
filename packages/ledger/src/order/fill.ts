import { HASH_BYTES, type Move, type OutputId, TAG, type TxHash } from '@omg/protocol'
import { createArena } from '../keccak.ts'
import { copy } from '../made.ts'
import { KIND_MOVE, RECORD, recordSigned, signedAt, signerAt } from '../record.ts'
import { textAt } from '../text.ts'
import type { MappedRecord } from '../types.ts'
import type { MoveWords } from './words.ts'

const STEP_BYTES = 80
const arena = createArena()
/** Places in the arena: `0x05 ‖ instruction hash ‖ hash of the inputs`, `0x02 ‖ hash ‖ index`, an id, the inputs. */
const AT = { move: 0, output: 128, id: 192, inputs: 256 } as const
arena.bytes[AT.move] = TAG.move
arena.bytes[AT.output] = TAG.output

/**
 * The record of an instruction with its live inputs, as the map stage would make it, without recovering the signer again: what was
 * signed has not changed.
 */
export function fillRecord(
  instruction: MappedRecord,
  words: MoveWords,
  move: Move,
): { record: MappedRecord; words: MoveWords } {
  const steps = move.steps.length
  const signed = recordSigned(instruction)
  const head = 2 + STEP_BYTES * steps + 16
  const witness = signed.subarray(head + steps)
  const inputs = writeInputs(move)
  const outputs = 2 * steps
  const idsAt = signerAt(1)
  const at = idsAt + HASH_BYTES * (outputs + 1)
  const size = head + inputs.bytes + witness.length
  const record = new Uint8Array(at + size) as MappedRecord

  record.set(instruction.subarray(0, idsAt))
  hashMove(instruction, inputs.bytes)
  record.set(arena.bytes.subarray(AT.output + 1, AT.output + 1 + HASH_BYTES), RECORD.hash)
  record[RECORD.kind] = KIND_MOVE
  record[RECORD.inputs] = inputs.count
  record[RECORD.outputs] = outputs
  new DataView(record.buffer).setUint32(RECORD.signedBytes, size)
  const outputIds: OutputId[] = []
  for (let i = 0; i < outputs; i++) {
    arena.bytes[AT.output + 33] = i
    arena.hash(AT.output, 34, AT.id)
    copy(arena.bytes, AT.id, record, idsAt + HASH_BYTES * i, HASH_BYTES)
    outputIds.push(textAt(arena.bytes, AT.id, HASH_BYTES) as OutputId)
  }
  record.set(instruction.subarray(signedAt(instruction) - HASH_BYTES, signedAt(instruction)), at - HASH_BYTES)
  record.set(signed.subarray(0, head), at)
  record.set(arena.bytes.subarray(AT.inputs, AT.inputs + inputs.bytes), at + head)
  record.set(witness, at + head + inputs.bytes)

  const { instruction: signedHash, terms, signer } = words
  return {
    record,
    words: {
      hash: textAt(record, RECORD.hash, HASH_BYTES) as TxHash,
      instruction: signedHash,
      move,
      terms,
      outputIds,
      signer,
    },
  }
}

/** `{c ‖ inputs} × n`, to the arena. */
function writeInputs({ steps }: Move): { bytes: number; count: number } {
  const target = Buffer.from(arena.bytes.buffer, arena.bytes.byteOffset, arena.bytes.byteLength)
  let at: number = AT.inputs
  let count = 0
  for (const { inputs } of steps) {
    target[at++] = inputs.length
    count += inputs.length
    for (const id of inputs) at += target.write(id.slice(2), at, 'hex')
  }
  return { bytes: at - AT.inputs, count }
}

/** The hash of a MOVE, to where the ids of its outputs start from. */
function hashMove(instruction: MappedRecord, inputBytes: number): void {
  const signedHash = signedAt(instruction) - HASH_BYTES
  arena.bytes.set(instruction.subarray(signedHash, signedHash + HASH_BYTES), AT.move + 1)
  arena.hash(AT.inputs, inputBytes, AT.move + 33)
  arena.hash(AT.move, 65, AT.output + 1)
}
