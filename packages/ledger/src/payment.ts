import { fromHex, MAX_INPUTS, MAX_SIGNATURES, MAX_U64, OUTPUT_BYTES, packLanes, toHex } from '@omg/protocol'
import type { LedgerErrorCode } from './errors.ts'
import { inputCount, outputAt, outputCount, recordValidUntil, signerAt, signerCount } from './record.ts'
import type { ParametersInForce } from './types.ts'

const COIN = 1
const ITEM = 6
/** Fields of an output: `type u8 ‖ guard 32 ‖ token 20 ‖ amount u128`. */
const OWNER = 13
const TOKEN = 33
const AMOUNT = 53

interface FeeRule {
  readonly token: Uint8Array
  readonly lane: number
  readonly unit: bigint
  readonly dust: bigint
  /** Least fee by number of signatures, in lane units. */
  readonly payment: readonly bigint[]
  readonly item: readonly bigint[]
  readonly accepted: boolean
  /** The same without congestion. */
  readonly voted: { readonly payment: readonly bigint[]; readonly item: readonly bigint[] }
}

/**
 * The rules of a PAY once its inputs are known: R1, R7, conservation, fees, dust. One instance per ledger; `check` leaves
 * the fee of the payment it accepted in `lanes`, so that a block allocates nothing per payment.
 */
export class PaymentRules {
  /** Fee of the last accepted payment, in lane units. */
  readonly lanes = new BigUint64Array(4)
  /** The outputs that the payment to check spends, 69 bytes each, in order: the caller fills it before `check`. */
  readonly inputs = new Uint8Array(MAX_INPUTS * OUTPUT_BYTES)
  /** Whether the last accepted payment was a merge of one's own coins. */
  merge = false

  readonly #feeRules: readonly FeeRule[]
  readonly #tokens = new Uint8Array(32 * 20)
  readonly #balances: bigint[] = new Array(32).fill(0n)
  #tokenCount = 0
  readonly #inputsView = new DataView(this.inputs.buffer)
  #recordView: DataView = this.#inputsView

