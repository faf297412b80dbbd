import {
  amount,
  coinGuard,
  domainSeparator,
  EMPTY_WITNESS,
  encodeSignedTransaction,
  type Fee,
  type Hash,
  LANE_COUNT,
  MAX_FEE_BPS,
  MAX_SIGNATURES,
  MAX_U32,
  MAX_U64,
  MAX_U128,
  type Output,
  taggedHash,
  unpackLanes,
  Writer,
  ZERO_ADDRESS,
} from '@omg/protocol'
import { ledgerError } from './errors.ts'
import {
  type ExchangeParameters,
  type FeePolicy,
  type LedgerParameters,
  MAX_FEE_RECIPIENTS,
  MAX_MULTIPLE,
} from './types.ts'

/** Trading fees and budgets of a chain that names none: trading is free, and an owner has 32 steps and 256 cancels a block. */
export const DEFAULT_EXCHANGE: ExchangeParameters = {
  makerBps: 0,
  takerBps: 0,
  moveBudget: { steps: 32, unitsPerStep: 1_000_000_000n, cancels: 256 },
}

/** Trading fees and budgets of a chain. */
export function exchangeParameters({ exchange }: LedgerParameters): ExchangeParameters {
  return exchange ?? DEFAULT_EXCHANGE
}

/** Throws `ledger.parameters` where a chain could not run with them. */
export function checkParameters(parameters: LedgerParameters): void {
  const { feeTokens, feeRecipients } = parameters
  const lanes = new Set(feeTokens.map(({ lane }) => lane))
  const tokens = new Set(feeTokens.map(({ token }) => token.toLowerCase()))
  require(feeTokens.length >= 1 && feeTokens.length <= LANE_COUNT, 'one to four fee tokens')
  require(lanes.size === feeTokens.length &&
    tokens.size === feeTokens.length, 'distinct lanes and fee tokens')
  for (const { lane, unit, dust, fees } of feeTokens) {
    require(Number.isInteger(lane) && lane >= 0 && lane < LANE_COUNT, 'lanes 0 to 3')
    require(unit >= 1n && unit <= MAX_U64, 'a lane unit of 1 to 2^64 - 1')
    require(dust >= 0n && dust <= MAX_U128, 'a dust limit that is an amount')
    // Else nobody could pay for that many.
    const most = BigInt(MAX_SIGNATURES)
    require(isU64(fees.payment * most) &&
      isU64(fees.item * most), `fees that fit a lane for ${MAX_SIGNATURES} signatures`)
  }
  require(feeRecipients.length >= 1 &&
    feeRecipients.length <= MAX_FEE_RECIPIENTS, 'one to four fee recipients')
  for (const { owner, weight } of feeRecipients) {
    require(owner !== ZERO_ADDRESS &&
      weight >= 1n &&
      weight <= MAX_U64, 'recipients with an owner and a weight')
  }
  checkExchange(exchangeParameters(parameters))
  if (parameters.feePolicy) checkPolicy(parameters.feePolicy)
}

function checkPolicy({ epoch, targetBytes, maxMultiple }: FeePolicy): void {
  require(epoch >= 1n && epoch <= MAX_U64, 'an epoch of a second or more')
  require(Number.isInteger(targetBytes) &&
    targetBytes >= 1 &&
    targetBytes <= MAX_U32, 'a target of whole bytes')
  require(Number.isInteger(maxMultiple) &&
    maxMultiple >= 1 &&
    maxMultiple <= MAX_MULTIPLE, 'a highest multiple of 1 to 1000')
}

function checkExchange({ makerBps, takerBps, moveBudget }: ExchangeParameters): void {
  for (const bps of [makerBps, takerBps]) {
    require(Number.isInteger(bps) && bps >= 0 && bps <= MAX_FEE_BPS, 'trading fees of 0 to 10000 bps')
  }
  const { steps, unitsPerStep, cancels } = moveBudget
  for (const count of [steps, cancels]) {
    require(Number.isInteger(count) && count >= 0 && count <= MAX_U32, 'budgets of whole steps')
  }
  require(unitsPerStep >= 1n && unitsPerStep <= MAX_U64, 'a step for at least one lane unit')
}

function require(condition: boolean, what: string): asserts condition {
  if (!condition) throw ledgerError('ledger.parameters', `a ledger needs ${what}`)
}

function isU64(value: bigint): boolean {
  return value >= 0n && value <= MAX_U64
}

/** The app hash before block 1: commits to the chain and to its parameters, so nodes that differ in them part at once. */
export function genesisAppHash(parameters: LedgerParameters): Hash {
  const writer = new Writer().hash(domainSeparator(parameters.domain)).u8(parameters.feeTokens.length)
  for (const { lane, token, unit, dust, fees } of parameters.feeTokens) {
    writer.u8(lane).address(token).u64(unit).u128(dust).u64(fees.payment).u64(fees.item)
  }
  writer.u8(parameters.feeRecipients.length)
  for (const { owner, weight } of parameters.feeRecipients) writer.address(owner).u64(weight)
  if (parameters.exchange) {
    const { makerBps, takerBps, moveBudget } = parameters.exchange
    const { steps, unitsPerStep, cancels } = moveBudget
    writer.u16(makerBps).u16(takerBps).u32(steps).u64(unitsPerStep).u32(cancels)
  }
  if (parameters.feePolicy) {
    const { epoch, targetBytes, maxMultiple } = parameters.feePolicy
    writer.u64(epoch).u32(targetBytes).u16(maxMultiple)
  }
  return taggedHash('appHash', writer.finish())
}

/**
 * The FEE transaction that the first block of a checkpoint must start with: pays out the lanes of the checkpoint before,
 * exactly (A21). Undefined if they are all zero. Recipient `i` gets `total * W(i) / W - total * W(i-1) / W` of a token,
 * rounded down, where `W(i)` is the sum of the first `i` weights: the shares add up to the total.
 */
export function feeTransaction(
  parameters: LedgerParameters,
  checkpoint: bigint,
  lanes: bigint,
): Fee | undefined {
  if (lanes === 0n) return undefined
  const { feeTokens, feeRecipients } = parameters
  const amounts = unpackLanes(lanes)
  const weights = feeRecipients.reduce((sum, { weight }) => sum + weight, 0n)
  const outputs: Output[] = []
  for (const { lane, token, unit } of [...feeTokens].sort((a, b) => a.lane - b.lane)) {
    const total = amounts[lane]! * unit
    let weightBefore = 0n
    for (const { owner, weight } of feeRecipients) {
      const share = (total * (weightBefore + weight)) / weights - (total * weightBefore) / weights
      weightBefore += weight
      if (share > 0n) outputs.push({ type: 'coin', guard: coinGuard(owner), token, amount: amount(share) })
    }
  }
  return { kind: 'fee', checkpoint, inputs: [], outputs }
}

/** {@link feeTransaction} as bytes, with its empty witness. */
export function encodeFeeTransaction(
  parameters: LedgerParameters,
  checkpoint: bigint,
  lanes: bigint,
): Uint8Array | undefined {
  const transaction = feeTransaction(parameters, checkpoint, lanes)
  return transaction && encodeSignedTransaction({ transaction, witness: EMPTY_WITNESS })
}
