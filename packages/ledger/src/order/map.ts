import {
  type Domain,
  domainSeparator,
  fromHex,
  HASH_BYTES,
  MAX_FEE_BPS,
  MAX_STEP_INPUTS,
  MAX_STEPS,
  ORDER_TERMS_BYTES,
  SIGNATURE_BYTES,
  TAG,
} from '@omg/protocol'
import { createArena, fastKeccak256 } from '../keccak.ts'
import { couldMake, KIND_MOVE, RECORD } from '../record.ts'
import type { Signatures } from '../signatures.ts'
import { isSignature, isZero } from '../signer.ts'
import { TERMS } from './terms.ts'

const UTF8 = new TextEncoder()
const STEP_TYPE = 'Step(bytes32 guard,uint128 amount,bytes32 to)'
const MOVE_TYPE = `Move(Step[] steps,uint64 validUntil,uint64 nonce)${STEP_TYPE}`

const STEP_BYTES = 80
/** Fields of a step: `guard 32 ‖ amount u128 ‖ to 32`. */
const STEP = { guard: 0, amount: 32, to: 48 } as const
const STEPS_AT = 2
/** `validUntil u64 ‖ nonce u64`. */
const TAIL_BYTES = 16

/** Proceeds into terms that travel along: not recognised here. */
const CHAINED = 2
/** The first kind of trigger that turns an order. */
const TURNS = 3

const MAX_MOVE_BYTES =
  STEPS_AT +
  MAX_STEPS * (STEP_BYTES + 1 + MAX_STEP_INPUTS * HASH_BYTES) +
  TAIL_BYTES +
  (1 + SIGNATURE_BYTES + 1 + MAX_STEPS * ORDER_TERMS_BYTES + 2)

/** Places in the arena. */
const AT = {
  step: 0,
  stepHashes: 128,
  move: 1024,
  digest: 1024 + 160,
  instruction: 1536,
  named: 1536 + 64,
  terms: 2048,
  guard: 2048 + 256,
  witnessHash: 2048 + 320,
  hash: 2048 + 384,
  id: 2048 + 448,
  output: 2048 + 512,
  signed: 3072,
} as const

/**
 * The map stage for what most order operations are: a MOVE or instruction with one signature whose proceeds are not chained. It works
 * where the bytes lie, without an object for any field: decoded terms cost five times what the rest of a step does.
 */
export class MoveStage {
  readonly #arena = createArena(AT.signed + MAX_MOVE_BYTES)
  readonly #memory = this.#arena.bytes

  constructor(domain: Domain) {
    const memory = this.#memory
    memory.set(fastKeccak256(UTF8.encode(STEP_TYPE)), AT.step)
    memory.set(fastKeccak256(UTF8.encode(MOVE_TYPE)), AT.move)
    memory.set([0x19, 0x01], AT.digest)
    memory.set(fromHex(domainSeparator(domain)), AT.digest + 2)
    memory[AT.named] = TAG.move
    memory[AT.terms] = TAG.orderGuard
    memory[AT.id] = TAG.output
  }

