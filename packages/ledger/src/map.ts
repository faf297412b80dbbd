import {
  type Domain,
  decodeInstruction,
  decodeSignedTransaction,
  domainSeparator,
  encodeWitness,
  type Fee,
  fromHex,
  inputsOf,
  instructionHash,
  isInstruction,
  type Move,
  orderTermsProblem,
  type Pay,
  type Settle,
  TAG,
  TransactionKind,
  transactionHash,
  type Witness,
} from '@omg/protocol'
import { codeNumber } from './errors.ts'
import { createArena, fastKeccak256 } from './keccak.ts'
import { orderGuards, outputsAtMost } from './order/listed.ts'
import { MoveStage } from './order/map.ts'
import {
  couldMake,
  FEE_INPUTS_AT,
  KIND_FEE,
  KIND_MOVE,
  KIND_PAY,
  moveOf,
  PAY_INPUTS_AT,
  RECORD,
  recordCapacity,
} from './record.ts'
import { type Draft, finishDraft, Signatures } from './signatures.ts'
import { isSignature, isZero } from './signer.ts'
import { Signers } from './signers.ts'
import type { MappedBatch } from './types.ts'

/** Maps signed transactions in this thread: `bounds` holds `2n` numbers, see `MapPool.map`. */
export type Mapper = (bytes: Uint8Array, bounds: Uint32Array) => MappedBatch

const UTF8 = new TextEncoder()
const OUTPUT_TYPE = 'Output(uint8 outputType,bytes32 guard,address token,uint128 amount)'
const PAY_TYPE = `Pay(bytes32[] inputs,Output[] outputs,uint64 validUntil,bytes32 memo)${OUTPUT_TYPE}`

/** Inputs, outputs, signers. */
type Counts = readonly [number, number, number]

const COIN = 1
const ITEM = 6
/** A longer PAY without order terms does not exist; the arena holds any of them. */
const MAX_PAY_BYTES = 1 + 1 + 16 * 32 + 1 + 16 * 69 + 8 + 32 + 4 + 16 * 65

const KIND_INACTIVE = codeNumber('transaction.kind_inactive')
const PROTOCOL_ONLY = codeNumber('transaction.protocol_only')
const TYPE_INACTIVE = codeNumber('output.type_inactive')
const WITNESS = codeNumber('encoding.witness')

/** Places in the arena. */
const AT = {
  signed: 0,
  output: 4096,
  outputHashes: 4096 + 160,
  struct: 8192,
  digest: 8192 + 160,
  id: 8192 + 256,
  outputId: 8192 + 512,
  hash: 8192 + 544,
  witnessHash: 8192 + 576,
} as const

/** Makes the map stage of one chain. It keeps scratch memory, so each thread has its own. */
export function createMapper(domain: Domain): Mapper {
  const stage = new MapStage(domain)
  const signers = new Signers()
  return (bytes, bounds) => {
    const draft = stage.draft(bytes, bounds)
    for (let i = 0; i < draft.signatures.count; i++) signers.recover(draft, i)
    return finishDraft(draft)
  }
}

/**
 * The map stage (PROTOCOL.md section 4) up to the signers: decode, EIP-712 hash, static rules (R1 form, R3). Whoever has a draft looks for
 * the signers of all its signatures; what is wrong with a signature that is valid in form is found then, after everything else. One pass over
 * bytes and no object per transaction. It recognises a valid PAY of COIN and ITEM by itself; everything else goes to the
 * strict decoder of @omg/protocol, which names what is wrong, so there is one source of error codes.
 * {@link mapTransactionReference} is the same in plain words; the tests run both.
 */
export class MapStage {
  readonly #domain: Domain
  readonly #arena = createArena()
  readonly #memory = this.#arena.bytes
  readonly #moves: MoveStage
  /** Where the records of the batch go. */
  #records = new Uint8Array(0)
  #signatures = new Signatures(0)

