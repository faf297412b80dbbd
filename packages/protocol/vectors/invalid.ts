import {
  concat,
  EMPTY,
  encodeHeader,
  encodeInstruction,
  encodeMarketTerms,
  encodeOrderTerms,
  encodeOutput,
  encodeSignedTransaction,
  encodeSwapTerms,
  encodeTransaction,
  encodeWitness,
  fromHex,
  type Hex,
  MAX_INSTRUCTION_BYTES,
  MAX_TRANSACTION_BYTES,
  type ProtocolErrorCode,
  type Transaction,
  toHex,
} from '../src/index.ts'
import {
  HEADERS,
  INSTRUCTIONS,
  idOf,
  MARKETS,
  ORDER_TERMS,
  OUTPUTS,
  patched,
  SIGNED,
  SWAP_TERMS,
} from './samples.ts'

/** Bytes that a decoder refuses, with the code it gives. Each has exactly one thing wrong. */
export interface InvalidVector {
  name: string
  decoder:
    | 'output'
    | 'position'
    | 'transaction'
    | 'signedTransaction'
    | 'instruction'
    | 'witness'
    | 'orderTerms'
    | 'swapTerms'
    | 'marketTerms'
    | 'proof'
    | 'header'
  bytes: Hex
  code: ProtocolErrorCode
}

const ZERO32 = `0x${'00'.repeat(32)}`
const GROUP_ORDER = '0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141'
/** The smallest high `s`: half of the group order, rounded up. */
const HIGH_S = '0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a1'

/** Every list of refused encodings. */
export function invalidVectors(): InvalidVector[] {
  return [
    ...cutAndExtended(),
    ...outputs(),
    ...pays(),
    ...moves(),
    ...instructions(),
    ...otherTransactions(),
    ...orderTerms(),
    ...witnesses(),
    ...signed(),
    ...rest(),
  ]
}

function transactionOf(name: string): Transaction {
  return SIGNED[name]!.transaction
}

function bytesOf(name: string): Uint8Array {
  return encodeTransaction(transactionOf(name))
}

function make(
  decoder: InvalidVector['decoder'],
  code: ProtocolErrorCode,
  name: string,
  bytes: Uint8Array,
): InvalidVector {
  return { name, decoder, bytes: toHex(bytes), code }
}

/** Each structure without its last byte, with one byte too many (the longest transaction is then too long), and empty. */
function cutAndExtended(): InvalidVector[] {
  const wholes: [InvalidVector['decoder'], Uint8Array][] = [
    ['output', encodeOutput(OUTPUTS['coin of a token']!)],
    ['position', new Uint8Array(12)],
    ['orderTerms', encodeOrderTerms(ORDER_TERMS.sell!)],
    ['swapTerms', encodeSwapTerms(SWAP_TERMS.swap!)],
    ['marketTerms', encodeMarketTerms(MARKETS.guarded!)],
    ['header', encodeHeader(HEADERS['checkpoint with two blobs']!)],
    ['witness', encodeWitness(SIGNED.claim!.witness)],
    ['proof', fromHex(`0x000001${'ab'.repeat(64)}`)],
    ['signedTransaction', encodeSignedTransaction(SIGNED['pay, one input and two outputs']!)],
    ...Object.values(SIGNED).map(
      ({ transaction }) => ['transaction', encodeTransaction(transaction)] as ['transaction', Uint8Array],
    ),
  ]
  return wholes.flatMap(([decoder, whole], i) => [
    make(decoder, 'encoding.truncated', `${decoder} ${i} without its last byte`, whole.slice(0, -1)),
    make(
      decoder,
      whole.length < MAX_TRANSACTION_BYTES ? 'encoding.trailing' : 'encoding.too_long',
      `${decoder} ${i} with a byte too many`,
      concat(whole, new Uint8Array(1)),
    ),
    ...(decoder === 'transaction'
      ? []
      : [make(decoder, 'encoding.truncated', `empty ${decoder}`, new Uint8Array())]),
  ])
}