  constructor(parameters: ParametersInForce) {
    this.#feeRules = parameters.feeTokens.map(({ token, lane, unit, dust, fees, accepted, voted }) => ({
      token: fromHex(token),
      lane,
      unit,
      dust,
      payment: feesBySignatures(fees.payment),
      item: feesBySignatures(fees.item),
      accepted,
      voted: { payment: feesBySignatures(voted.payment), item: feesBySignatures(voted.item) },
    }))
  }

  get packedLanes(): bigint {
    const [a, b, c, d] = this.lanes as unknown as [bigint, bigint, bigint, bigint]
    return packLanes([a, b, c, d])
  }

  /** Checks a PAY against the outputs in `inputs`. Returns the rule it breaks, if any. */
  check(record: Uint8Array): LedgerErrorCode | undefined {
    const { inputs } = this
    const items = countInputItems(record, inputs)
    if (items < 0) return 'input.type_inactive'
    // Records of one batch share a buffer, so this happens once per batch.
    if (record.buffer !== this.#recordView.buffer) this.#recordView = new DataView(record.buffer)
    return (
      checkSigners(record, inputs) ??
      this.#checkDust(record) ??
      checkItems(record, inputs, items) ??
      this.#checkBalance(record) ??
      this.#checkFee(record, items > 0)
    )
  }

  #checkDust(record: Uint8Array): LedgerErrorCode | undefined {
    const first = outputAt(record, 0)
    for (let i = 0, at = first; i < outputCount(record); i++, at += OUTPUT_BYTES) {
      if (record[at] !== COIN) continue
      const rule = this.#feeRule(record, at + TOKEN)
      if (rule !== undefined && this.#made(record, at) < rule.dust) return 'output.dust'
    }
    return undefined
  }

  /** COIN is conserved in every token, except that inputs may exceed outputs: the fee. */
  #checkBalance(record: Uint8Array): LedgerErrorCode | undefined {
    const { inputs } = this
    this.#tokenCount = 0
    for (let i = 0, at = 0; i < inputCount(record); i++, at += OUTPUT_BYTES) {
      if (inputs[at] === COIN) this.#account(inputs, at, amountAt(this.#inputsView, at))
    }
    for (let i = 0, at = outputAt(record, 0); i < outputCount(record); i++, at += OUTPUT_BYTES) {
      if (record[at] === COIN) this.#account(record, at, -this.#made(record, at))
    }
    for (let t = 0; t < this.#tokenCount; t++) {
      if (this.#balances[t]! < 0n) return 'transaction.unbalanced'
    }
    return undefined
  }

  /**
   * What is left in each token is the fee: in fee tokens only, in whole lane units, in one of them at least the schedule
   * for each signature (A30: a signature is what costs every node most).
   */
  #checkFee(record: Uint8Array, movesItem: boolean): LedgerErrorCode | undefined {
    this.lanes.fill(0n)
    for (let t = 0; t < this.#tokenCount; t++) {
      const fee = this.#balances[t]!
      if (fee === 0n) continue
      const rule = this.#feeRule(this.#tokens, 20 * t)
      if (rule === undefined) return 'transaction.unbalanced'
      if (fee % rule.unit !== 0n) return 'fee.not_multiple'
      const units = fee / rule.unit
      if (units > MAX_U64) return 'transaction.overflow'
      this.lanes[rule.lane] = units
    }
    this.merge = isMerge(record, this.inputs)
    if (this.merge) return undefined
    const signatures = signerCount(record)
    const kind = movesItem ? 'item' : 'payment'
    for (const rule of this.#feeRules) {
      if (rule.accepted && this.lanes[rule.lane]! >= rule[kind][signatures]!) return undefined
    }
    return this.#feeProblem(kind, signatures)
  }

  /** Why no lane holds what is due. Who pays what is voted may wait until blocks are less full. */
  #feeProblem(kind: 'payment' | 'item', signatures: number): LedgerErrorCode {
    const paid = this.#feeRules.filter(({ lane }) => this.lanes[lane]! > 0n)
    const isVoted = ({ lane, voted }: FeeRule) => this.lanes[lane]! >= voted[kind][signatures]!
    if (paid.some(rule => rule.accepted && isVoted(rule))) return 'fee.congested'
    return paid.some(rule => !rule.accepted && isVoted(rule)) ? 'fee.not_accepted' : 'fee.too_low'
  }

  /** What is due for a payment, for people: the least fee in each token, in its lane units. */
  describeDue(record: Uint8Array): string {
    const signatures = signerCount(record)
    let movesItem = false
    for (let i = 0, at = outputAt(record, 0); i < outputCount(record); i++, at += OUTPUT_BYTES) {
      if (record[at] === ITEM) movesItem = true
    }
    const dues = this.#feeRules
      .filter(({ accepted }) => accepted)
      .map(({ token, payment, item }) => {
        return `${(movesItem ? item : payment)[signatures]} units of ${toHex(token)}`
      })
    return `due for ${signatures} ${signatures === 1 ? 'signature' : 'signatures'}: ${dues.join(', or ')}`
  }

  #made(record: Uint8Array, output: number): bigint {
    return amountAt(this.#recordView, record.byteOffset + output)
  }

  #account(bytes: Uint8Array, output: number, amount: bigint): void {
    let t = 0
    while (t < this.#tokenCount && !equal(this.#tokens, 20 * t, bytes, output + TOKEN, 20)) t++
    if (t === this.#tokenCount) {
      for (let i = 0; i < 20; i++) this.#tokens[20 * t + i] = bytes[output + TOKEN + i]!
      this.#balances[t] = amount
      this.#tokenCount++
    } else {
      this.#balances[t] = this.#balances[t]! + amount
    }
  }

  #feeRule(bytes: Uint8Array, token: number): FeeRule | undefined {
    for (const rule of this.#feeRules) if (equal(rule.token, 0, bytes, token, 20)) return rule
    return undefined
  }
}

