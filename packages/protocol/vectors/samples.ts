import {
  type Address,
  type Amount,
  addressOfKey,
  amount,
  coinGuard,
  concat,
  type Deposit,
  type Domain,
  depositPosition,
  EMPTY_WITNESS,
  type Fee,
  fromHex,
  type Guard,
  type Hash,
  type Header,
  type Hex,
  hash,
  instructionHash,
  keccakHash,
  MAX_FILLS,
  MAX_INPUTS,
  MAX_OUTPUTS,
  MAX_STEP_INPUTS,
  MAX_STEPS,
  MAX_U32,
  MAX_U64,
  MAX_U128,
  type MarketTerms,
  type Move,
  type MoveInstruction,
  type OrderTerms,
  type Output,
  type OutputId,
  orderGuard,
  type Pay,
  packLanes,
  payDigest,
  type Settle,
  type SignedInstruction,
  type SignedTransaction,
  type SwapTerms,
  signDigest,
  swapGuard,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '../src/index.ts'

/** Readable values whose bytes look random: everything follows from a name, so vectors never change by themselves. */
export function hashOf(name: string): Hash {
  return keccakHash(new TextEncoder().encode(name))
}

export function idOf(name: string): OutputId {
  return hashOf(name) as OutputId
}

function tokenOf(name: string): Address {
  return `0x${hashOf(name).slice(26)}` as Address
}

function keyOf(name: string): Hex {
  return hashOf(`key of ${name}`)
}

/** Names and keys that exist only here. */
export const KEYS = { alice: keyOf('alice'), bob: keyOf('bob'), carol: keyOf('carol') } as const
export const ALICE = addressOfKey(KEYS.alice)
export const BOB = addressOfKey(KEYS.bob)
export const CAROL = addressOfKey(KEYS.carol)
const USD = tokenOf('usd')
const CARD = tokenOf('card')
const MARKET = hashOf('market')

export const DOMAIN: Domain = { chainId: 31337n, verifyingContract: tokenOf('root chain') }
export const OTHER_DOMAIN: Domain = { ...DOMAIN, chainId: 1n }

function coin(owner: Address, units: bigint, token: Address = ZERO_ADDRESS): Output {
  return { type: 'coin', guard: coinGuard(owner), token, amount: amount(units) }
}

const TRADING: OrderTerms = {
  owner: ALICE,
  agent: BOB,
  receiver: ALICE,
  proceedsKind: 'trading',
  proceedsGuard: ZERO_HASH as Guard,
  market: ZERO_HASH,
  side: 'buy',
  limit: 0n,
  expiryKind: 'never',
  expiry: 0n,
  minFill: 0n,
  timeInForce: 'goodTillCancel',
  postOnly: false,
  selfTradePrevention: 'expireMaker',
  triggerKind: 'none',
  triggerPrice: 0n,
  triggerLimit: 0n,
  maxFeeBps: 30,
  clientId: ZERO_HASH,
  nonce: hashOf('trading balance'),
}

const SELL: OrderTerms = {
  ...TRADING,
  agent: ZERO_ADDRESS,
  receiver: CAROL,
  proceedsKind: 'coin',
  market: MARKET,
  side: 'sell',
  limit: 2_500n,
  expiryKind: 'height',
  expiry: 900n,
  minFill: 3n,
  timeInForce: 'immediateOrCancel',
  selfTradePrevention: 'decrement',
  clientId: hashOf('client id'),
  nonce: hashOf('sell'),
}

/** Between them, every value of every enumeration. */
export const ORDER_TERMS: Readonly<Record<string, OrderTerms>> = {
  'trading balance': TRADING,
  sell: SELL,
  'chained, fill or kill': {
    ...SELL,
    side: 'buy',
    proceedsKind: 'chained',
    proceedsGuard: orderGuard(SELL),
    timeInForce: 'fillOrKill',
    selfTradePrevention: 'expireTaker',
    nonce: hashOf('chained'),
  },
  'wakes above, until a time': {
    ...SELL,
    expiryKind: 'time',
    expiry: 1_800_000_000n,
    triggerKind: 'wakeAbove',
    triggerPrice: 2_600n,
    selfTradePrevention: 'expireBoth',
  },
  'wakes below, post-only': { ...SELL, postOnly: true, triggerKind: 'wakeBelow', triggerPrice: 2_400n },
  'turns above': { ...SELL, triggerKind: 'turnAbove', triggerPrice: 2_600n, triggerLimit: 2_700n },
  'turns below, every number at its limit': {
    ...SELL,
    limit: MAX_U64,
    expiry: MAX_U64,
    minFill: MAX_U64,
    triggerKind: 'turnBelow',
    triggerPrice: MAX_U64,
    triggerLimit: MAX_U64,
    maxFeeBps: 10_000,
  },
}

const SWAP: SwapTerms = {
  maker: ALICE,
  taker: BOB,
  hash: hashOf('sha256 of a secret'),
  expiry: 1_800_000_000n,
}

export const SWAP_TERMS: Readonly<Record<string, SwapTerms>> = {
  swap: SWAP,
  'expires at the end of time': { ...SWAP, expiry: MAX_U64 },
}

export const OUTPUTS: Readonly<Record<string, Output>> = {
  'coin of one wei': coin(ALICE, 1n),
  'coin of a token': coin(BOB, 1_000_000n, USD),
  'coin of the largest amount': coin(CAROL, MAX_U128),
  order: { type: 'order', guard: orderGuard(SELL), token: USD, amount: amount(5_000n) },
  fee: { type: 'fee', guard: hashOf('pool') as Guard, token: ZERO_ADDRESS, amount: amount(77n) },
  swap: { type: 'swap', guard: swapGuard(SWAP), token: ZERO_ADDRESS, amount: amount(10n ** 18n) },
  chain: { type: 'chain', guard: hashOf('child chain') as Guard, token: USD, amount: amount(9n) },
  'item number zero': { type: 'item', guard: coinGuard(ALICE), token: CARD, amount: amount(0n) },
  'item of the largest id': { type: 'item', guard: coinGuard(ALICE), token: CARD, amount: amount(MAX_U128) },
}

const PAY: Pay = {
  kind: 'pay',
  inputs: [idOf('coin 1')],
  outputs: [coin(BOB, 40n), coin(ALICE, 59n)],
  validUntil: 1_800_000_000n,
  memo: ZERO_HASH,
}

const MOVE: Move = {
  kind: 'move',
  steps: [
    { guard: orderGuard(SELL), amount: amount(0n), to: ZERO_HASH as Guard, inputs: [idOf('live order')] },
    {
      guard: orderGuard(TRADING),
      amount: amount(250n),
      to: orderGuard(SELL),
      inputs: [idOf('trading 1'), idOf('trading 2')],
    },
  ],
  validUntil: 1_800_000_000n,
  nonce: 7n,
}

const SETTLE: Settle = {
  kind: 'settle',
  market: MARKET,
  batchHeight: 12n,
  price: 2_500n,
  fills: [
    { input: idOf('buy order'), lots: 3n },
    { input: idOf('sell order'), lots: 3n },
  ],
}

const FEE: Fee = { kind: 'fee', checkpoint: 4n, inputs: [], outputs: [coin(CAROL, 1_000n)] }

const DEPOSIT: Deposit = {
  kind: 'deposit',
  inboxIndex: 5n,
  position: depositPosition(3n, 2),
  output: coin(ALICE, 10n ** 18n),
}

const MANY_INPUTS = Array.from({ length: MAX_INPUTS }, (_, i) => idOf(`input ${i}`))
const MANY_OUTPUTS = Array.from({ length: MAX_OUTPUTS }, (_, i) =>
  coin(BOB, BigInt(i + 1), i % 2 ? USD : ZERO_ADDRESS),
)

const BIG_PAY: Pay = {
  ...PAY,
  inputs: MANY_INPUTS,
  outputs: MANY_OUTPUTS,
  validUntil: MAX_U64,
  memo: hashOf('memo'),
}
const ORDER_PAY: Pay = {
  ...PAY,
  inputs: [idOf('coin of alice'), idOf('coin of bob'), idOf('another of alice')],
  outputs: [OUTPUTS.order!, OUTPUTS.swap!, OUTPUTS.chain!, OUTPUTS['item number zero']!],
  memo: hashOf('invoice 1'),
}
const BIG_MOVE: Move = {
  ...MOVE,
  steps: Array.from({ length: MAX_STEPS }, (_, i) => ({
    guard: hashOf(`guard ${i}`) as Guard,
    amount: (MAX_U128 - BigInt(i)) as Amount,
    to: ZERO_HASH as Guard,
    inputs: Array.from({ length: MAX_STEP_INPUTS }, (_, j) => idOf(`input ${i} ${j}`)),
  })),
  validUntil: MAX_U64,
  nonce: MAX_U64,
}

const INSTRUCTION: MoveInstruction = {
  steps: MOVE.steps.map(({ guard, amount, to }) => ({ guard, amount, to })),
  validUntil: MOVE.validUntil,
  nonce: MOVE.nonce,
}
const CHAINED = ORDER_TERMS['chained, fill or kill']!
const BIG_INSTRUCTION: MoveInstruction = {
  steps: BIG_MOVE.steps.map(({ guard, amount }) => ({ guard, amount, to: orderGuard(SELL) })),
  validUntil: MAX_U64,
  nonce: MAX_U64,
}
const CHAINED_INSTRUCTION: MoveInstruction = {
  ...INSTRUCTION,
  steps: [{ guard: orderGuard(TRADING), amount: amount(0n), to: orderGuard(CHAINED) }],
}

function signedInstruction(instruction: MoveInstruction, orderTerms: readonly OrderTerms[]) {
  const signatures = [signDigest(instructionHash(instruction, DOMAIN), KEYS.bob)]
  return { instruction, witness: { ...EMPTY_WITNESS, signatures, orderTerms } }
}

/** MOVEs as they are submitted: before the producer fills in the live outputs. */
export const INSTRUCTIONS: Readonly<Record<string, SignedInstruction>> = {
  'cancel one order, place another': signedInstruction(INSTRUCTION, [SELL]),
  'an order and the terms it is chained to': signedInstruction(CHAINED_INSTRUCTION, [CHAINED, SELL]),
  'every count at its limit': signedInstruction(
    BIG_INSTRUCTION,
    BIG_INSTRUCTION.steps.map(() => SELL),
  ),
}

/** Every kind of transaction with the witness it needs, small and at its limits. */
export const SIGNED: Readonly<Record<string, SignedTransaction>> = {
  'pay, one input and two outputs': signedPay(PAY, [KEYS.alice]),
  'pay, sixteen inputs and outputs': signedPay(BIG_PAY, [KEYS.alice]),
  'pay, two owners make an order, a swap, a chain output and an item': {
    transaction: ORDER_PAY,
    witness: { ...signedPay(ORDER_PAY, [KEYS.alice, KEYS.bob]).witness, orderTerms: [SELL] },
  },
  'move, signed by the agent': {
    transaction: MOVE,
    witness: {
      ...EMPTY_WITNESS,
      signatures: [signDigest(instructionHash(MOVE, DOMAIN), KEYS.bob)],
      orderTerms: [SELL],
    },
  },
  'move for a reason of the protocol, every count at its limit': {
    transaction: BIG_MOVE,
    witness: EMPTY_WITNESS,
  },
  'settle, two fills': { transaction: SETTLE, witness: EMPTY_WITNESS },
  'settle, sixteen fills': {
    transaction: {
      ...SETTLE,
      price: MAX_U64,
      fills: Array.from({ length: MAX_FILLS }, (_, i) => ({
        input: idOf(`fill ${i}`),
        lots: MAX_U64 - BigInt(i),
      })),
    },
    witness: EMPTY_WITNESS,
  },
  claim: {
    transaction: { kind: 'claim', input: idOf('swap') },
    witness: { ...EMPTY_WITNESS, swapTerms: [SWAP], preimage: hashOf('secret') },
  },
  refund: {
    transaction: { kind: 'refund', input: idOf('swap') },
    witness: { ...EMPTY_WITNESS, swapTerms: [SWAP] },
  },
  'fee of a checkpoint': { transaction: FEE, witness: EMPTY_WITNESS },
  'fee that only spends': {
    transaction: {
      ...FEE,
      checkpoint: 0n,
      inputs: [idOf('fee 1')],
      outputs: [OUTPUTS.fee!, coin(CAROL, 1n)],
    },
    witness: EMPTY_WITNESS,
  },
  'deposit of a coin': { transaction: DEPOSIT, witness: EMPTY_WITNESS },
  'deposit before the first checkpoint': {
    transaction: { ...DEPOSIT, inboxIndex: 0n, position: depositPosition(0n, 1) },
    witness: EMPTY_WITNESS,
  },
  'deposit of an item at the last position': {
    transaction: {
      ...DEPOSIT,
      inboxIndex: MAX_U64,
      position: depositPosition(BigInt(MAX_U32), MAX_U32),
      output: OUTPUTS['item of the largest id']!,
    },
    witness: EMPTY_WITNESS,
  },
}

const HEADER: Header = {
  version: 3,
  chainId: DOMAIN.chainId,
  contract: DOMAIN.verifyingContract,
  checkpoint: 1n,
  parentHash: ZERO_HASH,
  txRoot: hashOf('root'),
  feeLanes: packLanes([9n, 0n, 0n, 0n]),
  txCount: 3,
  bookRoot: ZERO_HASH,
  batchRoot: ZERO_HASH,
  origin: 64n,
  originHash: hashOf('origin'),
  inboxCursor: 2n,
  validatorSetId: 0n,
  daMode: 'plasma',
  daCommitments: [],
  firstHeight: 1n,
  lastHeight: 8n,
}

export const HEADERS: Readonly<Record<string, Header>> = {
  'checkpoint 1': HEADER,
  'checkpoint with two blobs': {
    ...HEADER,
    checkpoint: 2n,
    parentHash: hashOf('parent'),
    bookRoot: hashOf('book'),
    batchRoot: hashOf('batch'),
    daMode: 'blob',
    daCommitments: [hashOf('blob 0'), hashOf('blob 1')],
  },
  'every number at its limit, 255 commitments': {
    ...HEADER,
    chainId: MAX_U64,
    checkpoint: MAX_U64,
    feeLanes: packLanes([MAX_U64, MAX_U64, MAX_U64, MAX_U64]),
    txCount: MAX_U32,
    origin: MAX_U64,
    inboxCursor: MAX_U64,
    validatorSetId: MAX_U64,
    daCommitments: Array.from({ length: 255 }, (_, i) => hashOf(`commitment ${i}`)),
    firstHeight: MAX_U64,
    lastHeight: MAX_U64,
  },
}

/** `M`, in Ethereum blocks. */
export const RENEWAL_AGE = 300n

/** A header, how much later the origin of another one is, and what else in that one differs. */
interface RenewalSample {
  readonly header: Header
  readonly distance: bigint
  readonly next?: Partial<Header>
}

const PUBLISHED: Header = { ...HEADER, daMode: 'blob', daCommitments: [hashOf('blob 0'), hashOf('blob 1')] }

/** Every field that a renewal keeps, changed alone. */
const CHANGES: Partial<Header> = {
  chainId: 2n,
  contract: ALICE,
  checkpoint: 2n,
  txRoot: hashOf('other root'),
  feeLanes: packLanes([1n, 2n, 3n, 5n]),
  txCount: 77,
  bookRoot: hashOf('other book'),
  batchRoot: hashOf('other batches'),
  inboxCursor: 78n,
  daMode: 'plasma',
  daCommitments: [hashOf('blob 0'), hashOf('blob 2')],
  firstHeight: 79n,
  lastHeight: 80n,
}

export const RENEWALS: Readonly<Record<string, RenewalSample>> = {
  'just late enough': { header: HEADER, distance: RENEWAL_AGE + 1n },
  'late, with blobs': { header: PUBLISHED, distance: 1_000n },
  'one block too early': { header: HEADER, distance: RENEWAL_AGE },
  'the same origin': { header: HEADER, distance: 0n },
  'fewer blobs': { header: PUBLISHED, distance: 1_000n, next: { daCommitments: [hashOf('blob 0')] } },
  ...Object.fromEntries(
    Object.entries(CHANGES).map(([field, value]) => [
      `another ${field}`,
      { header: PUBLISHED, distance: RENEWAL_AGE + 1n, next: { [field]: value } },
    ]),
  ),
}

const MARKET_TERMS: MarketTerms = {
  base: ZERO_ADDRESS,
  quote: USD,
  tick: 10n,
  lot: 10n ** 14n,
  tier: 'guarded',
  minimumSize: 5n,
}

export const MARKETS: Readonly<Record<string, MarketTerms>> = {
  guarded: MARKET_TERMS,
  'bonded, every number at its limit': {
    ...MARKET_TERMS,
    tick: MAX_U128,
    lot: MAX_U128,
    tier: 'bonded',
    minimumSize: MAX_U64,
  },
  'safe, of a token': { ...MARKET_TERMS, base: CARD, tier: 'safe', minimumSize: 1n },
}

/** Bytes with one byte replaced. */
export function patched(bytes: Uint8Array, offset: number, replacement: string): Uint8Array {
  const insert = fromHex(replacement)
  return concat(bytes.subarray(0, offset), insert, bytes.subarray(offset + insert.length))
}

function signedPay(pay: Pay, keys: readonly Hex[]): SignedTransaction {
  const digest = hash(payDigest(pay, DOMAIN))
  return {
    transaction: pay,
    witness: { ...EMPTY_WITNESS, signatures: keys.map(key => signDigest(digest, key)) },
  }
}