function outputs(): InvalidVector[] {
  const coin = encodeOutput(OUTPUTS['coin of a token']!)
  const order = encodeOutput(OUTPUTS.order!)
  const item = encodeOutput(OUTPUTS['item number zero']!)
  return [
    make('output', 'encoding.kind', 'output type 0', patched(coin, 0, '0x00')),
    make('output', 'encoding.kind', 'output type 7', patched(coin, 0, '0x07')),
    make('output', 'encoding.guard', 'coin with a dirty first byte', patched(coin, 1, '0x01')),
    make('output', 'encoding.guard', 'coin with a dirty last padding byte', patched(coin, 12, '0x01')),
    make('output', 'encoding.guard', 'coin of nobody', patched(coin, 1, ZERO32)),
    make('output', 'encoding.guard', 'item of nobody', patched(item, 1, ZERO32)),
    make('output', 'encoding.token', 'item of ETH', patched(item, 33, `0x${'00'.repeat(20)}`)),
    make('output', 'encoding.range', 'coin of nothing', patched(coin, 53, `0x${'00'.repeat(16)}`)),
    make('output', 'encoding.range', 'order of nothing', patched(order, 53, `0x${'00'.repeat(16)}`)),
  ]
}

function pays(): InvalidVector[] {
  const pay = bytesOf('pay, one input and two outputs')
  const big = bytesOf('pay, sixteen inputs and outputs')
  const firstOutput = 1 + 1 + 32 + 1
  const feeOutput = toHex(encodeOutput(OUTPUTS.fee!))
  return [
    make('transaction', 'encoding.kind', 'kind 0', patched(pay, 0, '0x00')),
    make('transaction', 'encoding.kind', 'kind 8', patched(pay, 0, '0x08')),
    make('transaction', 'encoding.range', 'pay without an input', patched(pay, 1, '0x00')),
    make('transaction', 'encoding.range', 'pay with 17 inputs', patched(big, 1, '0x11')),
    make('transaction', 'encoding.range', 'pay without an output', patched(pay, firstOutput - 1, '0x00')),
    make('transaction', 'encoding.range', 'pay with 17 outputs', patched(pay, firstOutput - 1, '0x11')),
    make('transaction', 'output.type', 'pay that makes a fee', patched(pay, firstOutput, feeOutput)),
    make('transaction', 'encoding.guard', 'pay to nobody', patched(pay, firstOutput + 1, ZERO32)),
    make(
      'transaction',
      'encoding.duplicate_input',
      'pay with an input twice',
      patched(big, 2, idOf('input 15')),
    ),
  ]
}

function moves(): InvalidVector[] {
  const move = bytesOf('move, signed by the agent')
  const inputs = 1 + 1 + 2 * 80 + 16
  return [
    make('transaction', 'encoding.range', 'move without a step', patched(move, 1, '0x00')),
    make('transaction', 'encoding.range', 'move with 17 steps', patched(move, 1, '0x11')),
    make('transaction', 'encoding.range', 'move step without an input', patched(move, inputs, '0x00')),
    make('transaction', 'encoding.range', 'move step with 9 inputs', patched(move, inputs, '0x09')),
    make(
      'transaction',
      'encoding.duplicate_input',
      'move with one input in two steps',
      patched(move, inputs + 1, idOf('trading 2')),
    ),
  ]
}

function instructions(): InvalidVector[] {
  const bytes = encodeInstruction(INSTRUCTIONS['cancel one order, place another']!)
  const counts = 1 + 1 + 2 * 80 + 16
  const witness = counts + 2
  const none = encodeWitness({ ...SIGNED['move, signed by the agent']!.witness, signatures: [] })
  return [
    make('instruction', 'encoding.kind', 'instruction of a pay', patched(bytes, 0, '0x01')),
    make('instruction', 'encoding.range', 'instruction without a step', patched(bytes, 1, '0x00')),
    make('instruction', 'encoding.range', 'instruction with 17 steps', patched(bytes, 1, '0x11')),
    make('instruction', 'encoding.range', 'instruction with an input', patched(bytes, counts, '0x01')),
    make(
      'instruction',
      'encoding.range',
      'instruction with an input in its second step',
      patched(bytes, counts + 1, '0x01'),
    ),
    make(
      'instruction',
      'encoding.witness',
      'instruction without a signature',
      concat(bytes.subarray(0, witness), none),
    ),
    make(
      'instruction',
      'encoding.too_long',
      'longer than any instruction',
      new Uint8Array(MAX_INSTRUCTION_BYTES + 1),
    ),
    make('transaction', 'encoding.range', 'instruction as a transaction', bytes.subarray(0, witness)),
  ]
}