/** R7: a PAY is included only while the origin's time is at most its `validUntil`. */
export function isExpired(record: Uint8Array, originTime: bigint): boolean {
  return originTime > recordValidUntil(record)
}

/** What 0, 1, 2, ... signatures cost, beyond 64 bits where it must be. */
function feesBySignatures(fee: bigint): bigint[] {
  return Array.from({ length: MAX_SIGNATURES + 1 }, (_, signatures) => fee * BigInt(signatures))
}

/** How many inputs are ITEM; -1 if one is neither COIN nor ITEM. */
function countInputItems(record: Uint8Array, inputs: Uint8Array): number {
  let items = 0
  for (let i = 0, at = 0; i < inputCount(record); i++, at += OUTPUT_BYTES) {
    if (inputs[at] === ITEM) items++
    else if (inputs[at] !== COIN) return -1
  }
  return items
}

/** R1: one signature of each distinct owner, in the order in which the owners first appear among the inputs. */
function checkSigners(record: Uint8Array, inputs: Uint8Array): LedgerErrorCode | undefined {
  const signers = signerCount(record)
  let matched = 0
  for (let i = 0, at = OWNER; i < inputCount(record); i++, at += OUTPUT_BYTES) {
    if (hasSigned(record, matched, inputs, at)) continue
    if (matched === signers) return 'signature.missing'
    if (!equal(record, signerAt(matched), inputs, at, 20)) return 'signature.wrong_signer'
    matched++
  }
  return matched === signers ? undefined : 'signature.wrong_signer'
}

function hasSigned(record: Uint8Array, matched: number, inputs: Uint8Array, owner: number): boolean {
  for (let j = 0; j < matched; j++) if (equal(record, signerAt(j), inputs, owner, 20)) return true
  return false
}

/** An ITEM is indivisible: each one among the inputs is among the outputs exactly as often, and no other appears. */
function checkItems(record: Uint8Array, inputs: Uint8Array, items: number): LedgerErrorCode | undefined {
  let made = 0
  for (let i = 0, at = outputAt(record, 0); i < outputCount(record); i++, at += OUTPUT_BYTES) {
    if (record[at] === ITEM) made++
  }
  if (made !== items) return 'transaction.unbalanced'
  if (items === 0) return undefined
  for (let i = 0, at = 0; i < inputCount(record); i++, at += OUTPUT_BYTES) {
    if (inputs[at] !== ITEM) continue
    const spent = countItem(inputs, 0, inputCount(record), inputs, at)
    const made = countItem(record, outputAt(record, 0), outputCount(record), inputs, at)
    if (spent !== made) return 'transaction.unbalanced'
  }
  return undefined
}

function countItem(
  outputs: Uint8Array,
  from: number,
  count: number,
  item: Uint8Array,
  itemAt: number,
): number {
  let found = 0
  for (let i = 0, at = from; i < count; i++, at += OUTPUT_BYTES) {
    if (outputs[at] === ITEM && equal(outputs, at + TOKEN, item, itemAt + TOKEN, 36)) found++
  }
  return found
}

/** Two or more COIN of one owner and one token into a single one of hers: free, since it shrinks the set. */
function isMerge(record: Uint8Array, inputs: Uint8Array): boolean {
  const count = inputCount(record)
  const output = outputAt(record, 0)
  if (count < 2 || outputCount(record) !== 1 || record[output] !== COIN) return false
  for (let i = 0, at = 0; i < count; i++, at += OUTPUT_BYTES) {
    if (!equal(inputs, at, record, output, AMOUNT)) return false
  }
  return true
}

function amountAt(view: DataView, output: number): bigint {
  const high = view.getBigUint64(output + AMOUNT)
  const low = view.getBigUint64(output + AMOUNT + 8)
  return high === 0n ? low : (high << 64n) | low
}

function equal(a: Uint8Array, from: number, b: Uint8Array, to: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (a[from + i] !== b[to + i]) return false
  return true
}