  constructor(domain: Domain) {
    this.#domain = domain
    this.#moves = new MoveStage(domain)
    const memory = this.#memory
    memory.set(fastKeccak256(UTF8.encode(OUTPUT_TYPE)), AT.output)
    memory.set(fastKeccak256(UTF8.encode(PAY_TYPE)), AT.struct)
    memory.set([0x19, 0x01], AT.digest)
    memory.set(fromHex(domainSeparator(domain)), AT.digest + 2)
    memory[AT.id] = TAG.output
  }

  /** `guesses`: see {@link Signatures}. */
  draft(bytes: Uint8Array, bounds: Uint32Array, guesses?: Uint8Array): Draft {
    const count = bounds.length / 2
    let capacity = 0
    for (let i = 0; i < count; i++) {
      capacity += recordCapacity(bytes[bounds[2 * i]!], bounds[2 * i + 1]! - bounds[2 * i]!)
    }
    const records = new Uint8Array(capacity)
    const offsets = new Uint32Array(count + 1)
    const codes = new Uint16Array(count)
    const signatures = new Signatures(count, guesses)
    this.#records = records
    this.#signatures = signatures
    let at = 0
    for (let i = 0; i < count; i++) {
      signatures.transaction = i
      const length = this.#mapOne(bytes.subarray(bounds[2 * i], bounds[2 * i + 1]), at)
      if (length > 0) at += length
      else codes[i] = -length
      offsets[i + 1] = at
    }
    return { count, codes, offsets, records, signatures }
  }