function otherTransactions(): InvalidVector[] {
  const settle = bytesOf('settle, two fills')
  const fee = bytesOf('fee of a checkpoint')
  const deposit = bytesOf('deposit of a coin')
  const fills = 1 + 32 + 8 + 8
  const order = toHex(encodeOutput(OUTPUTS.order!))
  return [
    make('transaction', 'encoding.range', 'settle with one fill', patched(settle, fills, '0x01')),
    make('transaction', 'encoding.range', 'settle with 17 fills', patched(settle, fills, '0x11')),
    make(
      'transaction',
      'encoding.range',
      'settle of no lots',
      patched(settle, fills + 33, '0x0000000000000000'),
    ),
    make(
      'transaction',
      'encoding.duplicate_input',
      'settle with an input twice',
      patched(settle, fills + 1, idOf('sell order')),
    ),
    make('transaction', 'encoding.range', 'fee that collects nothing', patched(fee, 1, '0x0000000000000000')),
    make('transaction', 'encoding.range', 'fee with 17 inputs', patched(fee, 9, '0x11')),
    make('transaction', 'encoding.range', 'fee without an output', patched(fee, 10, '0x00')),
    make('transaction', 'output.type', 'fee that makes an order', patched(fee, 11, order)),
    make('transaction', 'encoding.range', 'deposit with sequence 0', patched(deposit, 13, '0x00000000')),
    make('transaction', 'encoding.range', 'deposit in shard 1', patched(deposit, 17, '0x01')),
    make('transaction', 'encoding.range', 'deposit at index 1', patched(deposit, 19, '0x01')),
    make('transaction', 'encoding.range', 'deposit as output 1', patched(deposit, 20, '0x01')),
    make(
      'transaction',
      'output.type',
      'deposit of a fee',
      patched(deposit, 21, toHex(encodeOutput(OUTPUTS.fee!))),
    ),
    make(
      'transaction',
      'output.type',
      'deposit of a swap',
      patched(deposit, 21, toHex(encodeOutput(OUTPUTS.swap!))),
    ),
  ]
}

function orderTerms(): InvalidVector[] {
  const sell = encodeOrderTerms(ORDER_TERMS.sell!)
  const trading = encodeOrderTerms(ORDER_TERMS['trading balance']!)
  const wakes = encodeOrderTerms(ORDER_TERMS['wakes below, post-only']!)
  const kinds: [string, number, string][] = [
    ['proceeds', 60, '0x03'],
    ['side', 125, '0x02'],
    ['expiry kind', 134, '0x03'],
    ['time in force', 151, '0x03'],
    ['post-only', 152, '0x02'],
    ['self-trade prevention', 153, '0x04'],
    ['trigger kind', 154, '0x05'],
  ]
  return [
    ...kinds.map(([field, offset, value]) =>
      make(
        'orderTerms',
        'encoding.kind',
        `order terms with ${field} ${Number(value)}`,
        patched(sell, offset, value),
      ),
    ),
    make('orderTerms', 'encoding.range', 'order terms with a fee of 10001', patched(sell, 171, '0x2711')),
    make('orderTerms', 'encoding.unused', 'proceeds guard without a chain', patched(sell, 61, '0x01')),
    make('orderTerms', 'encoding.unused', 'expiry that never comes', patched(trading, 142, '0x01')),
    make('orderTerms', 'encoding.unused', 'trigger price without a trigger', patched(sell, 162, '0x01')),
    make('orderTerms', 'encoding.unused', 'trigger limit without a trigger', patched(sell, 170, '0x01')),
    make(
      'orderTerms',
      'encoding.unused',
      'trigger limit of an order that wakes',
      patched(wakes, 170, '0x01'),
    ),
  ]
}

