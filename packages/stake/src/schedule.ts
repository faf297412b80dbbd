import type { MarketTerms, Reader, Writer } from '@omg/protocol'

/** The market classes: seasoning tiers, as the registry on Ethereum counts them. */
export const TIERS = ['bonded', 'guarded', 'safe'] as const satisfies readonly MarketTerms['tier'][]
export type Tier = (typeof TIERS)[number]

/** Fee lanes of a chain; one without a fee token is voted on to no effect. */
export const LANES = 4

/** Everything the stakers set, and what one of them prefers it to be. */
export interface FeeSchedule {
  /** Least fee of one signature of a payment, per lane, in lane units. */
  readonly payment: readonly bigint[]
  /** The same where an ITEM moves. */
  readonly item: readonly bigint[]
  /** Per lane: whether the fee of a payment may be paid in its token. */
  readonly accepted: readonly boolean[]
  /** Trading fees per market class, in hundredths of a percent of the quote amount. */
  readonly makerBps: readonly number[]
  readonly takerBps: readonly number[]
  /** Steps of instructions that an owner has in a block for placing and amending. */
  readonly steps: number
  /** Lane units of live orders that allow one step more. */
  readonly unitsPerStep: bigint
  /** Steps that take orders back. */
  readonly cancels: number
}

/** One number that is voted on, with the range that contracts/src/FeeVotes.sol holds preferences to. */
export interface FeeField {
  readonly name: 'payment' | 'item' | 'makerBps' | 'takerBps' | 'steps' | 'unitsPerStep' | 'cancels'
  /** Lane, or place of the tier. */
  readonly index: number
  readonly minimum: bigint
  readonly maximum: bigint
}

/** In lane units: 16 signatures at the highest congestion stay far below a lane's 64 bits. At least 1, or a flood is free (A30). */
const FEE = { minimum: 1n, maximum: (1n << 40n) - 1n }
/** 1 % of a trade is the most that anybody can be made to pay; orders have their own limit besides (`maxFeeBps`). */
const BPS = { minimum: 0n, maximum: 100n }
const STEPS = { minimum: 1n, maximum: 65_536n }
const UNITS_PER_STEP = { minimum: 1n, maximum: (1n << 63n) - 1n }
/** Whoever has an order can take it back, whatever is voted. */
const CANCELS = { minimum: 16n, maximum: 65_536n }

/** The numbers of a schedule, in the order in which they are voted on, hashed and stored. */
export const FEE_FIELDS: readonly FeeField[] = [
  ...each('payment', LANES, FEE),
  ...each('item', LANES, FEE),
  ...each('makerBps', TIERS.length, BPS),
  ...each('takerBps', TIERS.length, BPS),
  ...each('steps', 1, STEPS),
  ...each('unitsPerStep', 1, UNITS_PER_STEP),
  ...each('cancels', 1, CANCELS),
]

function each(
  name: FeeField['name'],
  count: number,
  range: Pick<FeeField, 'minimum' | 'maximum'>,
): FeeField[] {
  return Array.from({ length: count }, (_, index) => ({ name, index, ...range }))
}

/** The numbers of a schedule, in the order of {@link FEE_FIELDS}. */
export function fieldsOf(schedule: FeeSchedule): bigint[] {
  const { payment, item, makerBps, takerBps, steps, unitsPerStep, cancels } = schedule
  return [...payment, ...item, ...makerBps, ...takerBps, steps, unitsPerStep, cancels].map(BigInt)
}

/** The schedule with these numbers. */
export function scheduleOf(fields: readonly bigint[], accepted: readonly boolean[]): FeeSchedule {
  const of = (name: FeeField['name']) => fields.filter((_, i) => FEE_FIELDS[i]!.name === name)
  return {
    payment: of('payment'),
    item: of('item'),
    accepted,
    makerBps: of('makerBps').map(Number),
    takerBps: of('takerBps').map(Number),
    steps: Number(of('steps')[0]),
    unitsPerStep: of('unitsPerStep')[0]!,
    cancels: Number(of('cancels')[0]),
  }
}

/** Whether a schedule is one that somebody may vote for: every number in its range, and a token to pay in. */
export function isPreference(schedule: FeeSchedule): boolean {
  const fields = fieldsOf(schedule)
  const inRange = ({ minimum, maximum }: FeeField, i: number) =>
    fields[i]! >= minimum && fields[i]! <= maximum
  const whole = fields.length === FEE_FIELDS.length && schedule.accepted.length === LANES
  return whole && FEE_FIELDS.every(inRange) && schedule.accepted.some(Boolean)
}

/**
 * What a number becomes in one epoch on its way to what is voted: at most a quarter more, or a fifth less, so that a step up and a
 * step down cancel; one unit where that is nothing. Then nobody who signed before an epoch pays much too little, or too much, after it.
 */
export function stepped(from: bigint, to: bigint): bigint {
  if (to >= from) {
    const most = from + atLeastOne(from / 4n)
    return to < most ? to : most
  }
  const least = from - atLeastOne(from / 5n)
  return to > least ? to : least
}

function atLeastOne(step: bigint): bigint {
  return step > 0n ? step : 1n
}

/** A schedule as bytes: its numbers as u64, then a bit for each accepted lane. */
export function writeSchedule(writer: Writer, schedule: FeeSchedule): Writer {
  for (const field of fieldsOf(schedule)) writer.u64(field)
  return writer.u8(schedule.accepted.reduce((bits, is, lane) => bits | (is ? 1 << lane : 0), 0))
}

export function readSchedule(reader: Reader): FeeSchedule {
  const fields = FEE_FIELDS.map(() => reader.u64())
  const bits = reader.u8()
  if (bits >> LANES !== 0) reader.refuseWith('encoding.range', `accepted lanes ${bits}`)
  return scheduleOf(
    fields,
    Array.from({ length: LANES }, (_, lane) => (bits & (1 << lane)) !== 0),
  )
}