  /**
   * Writes the record of a signed MOVE or instruction to `records[at ..]`, without its signer. Returns its length, or 0 where it is none of
   * those that are recognised: what is wrong with it, if anything, is for the strict decoder to say.
   */
  map(signed: Uint8Array, records: Uint8Array, at: number, signatures: Signatures): number {
    if (signed.length > MAX_MOVE_BYTES) return 0
    const memory = this.#memory
    memory.set(signed, AT.signed)
    const steps = memory[AT.signed + 1]!
    if (steps < 1 || steps > MAX_STEPS) return 0
    const inputsAt = AT.signed + STEPS_AT + STEP_BYTES * steps + TAIL_BYTES
    const inputs = countInputs(memory, inputsAt, steps, AT.signed + signed.length)
    if (inputs < 0) return 0
    const witness = inputsAt + steps + HASH_BYTES * inputs
    if (!this.#isWitness(witness, AT.signed + signed.length, steps)) return 0
    this.#hashInstruction(steps)
    signatures.add(memory, AT.instruction, witness + 1, at + RECORD.header)
    if (inputs === 0) memory.copyWithin(AT.hash, AT.instruction, AT.instruction + HASH_BYTES)
    else this.#hashMove(inputsAt, witness - inputsAt)
    this.#arena.hash(witness, AT.signed + signed.length - witness, AT.witnessHash)
    return this.#write(records, at, { steps, inputs, size: signed.length })
  }

  /** Whether the witness is one signature and the terms of each step that makes an ORDER, none of them chained. */
  #isWitness(at: number, end: number, steps: number): boolean {
    const memory = this.#memory
    const termsAt = at + 1 + SIGNATURE_BYTES
    if (termsAt >= end || memory[at] !== 1 || !isSignature(memory, at + 1)) return false
    const count = memory[termsAt]!
    if (termsAt + 1 + ORDER_TERMS_BYTES * count + 2 !== end) return false
    if (memory[end - 2] !== 0 || memory[end - 1] !== 0) return false
    let listed = 0
    for (let i = 0; i < steps; i++) {
      const to = AT.signed + STEPS_AT + STEP_BYTES * i + STEP.to
      if (isZero(memory, to, to + HASH_BYTES)) continue
      if (listed === count || !this.#areTerms(termsAt + 1 + ORDER_TERMS_BYTES * listed, to)) return false
      listed++
    }
    return listed === count
  }

  /** Whether valid terms stand at `at`, and their guard at `to`. */
  #areTerms(at: number, to: number): boolean {
    const memory = this.#memory
    if (!areValid(memory, at)) return false
    memory.copyWithin(AT.terms + 1, at, at + ORDER_TERMS_BYTES)
    this.#arena.hash(AT.terms, 1 + ORDER_TERMS_BYTES, AT.guard)
    return areSame(memory, AT.guard, to)
  }

  /** The EIP-712 digest of the steps, `validUntil` and `nonce`. */
  #hashInstruction(steps: number): void {
    const [arena, memory] = [this.#arena, this.#memory]
    for (let i = 0, at = AT.signed + STEPS_AT; i < steps; i++, at += STEP_BYTES) {
      memory.copyWithin(AT.step + 32, at + STEP.guard, at + STEP.guard + 32)
      memory.copyWithin(AT.step + 64 + 16, at + STEP.amount, at + STEP.amount + 16)
      memory.copyWithin(AT.step + 96, at + STEP.to, at + STEP.to + 32)
      arena.hash(AT.step, 128, AT.stepHashes + HASH_BYTES * i)
    }
    const tail = AT.signed + STEPS_AT + STEP_BYTES * steps
    arena.hash(AT.stepHashes, HASH_BYTES * steps, AT.move + 32)
    memory.copyWithin(AT.move + 64 + 24, tail, tail + 8)
    memory.copyWithin(AT.move + 96 + 24, tail + 8, tail + 16)
    arena.hash(AT.move, 128, AT.digest + 34)
    arena.hash(AT.digest, 66, AT.instruction)
  }

