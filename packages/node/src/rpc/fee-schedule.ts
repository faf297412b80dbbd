import type { FeeSchedule } from '@omg/stake'
import { z } from 'zod'
import { decimal } from './method.ts'

/** A fee schedule, or somebody's preference of one. */
export const scheduleShape = z.object({
  payment: z.array(decimal).describe('Least fee of a signature per lane, in lane units'),
  item: z.array(decimal),
  accepted: z.array(z.boolean()).describe('Per lane: whether the fee of a payment may be paid in it'),
  makerBps: z.array(z.int()).describe('Per market class: bonded, guarded, safe'),
  takerBps: z.array(z.int()),
  steps: z.int(),
  unitsPerStep: decimal,
  cancels: z.int(),
})

export function describeSchedule(schedule: FeeSchedule): z.input<typeof scheduleShape> {
  const { payment, item, accepted, makerBps, takerBps, steps, unitsPerStep, cancels } = schedule
  return {
    ...{ steps, cancels },
    payment: payment.map(String),
    item: item.map(String),
    accepted: [...accepted],
    makerBps: [...makerBps],
    takerBps: [...takerBps],
    unitsPerStep: String(unitsPerStep),
  }
}
