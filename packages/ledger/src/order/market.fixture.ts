import { amountFor, market } from '@omg/exchange'
import {
  amount,
  encodeInstruction,
  encodeSignedTransaction,
  fromHex,
  type Guard,
  type Hash,
  type Hex,
  instructionHash,
  type MarketTerms,
  type MoveInstruction,
  type OrderTerms,
  type Output,
  type OutputId,
  orderGuard,
  outputId,
  type Pay,
  payDigest,
  type TxHash,
  toHex,
  tradingTerms,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@omg/protocol'
import secp256k1 from 'secp256k1'
import { type Account, FAR, PARAMETERS, type Payment, PLAIN, USD } from '../chain.fixture.ts'
import type { ExchangeView, ListedMarket } from './types.ts'

/** Markets, orders and instructions for tests. */

export const MARKET_TERMS: MarketTerms = {
  base: PLAIN,
  quote: USD,
  tick: 1n,
  lot: 10n,
  tier: 'bonded',
  minimumSize: 2n,
}

/** PLAIN against USD: a lot is 10 PLAIN, and costs the price in USD. */
export const MARKET: ListedMarket = { ...market(MARKET_TERMS), state: 'active' }
/** ETH against USD: a lot is one gwei. */
export const ETH_MARKET: ListedMarket = {
  ...market({ ...MARKET_TERMS, base: ZERO_ADDRESS, lot: 1_000_000_000n }),
  state: 'active',
}
/** USD against ETH, as safe as a market can be. */
export const SAFE_MARKET: ListedMarket = {
  ...market({ ...MARKET_TERMS, base: PLAIN, quote: USD, tier: 'safe' }),
  state: 'active',
}

/** These markets; nothing but bonded ones is ever seasoned. */
export function exchangeOf(
  markets: readonly ListedMarket[] = [MARKET, ETH_MARKET],
  isSeasoned: ExchangeView['isSeasoned'] = (_, tier) => tier === 'bonded',
  mayInherit: ExchangeView['mayInherit'] = () => false,
): ExchangeView {
  const byId = new Map(markets.map(listed => [listed.id, listed]))
  return { markets: { get: id => byId.get(id), list: () => markets }, isSeasoned, mayInherit }
}

let nonces = 0
/** A number that no other terms of the test have. */
export function freshNonce(): Hash {
  nonces++
  return `0x${nonces.toString(16).padStart(64, '0')}` as Hash
}

export function trading(owner: Account, agent?: Account): OrderTerms {
  return tradingTerms(owner.address, agent?.address ?? ZERO_ADDRESS, owner.address)
}

export interface OrderWish extends Partial<Omit<OrderTerms, 'side' | 'limit'>> {
  readonly lots: number
}

/** The terms of an order, with a nonce of its own, and the output that holds it. */
export function order(
  owner: Account,
  side: OrderTerms['side'],
  limit: number,
  { lots, ...changes }: OrderWish,
  where: ListedMarket = MARKET,
): { terms: OrderTerms; output: Output } {
  const terms: OrderTerms = {
    ...trading(owner),
    market: where.id,
    side,
    limit: BigInt(limit),
    maxFeeBps: 100,
    nonce: freshNonce(),
    ...changes,
  }
  const token = side === 'buy' ? where.terms.quote : where.terms.base
  const held = amountFor(where.terms, terms, BigInt(lots))
  return { terms, output: { type: 'order', guard: orderGuard(terms), token, amount: amount(held) } }
}

export function orderOutput(terms: OrderTerms, value: bigint, token: Output['token']): Output {
  return { type: 'order', guard: orderGuard(terms), token, amount: amount(value) }
}

/** A PAY that makes orders. */
export function orderPayment(
  signers: readonly Account[],
  inputs: readonly OutputId[],
  outputs: readonly Output[],
  orderTerms: readonly OrderTerms[],
  validUntil = FAR,
): Payment {
  const pay: Pay = { kind: 'pay', inputs, outputs, validUntil, memo: ZERO_HASH }
  const hash = payDigest(pay, PARAMETERS.domain) as TxHash
  const witness = { signatures: signers.map(({ key }) => sign(hash, key)), orderTerms, swapTerms: [] }
  const ids = outputs.map((_, i) => outputId(hash, i))
  return { pay, hash, signed: encodeSignedTransaction({ transaction: pay, witness }), ids }
}

/** One step of an instruction: what to move where. */
export interface StepWish {
  readonly from: OrderTerms | Guard
  readonly amount?: bigint
  /** COIN of the owner where absent. */
  readonly to?: OrderTerms
}

/** A signed instruction. */
export function instruction(
  signer: Account,
  wishes: readonly StepWish[],
  changes: { validUntil?: bigint; nonce?: bigint; chained?: readonly OrderTerms[] } = {},
): { signed: Uint8Array; hash: Hash } {
  const steps = wishes.map(({ from, amount: value = 0n, to }) => ({
    guard: typeof from === 'string' ? from : orderGuard(from),
    amount: amount(value),
    to: to ? orderGuard(to) : (ZERO_HASH as Guard),
  }))
  const { validUntil = 5_000n, nonce = BigInt(freshNonce()), chained = [] } = changes
  const move: MoveInstruction = { steps, validUntil, nonce }
  const hash = instructionHash(move, PARAMETERS.domain)
  const orderTerms = [...wishes.flatMap(({ to }) => (to ? [to] : [])), ...chained]
  const witness = { signatures: [sign(hash, signer.key)], orderTerms, swapTerms: [] }
  return { signed: encodeInstruction({ instruction: move, witness }), hash }
}

function sign(digest: Hash, key: Uint8Array): Hex {
  const { signature, recid } = secp256k1.ecdsaSign(fromHex(digest), key)
  return `${toHex(signature)}${(27 + recid).toString(16)}` as Hex
}