  /** Writes the record of a signed transaction at `at`. Returns its length, or minus a code. */
  #mapOne(signed: Uint8Array, at: number): number {
    const memory = this.#memory
    if (signed.length <= MAX_PAY_BYTES && signed[0] === KIND_PAY) {
      memory.set(signed, AT.signed)
      const inputs = memory[1]!
      const outputs = memory[PAY_INPUTS_AT + 32 * inputs]!
      if (isPlainPay(memory, inputs, outputs, signed.length))
        return this.#mapPay(at, inputs, outputs, signed.length)
    }
    const length = signed[0] === KIND_MOVE ? this.#moves.map(signed, this.#records, at, this.#signatures) : 0
    return length === 0 ? this.#mapOther(signed, at) : length
  }

  /** The PAY in the arena. */
  #mapPay(at: number, inputs: number, outputs: number, size: number): number {
    const [memory, records] = [this.#memory, this.#records]
    const tail = PAY_INPUTS_AT + 32 * inputs + 1 + 69 * outputs
    const witness = tail + 40
    const signers = memory[witness]!
    this.#hashPay(inputs, outputs)
    this.#arena.hash(witness, size - witness, AT.witnessHash)
    for (let i = 0; i < signers; i++) {
      this.#signatures.add(memory, AT.hash, witness + 1 + 65 * i, at + RECORD.header + 20 * i)
    }
    this.#writeHeader(at, KIND_PAY, [inputs, outputs, signers], size)
    for (let b = 0; b < 8; b++) records[at + RECORD.validUntil + b] = memory[tail + b]!
    const idsAt = RECORD.header + 20 * signers
    this.#writeOutputIds(at + idsAt, outputs)
    const signedAt = idsAt + 32 * outputs
    for (let b = 0; b < size; b++) records[at + signedAt + b] = memory[AT.signed + b]!
    return signedAt + size
  }

  /** Everything that is not a well-formed PAY of COIN and ITEM: orders, fees, and errors to be named. */
  #mapOther(signed: Uint8Array, at: number): number {
    if (isInstruction(signed)) {
      const decoded = decodeInstruction(signed)
      if (!decoded.ok) return -codeNumber(decoded.error.code)
      return this.#mapOrders(moveOf(decoded.value.instruction), decoded.value.witness, signed, at)
    }
    const decoded = decodeSignedTransaction(signed)
    if (!decoded.ok) return -codeNumber(decoded.error.code)
    const { transaction, witness } = decoded.value
    switch (transaction.kind) {
      case 'deposit':
        return -PROTOCOL_ONLY
      case 'claim':
      case 'refund':
        return -KIND_INACTIVE
      case 'fee':
        if (transaction.outputs.some(output => output.type !== 'coin')) return -TYPE_INACTIVE
        return this.#mapFee(transaction, signed, at)
      case 'pay':
        if (transaction.outputs.some(({ type }) => type === 'swap' || type === 'chain')) return -TYPE_INACTIVE
        return this.#mapOrders(transaction, witness, signed, at)
      default:
        return this.#mapOrders(transaction, witness, signed, at)
    }
  }

  /** A PAY with orders, a MOVE with or without its inputs, or a SETTLE. */
  #mapOrders(transaction: Pay | Move | Settle, witness: Witness, signed: Uint8Array, at: number): number {
    if (orderTermsProblem(orderGuards(transaction), witness.orderTerms)) return -WITNESS
    const [memory, records] = [this.#memory, this.#records]
    const instruction = transaction.kind === 'move' ? instructionHash(transaction, this.#domain) : undefined
    const inputs = inputsOf(transaction).length
    const isSubmitted = inputs === 0
    const hash = isSubmitted ? instruction! : transactionHash(transaction, this.#domain)
    memory.set(fromHex(instruction ?? hash), AT.hash)
    for (const [i, signature] of witness.signatures.entries()) {
      memory.set(fromHex(signature), AT.signed)
      this.#signatures.add(memory, AT.hash, AT.signed, at + RECORD.header + 20 * i)
    }
    memory.set(fromHex(hash), AT.hash)
    const encoded = encodeWitness(witness)
    memory.set(fastKeccak256(encoded), AT.witnessHash)
    const outputs = isSubmitted ? 0 : outputsAtMost(transaction)
    const kind = TransactionKind[transaction.kind]
    this.#writeHeader(at, kind, [inputs, outputs, witness.signatures.length], signed.length)
    const validUntil = transaction.kind === 'settle' ? 0n : transaction.validUntil
    new DataView(records.buffer).setBigUint64(at + RECORD.validUntil, validUntil)
    const idsAt = RECORD.header + 20 * witness.signatures.length
    this.#writeOutputIds(at + idsAt, outputs)
    for (let i = 0; i < outputs; i++) {
      if (transaction.kind === 'move' && !couldMake(signed, 0, i)) {
        records.fill(0, at + idsAt + 32 * i, at + idsAt + 32 * (i + 1))
      }
    }
    let signedAt = idsAt + 32 * outputs
    if (instruction !== undefined) {
      records.set(fromHex(instruction), at + signedAt)
      signedAt += 32
    }
    records.set(signed, at + signedAt)
    return signedAt + signed.length
  }

  #mapFee(fee: Fee, signed: Uint8Array, at: number): number {
    const { inputs, outputs } = fee
    const tail = FEE_INPUTS_AT + 32 * inputs.length + 1 + 69 * outputs.length
    this.#memory.set(fromHex(transactionHash(fee, this.#domain)), AT.hash)
    this.#memory.set(fastKeccak256(signed.subarray(tail)), AT.witnessHash)
    this.#writeHeader(at, KIND_FEE, [inputs.length, outputs.length, 0], signed.length)
    // The checkpoint stands where a PAY has its validUntil.
    this.#records.set(signed.subarray(1, 9), at + RECORD.validUntil)
    this.#writeOutputIds(at + RECORD.header, outputs.length)
    const signedAt = RECORD.header + 32 * outputs.length
    this.#records.set(signed, at + signedAt)
    return signedAt + signed.length
  }

  /** The EIP-712 digest of the PAY in the arena, to `AT.hash`. */
  #hashPay(inputs: number, outputs: number): void {
    const [arena, memory] = [this.#arena, this.#memory]
    const outputsAt = PAY_INPUTS_AT + 32 * inputs + 1
    const tail = outputsAt + 69 * outputs
    arena.hash(PAY_INPUTS_AT, 32 * inputs, AT.struct + 32)
    for (let i = 0; i < outputs; i++) this.#hashOutput(outputsAt + 69 * i, AT.outputHashes + 32 * i)
    arena.hash(AT.outputHashes, 32 * outputs, AT.struct + 64)
    memory.copyWithin(AT.struct + 96 + 24, tail, tail + 8)
    memory.copyWithin(AT.struct + 128, tail + 8, tail + 40)
    arena.hash(AT.struct, 160, AT.digest + 34)
    arena.hash(AT.digest, 66, AT.hash)
  }

  /** `hashStruct` of the output that stands at `at`, to `to`. */
  #hashOutput(at: number, to: number): void {
    const memory = this.#memory
    const word = AT.output + 32
    memory[word + 31] = memory[at]!
    memory.copyWithin(word + 32, at + 1, at + 33)
    memory.copyWithin(word + 64 + 12, at + 33, at + 53)
    memory.copyWithin(word + 96 + 16, at + 53, at + 69)
    this.#arena.hash(AT.output, 160, to)
  }

  #writeHeader(at: number, kind: number, counts: Counts, size: number): void {
    const records = this.#records
    for (let i = 0; i < 64; i++) records[at + i] = this.#memory[AT.hash + i]!
    records[at + RECORD.kind] = kind
    for (let i = 0; i < 3; i++) records[at + RECORD.inputs + i] = counts[i]!
    for (let i = 0; i < 4; i++) records[at + RECORD.signedBytes + i] = size >>> (24 - 8 * i)
  }

  /** Ids of the outputs of `AT.hash`. */
  #writeOutputIds(at: number, count: number): void {
    const memory = this.#memory
    memory.copyWithin(AT.id + 1, AT.hash, AT.hash + 32)
    for (let i = 0; i < count; i++) {
      memory[AT.id + 33] = i
      this.#arena.hash(AT.id, 34, AT.outputId)
      for (let b = 0; b < 32; b++) this.#records[at + 32 * i + b] = memory[AT.outputId + b]!
    }
  }
}

