import {
  type Address,
  type Amount,
  type Guard,
  type Hash,
  ORDER_TERMS_BYTES,
  type OrderTerms,
  type OutputId,
  SIGNATURE_BYTES,
  type Step,
  withGuard,
  ZERO_HASH,
} from '@omg/protocol'
import { signedAt, signerAt, signerCount } from '../record.ts'
import { textAt } from '../text.ts'
import type { MappedRecord } from '../types.ts'
import { readU64 } from '../u64.ts'
import type { OpenMove } from './gather.ts'
import { hashIn, termsIn } from './terms.ts'

const STEP_BYTES = 80

/** A MOVE, or an instruction as a MOVE whose steps have no inputs, in the words of the rules. */
export interface MoveWords {
  /** What was signed. */
  readonly instruction: Hash
  readonly move: OpenMove
  readonly terms: readonly OrderTerms[]
  /** Absent where the chain made the MOVE. */
  readonly signer: Address | undefined
}

/** The words of a MOVE record. The map stage has checked every byte of it, the guards of the terms too. */
export function moveWords(record: MappedRecord): MoveWords {
  const bytes = Buffer.from(record.buffer, record.byteOffset, record.byteLength)
  const at = signedAt(record)
  const count = bytes[at + 1]!
  const tail = at + 2 + STEP_BYTES * count
  let inputsAt = tail + 16
  const steps: OpenMove['steps'][number][] = []
  for (let i = 0; i < count; i++) {
    const from = at + 2 + STEP_BYTES * i
    const guard = textAt(bytes, from, 32) as Guard
    const amount = amountIn(bytes, from + 32)
    const to = hashIn(bytes, from + 48) as Guard
    const inputs = idsIn(bytes, inputsAt + 1, bytes[inputsAt]!)
    inputsAt += 1 + 32 * inputs.length
    steps.push({ guard, amount, to, inputs })
  }
  const validUntil = readU64(bytes, tail)
  const nonce = readU64(bytes, tail + 8)
  return {
    instruction: textAt(bytes, at - 32, 32) as Hash,
    move: { kind: 'move', steps, validUntil, nonce },
    terms: termsAt(bytes, inputsAt, steps),
    signer: signerCount(record) > 0 ? (textAt(bytes, signerAt(0), 20) as Address) : undefined,
  }
}

function amountIn(bytes: Buffer, at: number): Amount {
  const high = bytes.readUInt32BE(at) + bytes.readUInt32BE(at + 4) + bytes.readUInt16BE(at + 8)
  // Nearly all amounts are exact as a number.
  if (high === 0) return BigInt(bytes.readUIntBE(at + 10, 6)) as Amount
  return ((readU64(bytes, at) << 64n) | readU64(bytes, at + 8)) as Amount
}

const NO_IDS: readonly OutputId[] = []

/** The terms of the witness at `at`: first those of each step that makes an ORDER, so their guards are known. */
function termsAt(bytes: Buffer, at: number, steps: readonly Step[]): OrderTerms[] {
  const from = at + 1 + SIGNATURE_BYTES * bytes[at]!
  const terms: OrderTerms[] = []
  for (let i = 0; i < bytes[from]!; i++) terms.push(termsIn(bytes, from + 1 + ORDER_TERMS_BYTES * i))
  let listed = 0
  for (const { to } of steps) if (to !== ZERO_HASH) withGuard(terms[listed++]!, to)
  return terms
}

function idsIn(bytes: Buffer, at: number, count: number): readonly OutputId[] {
  if (count === 0) return NO_IDS
  if (count === 1) return [textAt(bytes, at, 32) as OutputId]
  const ids: OutputId[] = []
  for (let i = 0; i < count; i++) ids.push(textAt(bytes, at + 32 * i, 32) as OutputId)
  return ids
}
