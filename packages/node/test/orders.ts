import { amountFor, type Market, market } from '@omg/exchange'
import {
  type Address,
  type Amount,
  address,
  amount,
  coinGuard,
  encodeInstruction,
  encodeSignedTransaction,
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
  signDigest,
  type TxHash,
  toHex,
  tradingTerms,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@omg/protocol'
import { DOMAIN, keyOf, ownerOf, UNIT } from './harness.ts'

/** A token that is no fee token. */
export const TOKEN = address(`0x${'11'.repeat(20)}`)

/** A lot is 1000 TOKEN, and costs the price in gwei. */
export const MARKET_TERMS: MarketTerms = {
  ...{ base: TOKEN, quote: ZERO_ADDRESS, tick: UNIT, lot: 1_000n, tier: 'bonded', minimumSize: 2n },
}
export const MARKET: Market = market(MARKET_TERMS)

let nonces = 0

export interface TestOrder {
  readonly terms: OrderTerms
  readonly guard: Guard
  readonly output: Output
}

/** An order with a nonce of its own, and the output that holds it. */
export function order(
  owner: number,
  side: OrderTerms['side'],
  limit: number,
  lots: number,
  changes: Partial<OrderTerms> = {},
): TestOrder {
  const terms: OrderTerms = {
    ...tradingTerms(ownerOf(owner), ZERO_ADDRESS, ownerOf(owner)),
    ...{ market: MARKET.id, side, limit: BigInt(limit), maxFeeBps: 100 },
    nonce: `0x${(++nonces).toString(16).padStart(64, '0')}` as Hash,
    ...changes,
  }
  const token = side === 'buy' ? MARKET_TERMS.quote : MARKET_TERMS.base
  return held(terms, token, amountFor(MARKET_TERMS, terms, BigInt(lots)))
}

/** A trading balance. */
export function balance(owner: number, token: Address, value: bigint, agent?: number): TestOrder {
  const key = agent === undefined ? ZERO_ADDRESS : ownerOf(agent)
  return held(tradingTerms(ownerOf(owner), key, ownerOf(owner)), token, value)
}

function held(terms: OrderTerms, token: Address, value: bigint): TestOrder {
  const guard = orderGuard(terms)
  return { terms, guard, output: { type: 'order', guard, token, amount: amount(value) } }
}

/** A PAY that makes orders and gives change. */
export function place(options: {
  readonly from: number
  readonly inputs: readonly OutputId[]
  readonly orders: readonly TestOrder[]
  readonly change: readonly { readonly token?: Address; readonly amount: bigint }[]
}): { readonly bytes: Uint8Array; readonly hex: Hex; readonly hash: TxHash; readonly outputs: OutputId[] } {
  const { from, inputs, orders, change } = options
  const back = change.map(({ token = ZERO_ADDRESS, amount: value }): Output => {
    return { type: 'coin', guard: coinGuard(ownerOf(from)), token, amount: value as Amount }
  })
  const outputs = [...orders.map(({ output }) => output), ...back]
  const transaction: Pay = { kind: 'pay', inputs, outputs, validUntil: 10n ** 12n, memo: ZERO_HASH }
  const hash = payDigest(transaction, DOMAIN) as TxHash
  const signatures = [signDigest(hash, keyOf(from))]
  const witness = { signatures, orderTerms: orders.map(({ terms }) => terms), swapTerms: [] }
  const bytes = encodeSignedTransaction({ transaction, witness })
  return { bytes, hex: toHex(bytes), hash, outputs: outputs.map((_, i) => outputId(hash, i)) }
}

export interface TestStep {
  readonly from: Guard
  /** All of it where absent. */
  readonly amount?: bigint
  /** A coin of the owner where absent. */
  readonly to?: TestOrder
}

/** A signed instruction. */
export function instruct(
  signer: number,
  wishes: readonly TestStep[],
  changes: Partial<Pick<MoveInstruction, 'validUntil' | 'nonce'>> = {},
): { readonly bytes: Uint8Array; readonly hex: Hex; readonly hash: Hash } {
  const steps = wishes.map(({ from, amount: value = 0n, to }) => {
    return { guard: from, amount: value as Amount, to: to?.guard ?? (ZERO_HASH as Guard) }
  })
  const soon = BigInt(Math.floor(Date.now() / 1000)) + 600n
  const instruction: MoveInstruction = { steps, validUntil: soon, nonce: BigInt(++nonces), ...changes }
  const hash = instructionHash(instruction, DOMAIN)
  const orderTerms = wishes.flatMap(({ to }) => (to ? [to.terms] : []))
  const witness = { signatures: [signDigest(hash, keyOf(signer))], orderTerms, swapTerms: [] }
  const bytes = encodeInstruction({ instruction, witness })
  return { bytes, hex: toHex(bytes), hash }
}
