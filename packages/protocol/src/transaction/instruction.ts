import { type OmgError, protocolError, type Result } from '../error.ts'
import { MAX_INSTRUCTION_BYTES, MAX_STEPS } from '../limits.ts'
import { Reader } from '../reader.ts'
import { readWitness, type Witness, witnessProblem, writeWitness } from '../witness.ts'
import { Writer } from '../writer.ts'
import { readInstruction, writeInstruction } from './encoding.ts'
import { type MoveInstruction, TransactionKind } from './transaction.ts'

/** A MOVE as its owner or agent sends it: signed, and without the live outputs that the producer fills in. */
export interface SignedInstruction {
  readonly instruction: MoveInstruction
  /** Exactly one signature, of `instructionHash`, and the new terms. */
  readonly witness: Witness
}

/**
 * `instruction ‖ 0 × n ‖ witness`: a MOVE whose steps name no output yet, so it is the encoding of no transaction and nothing can be
 * taken for both. Throws where it is not valid.
 */
export function encodeInstruction(signed: SignedInstruction): Uint8Array {
  const { instruction, witness } = signed
  const problem = instructionProblem(instruction, witness)
  if (problem) throw problem
  const writer = new Writer(512).u8(TransactionKind.move)
  writeInstruction(writer, instruction)
  for (const _ of instruction.steps) writer.u8(0)
  writeWitness(writer, witness)
  return writer.finish()
}

/** Bytes to a signed instruction. Errors: `encoding.*`, `signature.invalid`. */
export function decodeInstruction(bytes: Uint8Array): Result<SignedInstruction> {
  const reader = new Reader(bytes)
  if (bytes.length > MAX_INSTRUCTION_BYTES) reader.refuseWith('encoding.too_long', `${bytes.length} bytes`)
  if (reader.u8() !== TransactionKind.move)
    reader.refuseWith('encoding.kind', 'only a MOVE is an instruction')
  const instruction = readInstruction(reader)
  for (const _ of instruction.steps) reader.count(0, 0, 'inputs of an instruction')
  const witness = readWitness(reader)
  if (!reader.failed) reader.refuse(instructionProblem(instruction, witness))
  return reader.finish({ instruction, witness })
}

/**
 * Whether bytes that may be any signed transaction are an instruction: a MOVE whose first step names no output. What they
 * are is then for {@link decodeInstruction} to say.
 */
export function isInstruction(bytes: Uint8Array): boolean {
  const steps = bytes[1]!
  return bytes[0] === TransactionKind.move && steps <= MAX_STEPS && bytes[1 + 1 + 80 * steps + 16] === 0
}

function instructionProblem(instruction: MoveInstruction, witness: Witness): OmgError | undefined {
  if (witness.signatures.length !== 1) {
    return protocolError('encoding.witness', 'an instruction has exactly one signature')
  }
  const steps = instruction.steps.map(step => ({ ...step, inputs: [] }))
  return witnessProblem({ ...instruction, kind: 'move', steps }, witness)
}
