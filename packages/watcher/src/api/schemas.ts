import type { Address, Hash, Hex, OutputId } from '@omg/protocol'
import { z } from 'zod'

/** Longest evidence taken, in bytes: any signed transaction fits. */
export const MAX_EVIDENCE_BYTES = 16_384
/** Longest request body, in bytes. */
export const MAX_BODY_BYTES = 40_000

const hexOf = (bytes: number, name: string) =>
  z.string().regex(new RegExp(`^0x[0-9a-fA-F]{${2 * bytes}}$`), `is not ${name} (0x and ${2 * bytes} digits)`)

export const addressSchema = hexOf(20, 'an address').transform(text => text.toLowerCase() as Address)
export const outputIdSchema = hexOf(32, 'an output id').transform(
  text => text.toLowerCase() as Hash & OutputId,
)
const u64Schema = z
  .string()
  .regex(/^(0|[1-9]\d{0,19})$/, 'is not a decimal number')
  .transform(BigInt)
  .refine(value => value < 1n << 64n, 'is above 2^64 - 1')

export const delegationSchema = z.strictObject({
  owner: addressSchema,
  delegate: addressSchema,
  /** Seconds, as a decimal string. */
  validUntil: u64Schema,
  signature: hexOf(65, 'a signature').transform(text => text.toLowerCase() as Hex),
})

export const evidenceSchema = z.strictObject({
  /** `transaction ‖ witness`. */
  transaction: z
    .string()
    .regex(/^0x([0-9a-fA-F]{2})+$/, 'is not hex')
    .max(2 + 2 * MAX_EVIDENCE_BYTES, `is longer than ${MAX_EVIDENCE_BYTES} bytes`)
    .transform(text => text.toLowerCase() as Hex),
})

export const alarmQuerySchema = z.strictObject({
  state: z.enum(['standing', 'resolved']).default('standing'),
})
export const estimateQuerySchema = z.strictObject({ outputId: outputIdSchema })
export const exitQuerySchema = z.strictObject({ state: z.enum(['open', 'all']).default('open') })
