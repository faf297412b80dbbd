import type { MarketTerms, Reader, Writer } from '@omg/protocol'
import {
  CONGESTION_ONE,
  congested,
  type FeeSchedule,
  type FeeVotes,
  LANES,
  multipleAfter,
  readSchedule,
  TIERS,
  writeSchedule,
} from '@omg/stake'
import { exchangeParameters } from './parameters.ts'
import type {
  ExchangeParameters,
  FeePolicy,
  FeeState,
  LedgerParameters,
  ParametersInForce,
  Tip,
  TradingFees,
} from './types.ts'

/** The fees that the parameters name, which hold until the stakers have voted. */
export function genesisFees(parameters: LedgerParameters): FeeState {
  const { makerBps, takerBps, moveBudget } = exchangeParameters(parameters)
  const lanes = Array.from({ length: LANES }, (_, lane) =>
    parameters.feeTokens.find(fee => fee.lane === lane),
  )
  const schedule: FeeSchedule = {
    payment: lanes.map(token => token?.fees.payment ?? 0n),
    item: lanes.map(token => token?.fees.item ?? 0n),
    accepted: lanes.map(token => token !== undefined),
    makerBps: TIERS.map(() => makerBps),
    takerBps: TIERS.map(() => takerBps),
    ...moveBudget,
  }
  return { epoch: 0n, schedule, multiple: CONGESTION_ONE }
}

/**
 * The fees of the next block: the first one whose origin lies in a later epoch takes the schedule one step towards what the stakers
 * vote as of that origin. Epochs that no origin lay in take none: fees never jump, however long the chain stood still.
 */
export function feesOf(
  { feePolicy }: LedgerParameters,
  { fees }: Tip,
  originTime: bigint,
  votes: FeeVotes | undefined,
): FeeState {
  if (feePolicy === undefined) return fees
  const epoch = originTime / feePolicy.epoch
  if (epoch <= fees.epoch) return fees
  return { ...fees, epoch, schedule: votes?.next(fees.schedule) ?? fees.schedule }
}

/** The fees after a block with these fees and so many bytes of transactions. */
export function feesAfter({ feePolicy }: LedgerParameters, fees: FeeState, bytes: number): FeeState {
  if (feePolicy === undefined) return fees
  const multiple = multipleAfter(fees.multiple, BigInt(bytes), congestionOf(feePolicy))
  return multiple === fees.multiple ? fees : { ...fees, multiple }
}

function congestionOf({ targetBytes, maxMultiple }: FeePolicy): { target: bigint; maximum: bigint } {
  return { target: BigInt(targetBytes), maximum: BigInt(maxMultiple) * CONGESTION_ONE }
}

/** The highest congestion multiple of a chain, in parts per million. */
export function highestMultiple(policy: FeePolicy): bigint {
  return congestionOf(policy).maximum
}

/** The parameters with the fees that a block goes by. Instructions pay no fee, so congestion makes the value behind each dearer. */
export function parametersInForce(parameters: LedgerParameters, fees: FeeState): ParametersInForce {
  const { feePolicy, feeTokens } = parameters
  if (feePolicy === undefined) {
    const fixed = feeTokens.map(token => ({ ...token, accepted: true, voted: token.fees }))
    return { ...parameters, feeTokens: fixed, exchange: exchangeParameters(parameters) }
  }
  const { schedule, multiple } = fees
  // Something must be accepted, or nobody could pay.
  const any = feeTokens.some(({ lane }) => schedule.accepted[lane])
  const inForce = feeTokens.map(token => {
    const voted = { payment: schedule.payment[token.lane]!, item: schedule.item[token.lane]! }
    const due = { payment: congested(voted.payment, multiple), item: congested(voted.item, multiple) }
    return { ...token, accepted: !any || schedule.accepted[token.lane]!, voted, fees: due }
  })
  return { ...parameters, feeTokens: inForce, exchange: exchangeInForce(fees) }
}

function exchangeInForce({ schedule, multiple }: FeeState): ExchangeParameters {
  const { makerBps, takerBps, steps, unitsPerStep, cancels } = schedule
  const [bonded, guarded, safe] = TIERS.map((_, i) => ({ makerBps: makerBps[i]!, takerBps: takerBps[i]! }))
  return {
    // Of the dearest class, for who does not look at the market.
    makerBps: Math.max(...makerBps),
    takerBps: Math.max(...takerBps),
    tiers: { bonded: bonded!, guarded: guarded!, safe: safe! },
    moveBudget: { steps, cancels, unitsPerStep: congested(unitsPerStep, multiple) },
  }
}

/** The trading fees of a market of this class. */
export function tradingFees(exchange: ExchangeParameters, tier: MarketTerms['tier']): TradingFees {
  return exchange.tiers?.[tier] ?? exchange
}

export function writeFees(writer: Writer, { epoch, schedule, multiple }: FeeState): Writer {
  return writeSchedule(writer.u64(epoch), schedule).u64(multiple)
}

export function readFees(reader: Reader): FeeState {
  return { epoch: reader.u64(), schedule: readSchedule(reader), multiple: reader.u64() }
}