  #hashMove(inputsAt: number, bytes: number): void {
    this.#memory.copyWithin(AT.named + 1, AT.instruction, AT.instruction + HASH_BYTES)
    this.#arena.hash(inputsAt, bytes, AT.named + 1 + HASH_BYTES)
    this.#arena.hash(AT.named, 1 + 2 * HASH_BYTES, AT.hash)
  }

  #write(
    records: Uint8Array,
    at: number,
    { steps, inputs, size }: { steps: number; inputs: number; size: number },
  ): number {
    const memory = this.#memory
    const outputs = inputs === 0 ? 0 : 2 * steps
    const tail = AT.signed + STEPS_AT + STEP_BYTES * steps
    records.set(memory.subarray(AT.hash, AT.hash + HASH_BYTES), at + RECORD.hash)
    records.set(memory.subarray(AT.witnessHash, AT.witnessHash + HASH_BYTES), at + RECORD.witnessHash)
    records.set(memory.subarray(tail, tail + 8), at + RECORD.validUntil)
    records.set([KIND_MOVE, inputs, outputs, 1], at + RECORD.kind)
    for (let i = 0; i < 4; i++) records[at + RECORD.signedBytes + i] = size >>> (24 - 8 * i)
    const idsAt = RECORD.header + 20
    memory.copyWithin(AT.id + 1, AT.hash, AT.hash + HASH_BYTES)
    for (let i = 0; i < outputs; i++) {
      const to = at + idsAt + HASH_BYTES * i
      if (!couldMake(memory, AT.signed, i)) {
        records.fill(0, to, to + HASH_BYTES)
        continue
      }
      memory[AT.id + 1 + HASH_BYTES] = i
      this.#arena.hash(AT.id, 2 + HASH_BYTES, AT.output)
      records.set(memory.subarray(AT.output, AT.output + HASH_BYTES), to)
    }
    const signedAt = idsAt + HASH_BYTES * (outputs + 1)
    records.set(memory.subarray(AT.instruction, AT.instruction + HASH_BYTES), at + signedAt - HASH_BYTES)
    records.set(memory.subarray(AT.signed, AT.signed + size), at + signedAt)
    return signedAt + size
  }
}

/** Inputs of all steps: none, or some in each and none twice; -1 for anything else. */
function countInputs(bytes: Uint8Array, from: number, steps: number, end: number): number {
  const isInstruction = bytes[from] === 0
  let count = 0
  let at = from
  for (let step = 0; step < steps; step++) {
    const inputs = bytes[at]!
    if (inputs > MAX_STEP_INPUTS || (inputs === 0) !== isInstruction) return -1
    count += inputs
    at += 1 + HASH_BYTES * inputs
    if (at > end) return -1
  }
  return occursTwice(bytes, from, steps) ? -1 : count
}

/** Whether an input of the steps at `from` is among those before it. */
function occursTwice(bytes: Uint8Array, from: number, steps: number): boolean {
  const places: number[] = []
  for (let step = 0, at = from; step < steps; step++, at += 1 + HASH_BYTES * bytes[at]!) {
    for (let i = 0; i < bytes[at]!; i++) {
      const place = at + 1 + HASH_BYTES * i
      for (const other of places) if (areSame(bytes, other, place)) return true
      places.push(place)
    }
  }
  return false
}

/** Enumerations and bounds of order terms, and that whatever has no meaning is zero, so that they have one name. */
function areValid(bytes: Uint8Array, at: number): boolean {
  const trigger = bytes[at + TERMS.triggerKind]!
  const expiry = bytes[at + TERMS.expiryKind]!
  const fee = (bytes[at + TERMS.maxFeeBps]! << 8) | bytes[at + TERMS.maxFeeBps + 1]!
  if (bytes[at + TERMS.proceedsKind]! >= CHAINED || bytes[at + TERMS.side]! > 1 || expiry > 2) return false
  if (bytes[at + TERMS.timeInForce]! > 2 || bytes[at + TERMS.postOnly]! > 1) return false
  if (bytes[at + TERMS.selfTradePrevention]! > 3 || trigger > 4 || fee > MAX_FEE_BPS) return false
  if (!isZero(bytes, at + TERMS.proceedsGuard, at + TERMS.market)) return false
  if (expiry === 0 && !isZero(bytes, at + TERMS.expiry, at + TERMS.minFill)) return false
  if (trigger === 0 && !isZero(bytes, at + TERMS.triggerPrice, at + TERMS.triggerLimit)) return false
  return trigger >= TURNS || isZero(bytes, at + TERMS.triggerLimit, at + TERMS.maxFeeBps)
}

function areSame(bytes: Uint8Array, a: number, b: number): boolean {
  for (let i = 0; i < HASH_BYTES; i++) if (bytes[a + i] !== bytes[b + i]) return false
  return true
}