function witnesses(): InvalidVector[] {
  const signature = encodeWitness(SIGNED['pay, one input and two outputs']!.witness)
  const bad: [string, number, string][] = [
    ['r zero', 1, ZERO32],
    ['r of the group order', 1, GROUP_ORDER],
    ['s zero', 33, ZERO32],
    ['a high s', 33, HIGH_S],
    ['v 0', 65, '0x00'],
    ['v 26', 65, '0x1a'],
    ['v 29', 65, '0x1d'],
  ]
  return [
    ...bad.map(([what, offset, value]) =>
      make('witness', 'signature.invalid', `signature with ${what}`, patched(signature, offset, value)),
    ),
    make('witness', 'encoding.range', 'witness with 17 signatures', fromHex('0x11')),
    make('witness', 'encoding.range', 'witness with 17 order terms', fromHex('0x0011')),
    make('witness', 'encoding.range', 'witness with two swap terms', fromHex('0x000002')),
    make('witness', 'encoding.range', 'witness with two preimages', fromHex('0x00000002')),
  ]
}

/** Parts that are valid alone and do not fit together. */
function signed(): InvalidVector[] {
  const join = (name: string, witness: Uint8Array) => concat(bytesOf(name), witness)
  const empty = fromHex('0x00000000')
  const signature = encodeWitness(SIGNED['pay, one input and two outputs']!.witness)
  const two = encodeWitness(
    SIGNED['pay, two owners make an order, a swap, a chain output and an item']!.witness,
  )
  const refund = encodeWitness(SIGNED.refund!.witness)
  const claim = encodeWitness(SIGNED.claim!.witness)
  const pairs: [string, string, Uint8Array][] = [
    ['pay without a signature', 'pay, one input and two outputs', empty],
    ['pay with more signatures than inputs', 'pay, one input and two outputs', two],
    [
      'pay without the terms of its order',
      'pay, two owners make an order, a swap, a chain output and an item',
      signature,
    ],
    ['move without its new terms', 'move, signed by the agent', signature],
    ['settle with a signature', 'settle, two fills', signature],
    ['fee with a signature', 'fee of a checkpoint', signature],
    ['deposit with a signature', 'deposit of a coin', signature],
    ['claim without a preimage', 'claim', refund],
    ['refund with a preimage', 'refund', claim],
  ]
  return pairs.map(([name, transaction, witness]) =>
    make('signedTransaction', 'encoding.witness', name, join(transaction, witness)),
  )
}

function rest(): InvalidVector[] {
  const header = encodeHeader(HEADERS['checkpoint 1']!)
  const market = encodeMarketTerms(MARKETS.guarded!)
  const sibling = (height: number) => `${EMPTY[height]!.slice(2)}${'00'.repeat(32)}`
  return [
    make('header', 'encoding.kind', 'header of version 2', patched(header, 0, '0x02')),
    make('header', 'encoding.kind', 'header of data mode 2', patched(header, header.length - 18, '0x02')),
    make('proof', 'proof.empty_sibling', 'proof with the absent leaf', fromHex(`0x000001${sibling(0)}`)),
    make('proof', 'proof.empty_sibling', 'proof with the empty left half', fromHex(`0x800000${sibling(23)}`)),
    make('marketTerms', 'encoding.kind', 'market of tier 3', patched(market, 72, '0x03')),
    make(
      'marketTerms',
      'encoding.range',
      'market without a tick',
      patched(market, 40, `0x${'00'.repeat(16)}`),
    ),
    make(
      'marketTerms',
      'encoding.range',
      'market without a lot',
      patched(market, 56, `0x${'00'.repeat(16)}`),
    ),
    make(
      'marketTerms',
      'encoding.range',
      'market without a minimum',
      patched(market, 73, '0x0000000000000000'),
    ),
    make(
      'marketTerms',
      'encoding.range',
      'market of ETH against ETH',
      patched(market, 20, `0x${'00'.repeat(20)}`),
    ),
  ]
}
