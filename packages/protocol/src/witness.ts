import { type OmgError, protocolError, type Result } from './error.ts'
import { type Hash, type Hex, toHex, ZERO_HASH } from './hex.ts'
import { keccakHash } from './keccak.ts'
import {
  MAX_ORDER_TERMS,
  MAX_SIGNATURES,
  MAX_SWAP_TERMS,
  MAX_WITNESS_BYTES,
  SIGNATURE_BYTES,
} from './limits.ts'
import { type OrderTerms, readOrderTerms, writeOrderTerms } from './order.ts'
import { Reader } from './reader.ts'
import { signatureProblem } from './signature.ts'
import { readSwapTerms, type SwapTerms, writeSwapTerms } from './swap.ts'
import type { Transaction } from './transaction/transaction.ts'
import { Writer } from './writer.ts'

/** What travels beside a transaction to prove that it may happen. The leaf commits to it. */
export interface Witness {
  /** 65 bytes each. PAY: one for each distinct owner, in the order in which they appear. MOVE: none or one. */
  readonly signatures: readonly Hex[]
  /**
   * The terms of each ORDER output that a PAY makes, in output order, or the new terms of a MOVE, in step order; then the terms
   * they are chained to, in order of first reference: `orderTermsProblem`.
   */
  readonly orderTerms: readonly OrderTerms[]
  /** The terms of the SWAP that a CLAIM or REFUND spends. */
  readonly swapTerms: readonly SwapTerms[]
  /** What a CLAIM shows. */
  readonly preimage?: Hash
}

/** The witness of what nobody signs: SETTLE, FEE, DEPOSIT. */
export const EMPTY_WITNESS: Witness = { signatures: [], orderTerms: [], swapTerms: [] }

/** A witness as bytes. Throws where it is not valid. */
export function encodeWitness(witness: Witness): Uint8Array {
  const writer = new Writer()
  writeWitness(writer, witness)
  return writer.finish()
}

/** Bytes to a witness. Errors: `encoding.*`, `signature.invalid`. */
export function decodeWitness(bytes: Uint8Array): Result<Witness> {
  const reader = new Reader(bytes)
  if (bytes.length > MAX_WITNESS_BYTES) reader.refuseWith('encoding.too_long', `${bytes.length} bytes`)
  return reader.finish(readWitness(reader))
}

/** `keccak(witness)`: so a bad signature is provable from the leaf (F4). */
export function witnessHash(witness: Witness): Hash {
  return keccakHash(encodeWitness(witness))
}

/**
 * What is wrong with the shape of a witness for its transaction, if anything: too many or too few signatures, terms or
 * preimages for what the transaction itself lists. Who must have signed needs the live inputs and is the ledger's part.
 */
export function witnessProblem(transaction: Transaction, witness: Witness): OmgError | undefined {
  const fits = shapeFits(transaction, witness)
  return fits ? undefined : protocolError('encoding.witness', `not the witness of a ${transaction.kind}`)
}

export function writeWitness(writer: Writer, witness: Witness): void {
  writer.count(witness.signatures, 0, MAX_SIGNATURES, 'signatures')
  for (const signature of witness.signatures) {
    const bytes = new Writer(SIGNATURE_BYTES).fixed(signature, SIGNATURE_BYTES).finish()
    const problem = signatureProblem(bytes)
    if (problem) throw problem
    writer.raw(bytes)
  }
  writer.count(witness.orderTerms, 0, MAX_ORDER_TERMS, 'order terms')
  for (const terms of witness.orderTerms) writeOrderTerms(writer, terms)
  writer.count(witness.swapTerms, 0, MAX_SWAP_TERMS, 'swap terms')
  for (const terms of witness.swapTerms) writeSwapTerms(writer, terms)
  writer.u8(witness.preimage === undefined ? 0 : 1)
  if (witness.preimage !== undefined) writer.hash(witness.preimage)
}

export function readWitness(reader: Reader): Witness {
  const signatures = reader.list(reader.count(0, MAX_SIGNATURES, 'signatures'), () => readSignature(reader))
  const orderTerms = reader.list(reader.count(0, MAX_ORDER_TERMS, 'order terms'), () =>
    readOrderTerms(reader),
  )
  const swapTerms = reader.list(reader.count(0, MAX_SWAP_TERMS, 'swap terms'), () => readSwapTerms(reader))
  const hasPreimage = reader.count(0, 1, 'preimages') === 1
  const witness = { signatures, orderTerms, swapTerms }
  return hasPreimage ? { ...witness, preimage: reader.hash() } : witness
}

function readSignature(reader: Reader): Hex {
  const bytes = reader.take(SIGNATURE_BYTES)
  if (!bytes) return '0x'
  reader.refuse(signatureProblem(bytes))
  return toHex(bytes)
}

function shapeFits(transaction: Transaction, witness: Witness): boolean {
  const signatures = witness.signatures.length
  const orders = witness.orderTerms.length
  const swaps = witness.swapTerms.length
  const preimages = witness.preimage === undefined ? 0 : 1
  switch (transaction.kind) {
    case 'pay': {
      const made = transaction.outputs.filter(output => output.type === 'order').length
      const signed = signatures >= 1 && signatures <= transaction.inputs.length
      return signed && termsFit(witness, made) && swaps === 0 && preimages === 0
    }
    case 'move': {
      const renewed = transaction.steps.filter(step => step.to !== ZERO_HASH).length
      return signatures <= 1 && termsFit(witness, renewed) && swaps === 0 && preimages === 0
    }
    case 'claim':
      return signatures === 0 && orders === 0 && swaps === 1 && preimages === 1
    case 'refund':
      return signatures === 0 && orders === 0 && swaps === 1 && preimages === 0
    default:
      return signatures === 0 && orders === 0 && swaps === 0 && preimages === 0
  }
}

/** As many terms as the transaction lists, and at most one more for each that is chained. */
function termsFit({ orderTerms }: Witness, listed: number): boolean {
  const more = orderTerms.length - listed
  return more >= 0 && more <= orderTerms.filter(({ proceedsKind }) => proceedsKind === 'chained').length
}
