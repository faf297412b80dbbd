/**
 * fast-check arbitraries for every value of the protocol, for the property tests of all packages
 * (`import ... from '@omg/protocol/arbitraries'`). Everything made here is valid and encodes.
 */
import fc from 'fast-check'
import {
  type Address,
  type Amount,
  addressOfKey,
  type Claim,
  coinGuard,
  type Deposit,
  type Domain,
  depositPosition,
  EMPTY_WITNESS,
  type Fee,
  type Guard,
  type Hash,
  type Header,
  type Hex,
  MAX_U32,
  MAX_U64,
  MAX_U128,
  MAX_U256,
  type MarketTerms,
  type Move,
  type OrderTerms,
  type Output,
  type OutputId,
  type Pay,
  type Position,
  type Refund,
  type Settle,
  type SignedInstruction,
  type SignedTransaction,
  type SwapTerms,
  TREE_DEPTH,
  type Transaction,
  type TreeLeaf,
  toHex,
  type Witness,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '../src/index.ts'

const GROUP_ORDER = 0xffff_ffff_ffff_ffff_ffff_ffff_ffff_fffe_baae_dce6_af48_a03b_bfd2_5e8c_d036_4141n

function hexOf<T extends Hex>(length: number): fc.Arbitrary<T> {
  return fc.uint8Array({ minLength: length, maxLength: length }).map(bytes => toHex(bytes) as T)
}

function numberBelow(maximum: bigint, minimum = 0n): fc.Arbitrary<bigint> {
  return fc.oneof(fc.bigInt({ min: minimum, max: maximum }), fc.constantFrom(minimum, maximum))
}

export const u64 = numberBelow(MAX_U64)
export const hash = fc.oneof({ weight: 9, arbitrary: hexOf<Hash>(32) }, fc.constant(ZERO_HASH))
export const guard = hash as fc.Arbitrary<Guard>
export const outputId = hexOf<OutputId>(32)
/** An address that may be zero: a token, or nobody. */
export const anyAddress = fc.oneof({ weight: 4, arbitrary: hexOf<Address>(20) }, fc.constant(ZERO_ADDRESS))
/** An address that somebody has. */
export const address = hexOf<Address>(20).filter(value => value !== ZERO_ADDRESS)
export const amount = numberBelow(MAX_U128, 1n) as fc.Arbitrary<Amount>
export const position = numberBelow(2n ** 96n - 1n) as fc.Arbitrary<Position>
export const lanes = numberBelow(MAX_U256)
export const privateKey = hexOf<Hex>(32).filter(key => BigInt(key) > 0n && BigInt(key) < GROUP_ORDER)
export const signer = privateKey.map(key => ({ privateKey: key, address: addressOfKey(key) }))
export const domain: fc.Arbitrary<Domain> = fc.record({
  chainId: fc.bigInt({ min: 1n, max: 2n ** 53n - 1n }),
  verifyingContract: address,
})

/** A signature in canonical form; no known key made it. */
export const signature = fc
  .tuple(numberBelow(GROUP_ORDER - 1n, 1n), numberBelow(GROUP_ORDER >> 1n, 1n), fc.constantFrom('1b', '1c'))
  .map(([r, s, v]) => `0x${word(r)}${word(s)}${v}` as Hex)

export const coin: fc.Arbitrary<Output> = fc.record({
  type: fc.constant('coin'),
  guard: address.map(coinGuard),
  token: anyAddress,
  amount,
})

export const item: fc.Arbitrary<Output> = fc.record({
  type: fc.constant('item'),
  guard: address.map(coinGuard),
  token: address,
  amount: numberBelow(MAX_U128) as fc.Arbitrary<Amount>,
})

function guarded(type: 'order' | 'fee' | 'swap' | 'chain'): fc.Arbitrary<Output> {
  return fc.record({ type: fc.constant(type), guard, token: anyAddress, amount })
}

const feeOutput = fc.oneof(coin, guarded('fee'))
const payOutput = fc.oneof(coin, item, guarded('order'), guarded('swap'), guarded('chain'))
const depositOutput = fc.oneof(coin, item, guarded('order'), guarded('chain'))
export const output = fc.oneof(payOutput, guarded('fee'))

export const orderTerms: fc.Arbitrary<OrderTerms> = fc
  .record({
    owner: anyAddress,
    agent: anyAddress,
    receiver: anyAddress,
    proceedsKind: fc.constantFrom('coin', 'trading', 'chained'),
    proceedsGuard: guard,
    market: hash,
    side: fc.constantFrom('buy', 'sell'),
    limit: u64,
    expiryKind: fc.constantFrom('never', 'height', 'time'),
    expiry: u64,
    minFill: u64,
    timeInForce: fc.constantFrom('goodTillCancel', 'immediateOrCancel', 'fillOrKill'),
    postOnly: fc.boolean(),
    selfTradePrevention: fc.constantFrom('expireMaker', 'expireTaker', 'expireBoth', 'decrement'),
    triggerKind: fc.constantFrom('none', 'wakeAbove', 'wakeBelow', 'turnAbove', 'turnBelow'),
    triggerPrice: u64,
    triggerLimit: u64,
    maxFeeBps: fc.integer({ min: 0, max: 10_000 }),
    clientId: hash,
    nonce: hash,
  } satisfies { [K in keyof OrderTerms]: fc.Arbitrary<OrderTerms[K]> })
  .map(withUnusedZero)

export const swapTerms: fc.Arbitrary<SwapTerms> = fc.record({
  maker: anyAddress,
  taker: anyAddress,
  hash,
  expiry: u64,
})

export const marketTerms: fc.Arbitrary<MarketTerms> = fc
  .record({
    base: anyAddress,
    quote: anyAddress,
    tick: amount,
    lot: amount,
    tier: fc.constantFrom('bonded', 'guarded', 'safe'),
    minimumSize: numberBelow(MAX_U64, 1n),
  } satisfies { [K in keyof MarketTerms]: fc.Arbitrary<MarketTerms[K]> })
  .filter(terms => terms.base !== terms.quote)

function inputs(minLength: number, maxLength = 16): fc.Arbitrary<OutputId[]> {
  return fc.uniqueArray(outputId, { minLength, maxLength })
}

function outputs(of: fc.Arbitrary<Output>): fc.Arbitrary<Output[]> {
  return fc.array(of, { minLength: 1, maxLength: 16 })
}

export const pay: fc.Arbitrary<Pay> = fc.record({
  kind: fc.constant('pay'),
  inputs: inputs(1),
  outputs: outputs(payOutput),
  validUntil: u64,
  memo: hash,
})

const step = fc.record({
  guard,
  amount: numberBelow(MAX_U128) as fc.Arbitrary<Amount>,
  to: guard,
  count: fc.integer({ min: 1, max: 8 }),
})

export const move: fc.Arbitrary<Move> = fc
  .record({
    steps: fc.array(step, { minLength: 1, maxLength: 16 }),
    ids: inputs(128, 128),
    validUntil: u64,
    nonce: u64,
  })
  .map(({ steps, ids, validUntil, nonce }) => ({
    kind: 'move',
    steps: steps.map(({ count, ...signed }, i) => ({ ...signed, inputs: ids.slice(8 * i, 8 * i + count) })),
    validUntil,
    nonce,
  }))

/** A signed instruction with the terms that its steps need. */
export const instruction: fc.Arbitrary<SignedInstruction> = fc
  .record({
    steps: fc.array(step, { minLength: 1, maxLength: 16 }),
    validUntil: u64,
    nonce: u64,
    signature,
    terms: fc.array(orderTerms, { minLength: 16, maxLength: 16 }),
  })
  .map(({ steps, validUntil, nonce, signature, terms }) => ({
    instruction: { steps: steps.map(({ count: _, ...signed }) => signed), validUntil, nonce },
    witness: {
      ...EMPTY_WITNESS,
      signatures: [signature],
      orderTerms: terms.slice(0, steps.filter(({ to }) => to !== ZERO_HASH).length),
    },
  }))

export const settle: fc.Arbitrary<Settle> = fc.record({
  kind: fc.constant('settle'),
  market: hash,
  batchHeight: u64,
  price: u64,
  fills: fc.uniqueArray(fc.record({ input: outputId, lots: numberBelow(MAX_U64, 1n) }), {
    minLength: 2,
    maxLength: 16,
    selector: fill => fill.input,
  }),
})

export const claim: fc.Arbitrary<Claim> = fc.record({ kind: fc.constant('claim'), input: outputId })
export const refund: fc.Arbitrary<Refund> = fc.record({ kind: fc.constant('refund'), input: outputId })

export const fee: fc.Arbitrary<Fee> = fc
  .record({
    kind: fc.constant('fee' as const),
    checkpoint: u64,
    inputs: inputs(0),
    outputs: outputs(feeOutput),
  })
  .filter(value => value.checkpoint !== 0n || value.inputs.length > 0)

export const deposit: fc.Arbitrary<Deposit> = fc.record({
  kind: fc.constant('deposit'),
  inboxIndex: u64,
  position: fc
    .tuple(fc.integer({ min: 0, max: MAX_U32 }), fc.integer({ min: 1, max: MAX_U32 }))
    .map(([checkpoint, sequence]) => depositPosition(BigInt(checkpoint), sequence)),
  output: depositOutput,
})

/** Any transaction, every kind equally likely. */
export const transaction: fc.Arbitrary<Transaction> = fc.oneof(pay, move, settle, claim, refund, fee, deposit)

/** Any witness, whether or not a transaction would need it. */
export const witness: fc.Arbitrary<Witness> = fc
  .record({
    signatures: fc.array(signature, { maxLength: 16 }),
    orderTerms: fc.array(orderTerms, { maxLength: 4 }),
    swapTerms: fc.array(swapTerms, { maxLength: 1 }),
    preimage: fc.option(hash, { nil: undefined }),
  })
  .map(({ preimage, ...rest }) => (preimage === undefined ? rest : { ...rest, preimage }))

/** A transaction with a witness of the right shape. */
export const signedTransaction: fc.Arbitrary<SignedTransaction> = transaction.chain(value =>
  witnessOf(value).map(witness => ({ transaction: value, witness })),
)

export const header: fc.Arbitrary<Header> = fc.record({
  version: fc.constant(3 as const),
  chainId: u64,
  contract: anyAddress,
  checkpoint: u64,
  parentHash: hash,
  txRoot: hash,
  feeLanes: lanes,
  txCount: fc.integer({ min: 0, max: MAX_U32 }),
  bookRoot: hash,
  batchRoot: hash,
  origin: u64,
  originHash: hash,
  inboxCursor: u64,
  validatorSetId: u64,
  daMode: fc.constantFrom('plasma', 'blob'),
  daCommitments: fc.array(hash, { maxLength: 8 }),
  firstHeight: u64,
  lastHeight: u64,
})

/** Leaves on different paths, close together and far apart; no sum of lanes overflows. */
export const treeLeaves: fc.Arbitrary<TreeLeaf[]> = fc.uniqueArray(
  fc.record({
    path: fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 2 ** TREE_DEPTH - 1 })),
    hash: hexOf<Hash>(32),
    lanes: fc
      .array(fc.bigInt({ min: 0n, max: 2n ** 56n }), { minLength: 4, maxLength: 4 })
      .map(values => values.reduce((packed, lane) => (packed << 64n) | lane, 0n)),
  }),
  { maxLength: 24, selector: leaf => leaf.path },
)