/** Whether `bytes[0 .. size]` is a PAY of COIN and ITEM with a witness of signatures only, valid in form. */
function isPlainPay(bytes: Uint8Array, inputs: number, outputs: number, size: number): boolean {
  if (inputs < 1 || inputs > 16 || outputs < 1 || outputs > 16) return false
  const outputsAt = PAY_INPUTS_AT + 32 * inputs + 1
  const witness = outputsAt + 69 * outputs + 40
  if (witness + 4 > size) return false
  const signatures = bytes[witness]!
  const end = witness + 1 + 65 * signatures
  if (signatures < 1 || signatures > inputs || end + 3 !== size) return false
  if (bytes[end] !== 0 || bytes[end + 1] !== 0 || bytes[end + 2] !== 0) return false
  for (let i = 0; i < outputs; i++) if (!isPlainOutput(bytes, outputsAt + 69 * i)) return false
  for (let i = 0; i < signatures; i++) if (!isSignature(bytes, witness + 1 + 65 * i)) return false
  for (let i = 1; i < inputs; i++) {
    for (let j = 0; j < i; j++)
      if (sameInput(bytes, PAY_INPUTS_AT + 32 * i, PAY_INPUTS_AT + 32 * j)) return false
  }
  return true
}

function isPlainOutput(bytes: Uint8Array, at: number): boolean {
  const type = bytes[at]
  if (type !== COIN && type !== ITEM) return false
  const padded = isZero(bytes, at + 1, at + 13) && !isZero(bytes, at + 13, at + 33)
  if (type === ITEM) return padded && !isZero(bytes, at + 33, at + 53)
  return padded && !isZero(bytes, at + 53, at + 69)
}

function sameInput(bytes: Uint8Array, a: number, b: number): boolean {
  for (let i = 0; i < 32; i++) if (bytes[a + i] !== bytes[b + i]) return false
  return true
}
