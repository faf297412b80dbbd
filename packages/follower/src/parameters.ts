import { MAX_MULTIPLE } from '@omg/ledger'
import type { Address } from '@omg/protocol'
import { z } from 'zod'

const decimal = z
  .string()
  .regex(/^\d{1,39}$/)
  .transform(BigInt)
const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/)
  .transform(text => text.toLowerCase() as Address)

const basisPoints = z.int().min(0).max(10_000)
const budget = z.int().min(0).max(0xffff_ffff)

/** What all nodes of one chain agree on, as `omg_getParameters` tells it. */
export const parametersSchema = z.object({
  domain: z.object({ chainId: decimal, verifyingContract: address }),
  feeTokens: z
    .array(
      z.object({
        lane: z.int().min(0).max(3),
        token: address,
        unit: decimal,
        dust: decimal,
        fees: z.object({ payment: decimal, item: decimal }),
      }),
    )
    .min(1)
    .max(4),
  feeRecipients: z
    .array(z.object({ owner: address, weight: decimal }))
    .min(1)
    .max(4),
  exchange: z
    .object({
      makerBps: basisPoints,
      takerBps: basisPoints,
      moveBudget: z.object({ steps: budget, unitsPerStep: decimal, cancels: budget }),
    })
    .optional(),
  feePolicy: z
    .object({
      epoch: decimal.refine(epoch => epoch >= 1n),
      targetBytes: z.int().min(1).max(0xffff_ffff),
      maxMultiple: z.int().min(1).max(MAX_MULTIPLE),
    })
    .optional(),
})
