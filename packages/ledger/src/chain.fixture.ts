import {
  type Address,
  address,
  addressOfKey,
  amount,
  coinGuard,
  type Deposit,
  depositId,
  depositPosition,
  encodeSignedTransaction,
  fromHex,
  type Hash,
  type Hex,
  hash,
  type Output,
  type OutputId,
  outputId,
  type Pay,
  payDigest,
  type TxHash,
  toHex,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@omg/protocol'
import secp256k1 from 'secp256k1'
import { NO_LOCKED_OUTPUTS } from './locks.ts'
import { createMapper } from './map.ts'
import { recordAt } from './record.ts'
import type { BlockInputs, LedgerParameters, MappedRecord, StateTransition } from './types.ts'

/** @omg/ledger/testing: keys, parameters and signed payments for the tests and benchmarks of every package. */

export const ETH = ZERO_ADDRESS
export const USD = address(`0x${'11'.repeat(20)}`)
export const PLAIN = address(`0x${'22'.repeat(20)}`)
export const ART = address(`0x${'33'.repeat(20)}`)
export const GWEI = 10n ** 9n
export const FAR = 10n ** 12n

export const PARAMETERS: LedgerParameters = {
  domain: { chainId: 31_337n, verifyingContract: address(`0x${'aa'.repeat(20)}`) },
  feeTokens: [
    { lane: 0, token: ETH, unit: GWEI, dust: 1000n, fees: { payment: 10n, item: 20n } },
    { lane: 1, token: USD, unit: 1n, dust: 10n, fees: { payment: 5n, item: 5n } },
  ],
  feeRecipients: [
    { owner: address(`0x${'f1'.repeat(20)}`), weight: 2n },
    { owner: address(`0x${'f2'.repeat(20)}`), weight: 1n },
  ],
}

export interface Account {
  readonly key: Uint8Array
  readonly address: Address
}

/** Account number `i`; always the same one. */
export function account(i: number): Account {
  const key = new Uint8Array(32).fill(7)
  new DataView(key.buffer).setUint32(28, i)
  return { key, address: addressOfKey(key) }
}

export const [alice, bob, carol] = [account(1), account(2), account(3)] as const

export function coin(owner: Account | Address, value: bigint, token: Address = ETH): Output {
  const guard = coinGuard(typeof owner === 'string' ? owner : owner.address)
  return { type: 'coin', guard, token, amount: amount(value) }
}

export function item(owner: Account, id: bigint, token: Address = ART): Output {
  return { type: 'item', guard: coinGuard(owner.address), token, amount: amount(id) }
}

/** A PAY, with the ids of its outputs. */
export interface Payment {
  readonly pay: Pay
  readonly hash: TxHash
  readonly signed: Uint8Array
  readonly ids: readonly OutputId[]
}

export interface PaymentOptions {
  readonly validUntil?: bigint
  readonly memo?: Hash
}

/** A PAY signed by `signers`. */
export function payment(
  signers: readonly Account[],
  inputs: readonly OutputId[],
  outputs: readonly Output[],
  { validUntil = FAR, memo = ZERO_HASH }: PaymentOptions = {},
): Payment {
  const pay: Pay = { kind: 'pay', inputs, outputs, validUntil, memo }
  const digest = payDigest(pay, PARAMETERS.domain) as TxHash
  const signatures = signers.map(({ key }) => sign(digest, key))
  const witness = { signatures, orderTerms: [], swapTerms: [] }
  const ids = outputs.map((_, i) => outputId(digest, i))
  return { pay, hash: digest, signed: encodeSignedTransaction({ transaction: pay, witness }), ids }
}

function sign(digest: Hash, key: Uint8Array): Hex {
  const { signature, recid } = secp256k1.ecdsaSign(fromHex(digest), key)
  return `${toHex(signature)}${(27 + recid).toString(16)}` as Hex
}

/** Signed transactions side by side, as the map stage takes them. */
export function batchOf(signed: readonly Uint8Array[]): { bytes: Uint8Array; bounds: Uint32Array } {
  const bytes = new Uint8Array(signed.reduce((length, { length: more }) => length + more, 0))
  const bounds = new Uint32Array(2 * signed.length)
  let at = 0
  for (const [i, transaction] of signed.entries()) {
    bytes.set(transaction, at)
    bounds[2 * i] = at
    at += transaction.length
    bounds[2 * i + 1] = at
  }
  return { bytes, bounds }
}

const mapper = createMapper(PARAMETERS.domain)

/** The record of a payment; throws if the map stage refuses it. */
export function recordOf(signed: Uint8Array): MappedRecord {
  const record = recordAt(mapper(signed, Uint32Array.of(0, signed.length)), 0)
  if (!record) throw new Error('the map stage refused the payment')
  return record
}

/** Deposits `outputs` number `from`, `from + 1`, ... of the inbox, made before checkpoint 1. */
export function deposits(outputs: readonly Output[], from = 0): Deposit[] {
  return outputs.map((output, i) => ({
    kind: 'deposit',
    inboxIndex: BigInt(from + i),
    position: depositPosition(0n, from + i + 1),
    output,
  }))
}

export function depositIds(made: readonly Deposit[]): OutputId[] {
  return made.map(({ output, position }) => depositId(output, position))
}

/** What the next block takes from outside: by default nothing new on Ethereum. */
export function nextInputs(ledger: StateTransition, changes: Partial<BlockInputs> = {}): BlockInputs {
  const { tip } = ledger
  return {
    height: tip.height + 1n,
    time: tip.time + 1n,
    checkpoint: tip.checkpoint,
    origin: tip.origin,
    originHash: tip.originHash,
    originTime: tip.originTime,
    closes: false,
    daMode: tip.daMode,
    deposits: [],
    locked: NO_LOCKED_OUTPUTS,
    ...changes,
  }
}

/** Block 1: an origin and deposits. Returns their ids. */
export function fund(ledger: StateTransition, outputs: readonly Output[]): OutputId[] {
  const made = deposits(outputs)
  const inputs = { deposits: made, origin: 10n, originHash: hash(`0x${'0e'.repeat(32)}`), originTime: 1000n }
  ledger.applyBlock(ledger.assembleBlock([], nextInputs(ledger, inputs)).execution)
  return depositIds(made)
}