function witnessOf(value: Transaction): fc.Arbitrary<Witness> {
  const exactly = <T>(of: fc.Arbitrary<T>, count: number) =>
    fc.array(of, { minLength: count, maxLength: count })
  switch (value.kind) {
    case 'pay': {
      const orders = value.outputs.filter(made => made.type === 'order').length
      return fc.record({
        signatures: fc.array(signature, { minLength: 1, maxLength: value.inputs.length }),
        orderTerms: exactly(orderTerms, orders),
        swapTerms: fc.constant([]),
      })
    }
    case 'move': {
      const renewed = value.steps.filter(moved => moved.to !== ZERO_HASH).length
      return fc.record({
        signatures: fc.array(signature, { maxLength: 1 }),
        orderTerms: exactly(orderTerms, renewed),
        swapTerms: fc.constant([]),
      })
    }
    case 'claim':
      return fc
        .tuple(swapTerms, hash)
        .map(([terms, preimage]) => ({ ...EMPTY_WITNESS, swapTerms: [terms], preimage }))
    case 'refund':
      return swapTerms.map(terms => ({ ...EMPTY_WITNESS, swapTerms: [terms] }))
    default:
      return fc.constant(EMPTY_WITNESS)
  }
}

function withUnusedZero(terms: OrderTerms): OrderTerms {
  const turns = terms.triggerKind === 'turnAbove' || terms.triggerKind === 'turnBelow'
  return {
    ...terms,
    proceedsGuard: terms.proceedsKind === 'chained' ? terms.proceedsGuard : (ZERO_HASH as Guard),
    expiry: terms.expiryKind === 'never' ? 0n : terms.expiry,
    triggerPrice: terms.triggerKind === 'none' ? 0n : terms.triggerPrice,
    triggerLimit: turns ? terms.triggerLimit : 0n,
  }
}

function word(value: bigint): string {
  return value.toString(16).padStart(64, '0')
}
