import {
  type Address,
  decodeOrderTerms,
  fromHex,
  type Guard,
  type Hash,
  type OrderTerms,
  type OutputId,
  orderGuard,
  type Position,
  ZERO_HASH,
} from '@omg/protocol'
import { sdkError } from '../error.ts'
import { Fields } from '../node/decode.ts'

/** Why the chain takes an order out of the book by itself. */
export const RELEASE_REASONS = [
  'expired',
  'postOnly',
  'selfTrade',
  'minimumFill',
  'immediateOrCancel',
  'filled',
  'closed',
] as const
export type ReleaseReason = (typeof RELEASE_REASONS)[number]

/** A live order. */
export interface Order {
  /** Its name: fills and reductions do not change it. */
  readonly guard: Guard
  /** The output that holds it at the moment. */
  readonly output: OutputId
  readonly market: Hash
  readonly terms: OrderTerms
  /** What it holds: quote to buy, base to sell. */
  readonly token: Address
  /** Token units. */
  readonly amount: bigint
  /** What is still to be filled. */
  readonly lots: bigint
  /** The block that placed it; its age. */
  readonly height: bigint
  readonly position: Position
  /** Whether its trigger price was crossed. */
  readonly triggered: boolean
  /** Why it is being given back; undefined of an order that stands. */
  readonly release: ReleaseReason | undefined
}

/** A node's order, with terms that belong to its name. */
export function orderFrom(value: unknown): Order {
  const fields = new Fields(value, 'order')
  const guard = fields.hash<Guard>('guard')
  const terms = termsIn(fields, guard)
  if (terms.market === ZERO_HASH || fields.hash('market') !== terms.market) {
    throw sdkError('node.answer', `order ${guard} is not one of its market`)
  }
  return {
    guard,
    terms,
    output: fields.hash<OutputId>('output'),
    market: terms.market,
    token: fields.address('token'),
    amount: fields.amount('amount'),
    lots: fields.integer('lots'),
    height: fields.integer('height'),
    position: fields.integer('position') as Position,
    triggered: fields.flag('triggered'),
    release: fields.has('release') ? fields.oneOf('release', RELEASE_REASONS) : undefined,
  }
}

/** Terms whose hash is the guard: the node cannot put other words in an owner's mouth. */
export function termsIn(fields: Fields, guard: Guard): OrderTerms {
  const terms = decodeOrderTerms(fromHex(fields.hex('terms')))
  if (!terms.ok || orderGuard(terms.value) !== guard) {
    throw sdkError('node.answer', `these are not the terms of ${guard}`)
  }
  return terms.value
}
