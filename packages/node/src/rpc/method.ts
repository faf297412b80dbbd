import { z } from 'zod'
import type { NodeServices } from '../services.ts'

/** One method of the JSON-RPC interface. The table of these is the only description: dispatch and rpc.discover read it. */
export interface Method {
  name: string
  summary: string
  /** By name; `order` gives the positions for callers who send a list. */
  params: z.ZodObject
  order: readonly string[]
  result: z.ZodType
  handler: (services: NodeServices, params: never) => unknown
}

/** A method whose handler is checked against its schemas. */
export function method<P extends z.ZodObject, R extends z.ZodType>(definition: {
  name: string
  summary: string
  params: P
  result: R
  handler: (services: NodeServices, params: z.output<P>) => z.input<R> | Promise<z.input<R>>
}): Method {
  return { ...definition, order: Object.keys(definition.params.shape) } as Method
}

/** Longest hexadecimal text of a signed transaction. */
export const MAX_TRANSACTION_HEX = 2 + 2 * 32_768

const bytesOf = (bytes: number, name: string) =>
  z
    .string()
    .regex(new RegExp(`^0x[0-9a-fA-F]{${2 * bytes}}$`))
    .transform(text => text.toLowerCase() as `0x${string}`)
    .meta({ title: name })

export const hashParam = bytesOf(32, 'Hash')
export const addressParam = bytesOf(20, 'Address')
export const hexParam = z
  .string()
  .max(MAX_TRANSACTION_HEX)
  .regex(/^0x([0-9a-fA-F]{2})*$/)
  .meta({ title: 'Bytes' })
export const heightParam = z.union([
  z.literal('latest'),
  z.int().nonnegative(),
  z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number),
])

/** Whole numbers travel as decimal strings: amounts, heights, positions, times in seconds. */
export const decimal = z.string().regex(/^\d+$/).meta({ title: 'Decimal' })
export const hash = z.string().meta({ title: 'Hash' })
export const address = z.string().meta({ title: 'Address' })
export const hex = z.string().meta({ title: 'Bytes' })
