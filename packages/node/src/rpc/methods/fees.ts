import { feesOf, highestMultiple, ledgerError, parametersInForce } from '@omg/ledger'
import { type Address, MAX_SIGNATURES, ZERO_ADDRESS } from '@omg/protocol'
import { CONGESTION_ONE, FEE_FIELDS, quoteFee as quote } from '@omg/stake'
import { z } from 'zod'
import { nodeError } from '../../errors.ts'
import type { NodeServices } from '../../services.ts'
import { describeSchedule, scheduleShape } from '../fee-schedule.ts'
import { address, addressParam, decimal, method } from '../method.ts'

/** Seconds that a quote is for where nothing is said: as long as wallets let a payment live. */
const QUOTED_SECONDS = 1_800n

export const quoteFee = method({
  name: 'omg_quoteFee',
  summary:
    "What an operation costs, in units of the fee token: the fee of its class for each owner who signs, now, after the next count of votes, and at most while it is valid. A merge of one owner's coins is free.",
  params: z.strictObject({
    operation: z.enum(['payment', 'item', 'merge']).default('payment'),
    token: addressParam.default(ZERO_ADDRESS),
    signatures: z.int().min(1).max(MAX_SIGNATURES).default(1),
    validUntil: z
      .string()
      .regex(/^\d{1,20}$/)
      .optional()
      .describe('Seconds, of the transaction; default half an hour after the origin'),
  }),
  result: z.object({
    operation: z.string(),
    signatures: z.int(),
    token: address,
    lane: z.int(),
    unit: decimal,
    dust: decimal,
    accepted: z.boolean().describe('Whether fees may be paid in this token now'),
    acceptedNextEpoch: z.boolean().describe('The same after the next count, as votes stand'),
    now: decimal,
    nextEpoch: decimal.describe('As votes stand, at the congestion of now'),
    maximum: decimal.describe('No vote and no congestion makes it dearer while it is valid'),
    validUntil: decimal,
  }),
  handler(services, { operation, token, signatures, validUntil }) {
    const { policy, voted, next, due, originTime, multiple } = feesNow(services)
    const place = due.findIndex(accepted => accepted.token.toLowerCase() === token)
    if (place < 0) throw nodeError('fee.token', `Fees are not accepted in ${token as Address}.`)
    const until = validUntil === undefined ? originTime + QUOTED_SECONDS : BigInt(validUntil)
    // R7: what no block may have any more costs nothing and is worth nothing.
    if (until < originTime)
      throw ledgerError(
        'transaction.expired',
        `It would be valid until ${until}; the chain is at ${originTime}.`,
      )
    const { lane, unit, dust, accepted } = due[place]!
    const kind = operation === 'item' ? 'item' : 'payment'
    const ceiling = FEE_FIELDS.find(({ name, index }) => name === kind && index === lane)!.maximum
    const fee = { voted: voted[kind][lane]!, votedNext: next[kind][lane]!, multiple, ceiling }
    const time = { origin: originTime, validUntil: until }
    const quoted = quote(fee, time, policy && { epoch: policy.epoch, maximum: highestMultiple(policy) })
    const now = due[place]!.fees[kind]
    const amount = (units: bigint) => {
      return String(operation === 'merge' ? 0n : units * BigInt(signatures) * unit)
    }
    return {
      ...{ operation, signatures, lane, accepted, token: due[place]!.token },
      ...{ unit: String(unit), dust: String(dust), validUntil: String(until) },
      acceptedNextEpoch: next.accepted[lane]!,
      now: amount(now),
      nextEpoch: amount(quoted.nextEpoch),
      maximum: amount(larger(now, quoted.maximum)),
    }
  },
})

export const getFees = method({
  name: 'omg_getFees',
  summary:
    'The fees that the stakers have voted, how they would stand after the next count, and congestion on top.',
  params: z.strictObject({}),
  result: z.object({
    voted: scheduleShape,
    nextEpoch: scheduleShape.describe('One step from what is voted towards the votes as they stand'),
    epoch: z
      .object({ number: decimal, seconds: decimal, endsAt: decimal })
      .optional()
      .describe("By the origin's time; absent where fees never move"),
    congestion: decimal.describe('What voted fees are multiplied with, in parts per million'),
    maxCongestion: decimal,
    feeTokens: z
      .array(
        z.object({ lane: z.int(), token: address, accepted: z.boolean(), payment: decimal, item: decimal }),
      )
      .describe('Due for one signature in the next block, in lane units'),
  }),
  handler(services) {
    const { policy, epoch, voted, next, due, multiple } = feesNow(services)
    const seconds = policy?.epoch ?? 0n
    return {
      voted: describeSchedule(voted),
      nextEpoch: describeSchedule(next),
      ...(policy && {
        epoch: {
          number: String(epoch),
          seconds: String(seconds),
          endsAt: String((epoch + 1n) * seconds),
        },
      }),
      congestion: String(multiple),
      maxCongestion: String(policy ? highestMultiple(policy) : CONGESTION_ONE),
      feeTokens: due.map(({ lane, token, accepted, fees }) => {
        return { lane, token, accepted, payment: String(fees.payment), item: String(fees.item) }
      }),
    }
  },
})

/** The fees that the next block goes by; where it may count votes, what suffices before and after. */
function feesNow({ ledger, parameters, schedule, view }: NodeServices) {
  const { tip } = ledger
  const { origin, originTime } = schedule.origin(tip)
  const upcoming = feesOf(parameters, tip, originTime, view.exchange(origin, originTime).votes)
  const coming = parametersInForce(parameters, upcoming).feeTokens
  const due = ledger.inForce.feeTokens.map((token, i) => {
    const then = coming[i]!
    const fees = {
      payment: larger(token.fees.payment, then.fees.payment),
      item: larger(token.fees.item, then.fees.item),
    }
    return { ...then, accepted: token.accepted && then.accepted, fees }
  })
  const newest = view.newest?.number ?? origin
  const moves = parameters.feePolicy !== undefined
  return {
    ...{ policy: parameters.feePolicy, epoch: upcoming.epoch, due, originTime },
    voted: upcoming.schedule,
    next: moves ? view.stakes(newest).next(upcoming.schedule) : upcoming.schedule,
    multiple: upcoming.multiple,
  }
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}
