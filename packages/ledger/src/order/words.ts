import {
  type Address,
  type Amount,
  type Guard,
  type Hash,
  type Hex,
  type Move,
  ORDER_TERMS_BYTES,
  type OrderTerms,
  type OutputId,
  SIGNATURE_BYTES,
  type Step,
  type TxHash,
  withGuard,
  ZERO_HASH,
} from '@omg/protocol'
import { outputCount, outputIdAt, RECORD, signedAt, signerAt, signerCount } from '../record.ts'
import type { MappedRecord } from '../types.ts'
import { hashIn, termsIn } from './terms.ts'

const STEP_BYTES = 80

/** A MOVE, or an instruction as a MOVE whose steps have no inputs, in the words of the rules. */
export interface MoveWords {
  readonly hash: TxHash
  /** What was signed. */
  readonly instruction: Hash
  readonly move: Move
  readonly terms: readonly OrderTerms[]
  /** Absent where the chain made the MOVE. */
  readonly signer: Address | undefined
  /** Of the outputs that the steps could make; none of an instruction. */
  readonly outputIds: readonly OutputId[]
}

/** The words of a MOVE record. The map stage has checked every byte of it, the guards of the terms too. */
export function moveWords(record: MappedRecord): MoveWords {
  const bytes = Buffer.from(record.buffer, record.byteOffset, record.byteLength)
  const at = signedAt(record)
  const count = bytes[at + 1]!
  const tail = at + 2 + STEP_BYTES * count
  let inputsAt = tail + 16
  const steps: Move['steps'][number][] = []
  for (let i = 0; i < count; i++) {
    const { guard, amount, to } = stepIn(bytes, at + 2 + STEP_BYTES * i)
    const inputs = idsIn(bytes, inputsAt + 1, bytes[inputsAt]!)
    inputsAt += 1 + 32 * inputs.length
    steps.push({ guard, amount, to, inputs })
  }
  const validUntil = bytes.readBigUInt64BE(tail)
  const nonce = bytes.readBigUInt64BE(tail + 8)
  return {
    hash: textIn(bytes, RECORD.hash, 32) as TxHash,
    instruction: textIn(bytes, at - 32, 32) as Hash,
    move: { kind: 'move', steps, validUntil, nonce },
    terms: termsAt(bytes, inputsAt, steps),
    outputIds: idsIn(bytes, outputIdAt(record, 0), outputCount(record)),
    signer: signerCount(record) > 0 ? (textIn(bytes, signerAt(0), 20) as Address) : undefined,
  }
}

function stepIn(bytes: Buffer, at: number): Step {
  const high = bytes.readBigUInt64BE(at + 32)
  const low = bytes.readBigUInt64BE(at + 40)
  const amount = (high === 0n ? low : (high << 64n) | low) as Amount
  return { guard: textIn(bytes, at, 32) as Guard, amount, to: hashIn(bytes, at + 48) as Guard }
}

/** The terms of the witness at `at`: first those of each step that makes an ORDER, so their guards are known. */
function termsAt(bytes: Buffer, at: number, steps: readonly Step[]): OrderTerms[] {
  const from = at + 1 + SIGNATURE_BYTES * bytes[at]!
  const terms = Array.from({ length: bytes[from]! }, (_, i) =>
    termsIn(bytes, from + 1 + ORDER_TERMS_BYTES * i),
  )
  let listed = 0
  for (const { to } of steps) if (to !== ZERO_HASH) withGuard(terms[listed++]!, to)
  return terms
}

function idsIn(bytes: Buffer, at: number, count: number): OutputId[] {
  const ids: OutputId[] = []
  for (let i = 0; i < count; i++) ids.push(textIn(bytes, at + 32 * i, 32) as OutputId)
  return ids
}

function textIn(bytes: Buffer, at: number, length: number): Hex {
  return `0x${bytes.toString('hex', at, at + length)}`
}
