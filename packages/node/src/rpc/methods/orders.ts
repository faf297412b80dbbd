import { type Address, encodeOrderTerms, type Guard, type Hash, toHex } from '@omg/protocol'
import { z } from 'zod'
import type { OwnedOrder } from '../../reader/orders.ts'
import { address, addressParam, decimal, hash, hashParam, hex, method } from '../method.ts'

/** Most orders or trading balances of one page. */
export const MAX_PAGE_ORDERS = 500
/** Most outputs that one trading balance lists; its amount counts all. */
export const MAX_BALANCE_PARTS = 64

const guardCursor = z.string().regex(/^[0-9a-f]{64}$/)

const orderShape = z.object({
  guard: hash,
  output: hash.describe('The output that holds the order now: each fill moves it to another'),
  market: hash,
  terms: hex,
  token: address,
  amount: decimal,
  lots: decimal,
  height: decimal.describe('The block that made the order'),
  position: decimal.describe('Sorts orders of all blocks by age'),
  triggered: z.boolean(),
  release: z.string().nullable().describe('Why it goes back to its owner with one of the next blocks'),
})

export const getOrders = method({
  name: 'omg_getOrders',
  summary: 'Live orders of an owner, paged: pass the cursor of one page to get the next; null ends.',
  params: z.strictObject({
    owner: addressParam,
    market: hashParam.optional(),
    cursor: guardCursor.nullish(),
    limit: z.int().min(1).max(MAX_PAGE_ORDERS).default(100),
  }),
  result: z.object({ orders: z.array(orderShape), cursor: z.string().nullable() }),
  handler({ orders }, { owner, market, cursor, limit }) {
    const page = orders.orders(owner as Address, market as Hash | undefined, guardOf(cursor), limit)
    return { orders: page.map(describeOrder), cursor: cursorOf(page, limit) }
  },
})

export const getOrder = method({
  name: 'omg_getOrder',
  summary: 'The live order of a guard; null if there is none (any more).',
  params: z.strictObject({ guard: hashParam }),
  result: orderShape.nullable(),
  handler({ orders }, { guard }) {
    const order = orders.order(guard as Guard)
    return order ? describeOrder(order) : null
  },
})

export const getTradingBalances = method({
  name: 'omg_getTradingBalances',
  summary:
    'What an owner has in trading balances, by guard and token, with the largest outputs of each. Paged by guard: pass the cursor of one page to get the next; null ends.',
  params: z.strictObject({
    owner: addressParam,
    cursor: guardCursor.nullish(),
    limit: z.int().min(1).max(MAX_PAGE_ORDERS).default(100),
  }),
  result: z.object({
    balances: z.array(
      z.object({
        guard: hash,
        terms: hex,
        token: address,
        amount: decimal,
        outputs: z.array(z.object({ id: hash, amount: decimal, position: decimal.nullable() })),
        outputCount: z.int(),
      }),
    ),
    cursor: z.string().nullable(),
  }),
  handler({ orders }, { owner, cursor, limit }) {
    const page = orders.balances(owner as Address, guardOf(cursor), limit)
    const balances = page.map(({ guard, holding, token, amount, outputs }) => ({
      guard,
      terms: toHex(encodeOrderTerms(holding.terms!)),
      token,
      amount: String(amount),
      outputs: outputs.slice(0, MAX_BALANCE_PARTS).map(([id, held]) => {
        return { id, amount: String(held.amount), position: String(held.position) }
      }),
      outputCount: outputs.length,
    }))
    const guards = [...new Set(page.map(({ guard }) => guard))].map(guard => ({ guard }))
    return { balances, cursor: cursorOf(guards, limit) }
  },
})

function describeOrder({ guard, holding, live, held }: OwnedOrder): z.input<typeof orderShape> {
  const { order, output, release } = live
  return {
    ...{ guard, output },
    market: holding.terms!.market,
    terms: toHex(encodeOrderTerms(holding.terms!)),
    token: held.token,
    amount: String(held.amount),
    lots: String(order.lots),
    height: String(order.height),
    position: String(order.position),
    triggered: order.triggered,
    release: release ?? null,
  }
}

function guardOf(cursor: string | null | undefined): Guard | undefined {
  return cursor ? (`0x${cursor}` as Guard) : undefined
}

function cursorOf(page: readonly { readonly guard: Guard }[], limit: number): string | null {
  return page.length === limit ? page.at(-1)!.guard.slice(2) : null
}
