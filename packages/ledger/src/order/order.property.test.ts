import { amountFor } from '@omg/exchange'
import { type OrderTerms, type OutputId, orderGuard, toHex } from '@omg/protocol'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { decodeBlock, encodeBlock } from '../block.ts'
import {
  type Account,
  account,
  coin,
  ETH,
  fund,
  nextInputs,
  PARAMETERS,
  PLAIN,
  recordOf,
  USD,
} from '../chain.fixture.ts'
import { readEntry } from '../entry.ts'
import { ReferenceLedger } from '../ledger.reference.ts'
import { Ledger } from '../ledger.ts'
import { NO_LOCKED_OUTPUTS } from '../locks.ts'
import { createMapPool } from '../map.pool.ts'
import { loadUnspent, saveUnspent } from '../snapshot.ts'
import type { Execution, LedgerParameters, MappedRecord, OrderRecord, StateTransition } from '../types.ts'
import { UnspentSet } from '../unspent.ts'
import { type Signed, supply } from './driver.conformance.ts'
import {
  ETH_MARKET,
  exchangeOf,
  instruction,
  MARKET,
  order,
  orderOutput,
  orderPayment,
  trading,
} from './market.fixture.ts'
import { orderRecords } from './store.ts'

const PARAMETERS_WITH_FEES: LedgerParameters = {
  ...PARAMETERS,
  exchange: { makerBps: 5, takerBps: 25, moveBudget: { steps: 6, unitsPerStep: 10_000n, cancels: 6 } },
}
const accounts = [1, 2, 3].map(account)
const agent = account(9)
const exchange = exchangeOf([MARKET, ETH_MARKET], () => true)
const pools = [0, 1, 2].map(workers => createMapPool({ domain: PARAMETERS.domain, workers }))
afterAll(() => Promise.all(pools.map(pool => pool.close())))

/** What somebody wants to do in a block; made against whatever she has by then. */
const wish = fc.record({
  who: fc.nat(2),
  what: fc.constantFrom('place', 'place', 'place', 'move', 'amend', 'cancel', 'reduce', 'bundle'),
  side: fc.constantFrom<'buy' | 'sell'>('buy', 'sell'),
  limit: fc.integer({ min: 95, max: 105 }),
  lots: fc.integer({ min: 2, max: 30 }),
  pick: fc.nat(),
  timeInForce: fc.constantFrom('goodTillCancel', 'goodTillCancel', 'immediateOrCancel', 'fillOrKill'),
  selfTradePrevention: fc.constantFrom('expireMaker', 'expireTaker', 'expireBoth', 'decrement'),
  postOnly: fc.boolean(),
  minFill: fc.constantFrom(0n, 0n, 5n),
  proceedsKind: fc.constantFrom('coin', 'trading', 'chained'),
  trigger: fc.constantFrom('none', 'none', 'wakeAbove', 'wakeBelow', 'turnAbove', 'turnBelow'),
  expires: fc.boolean(),
  maxFeeBps: fc.constantFrom(10, 100),
})
type Wish = typeof wish extends fc.Arbitrary<infer T> ? T : never

/** The terms of an order, and those it is chained to. */
function termsOf(
  w: Wish,
  owner: Account,
  height: bigint,
  side = w.side,
): { terms: OrderTerms; chained: OrderTerms[] } {
  const trigger = { triggerKind: w.trigger, triggerPrice: w.trigger === 'none' ? 0n : 100n } as const
  const turned = w.trigger === 'turnAbove' || w.trigger === 'turnBelow'
  const next = order(owner, side === 'buy' ? 'sell' : 'buy', 100, { lots: 2, agent: agent.address }).terms
  const isChained = w.proceedsKind === 'chained'
  const { terms } = order(owner, side, w.limit, {
    lots: w.lots,
    agent: agent.address,
    timeInForce: w.timeInForce as never,
    selfTradePrevention: w.selfTradePrevention as never,
    postOnly: w.postOnly,
    minFill: w.minFill,
    proceedsKind: w.proceedsKind as never,
    ...(isChained && { proceedsGuard: orderGuard(next) }),
    ...trigger,
    triggerLimit: turned ? BigInt(w.limit + 2) : 0n,
    maxFeeBps: w.maxFeeBps,
    ...(w.expires && { expiryKind: 'height', expiry: height + 2n }),
  })
  return { terms, chained: isChained ? [next] : [] }
}

/** Live outputs of an owner: coins and orders, in a fixed order. */
function owned(ledger: StateTransition, owner: Account) {
  const all = [...ledger.unspent.entries()].flatMap(chunk =>
    Array.from({ length: chunk.length / 120 }, (_, i) => readEntry(chunk, 120 * i)),
  )
  const { guard } = coin(owner, 1n)
  const mine = all.sort((a, b) => (a.id < b.id ? -1 : 1))
  return {
    coins: mine.filter(({ output }) => output.type === 'coin' && output.guard === guard),
    orders: mine.filter(
      ({ output }) =>
        output.type === 'order' && ledger.orders.holding(output.guard)?.terms?.owner === owner.address,
    ),
  }
}

/** A PAY that puts a whole coin into an order, a trading balance, or both, and pays its fee from it or from a USD coin. */
function placing(ledger: StateTransition, w: Wish, used: Set<OutputId>): Signed | undefined {
  const owner = accounts[w.who]!
  const free = owned(ledger, owner).coins.filter(({ id, output }) => !used.has(id) && output.amount > 10_000n)
  const usd = free.find(({ output }) => output.token === USD)
  const token = w.side === 'buy' ? USD : PLAIN
  const held = free.find(({ id, output }) => output.token === token && id !== usd?.id) ?? usd
  if (!usd || !held || (held !== usd && held.output.token !== token) || held.output.token !== token)
    return undefined
  for (const { id } of [usd, held]) used.add(id)
  const { terms, chained } = termsOf(w, owner, ledger.tip.height + 1n)
  const value = amountFor(MARKET.terms, terms, BigInt(w.lots))
  const home = trading(owner, agent)
  const isWhole = held !== usd
  const total = held.output.amount - (isWhole ? 0n : 5n)
  const outputs = [orderOutput(terms, value, token), orderOutput(home, total - value, token)]
  if (isWhole) outputs.push({ ...coin(owner, usd.output.amount - 5n, USD) } as never)
  const inputs = isWhole ? [held.id, usd.id] : [usd.id]
  return orderPayment([owner], inputs, outputs, [terms, home, ...chained])
}

function moving(ledger: StateTransition, w: Wish): Signed | undefined {
  const owner = accounts[w.who]!
  const { orders } = owned(ledger, owner)
  if (orders.length === 0) return undefined
  const { output } = orders[w.pick % orders.length]!
  const from = ledger.orders.holding(output.guard)!.terms!
  const isBalance = from.market === trading(owner).market
  const side = output.token === USD ? 'buy' : 'sell'
  const { terms, chained } = termsOf(w, owner, ledger.tip.height + 1n, side)
  const home = trading(owner, agent)
  const part = output.amount / 2n
  switch (w.what) {
    case 'move':
      return instruction(agent, [{ from, amount: part, to: terms }], { chained })
    case 'amend':
      return instruction(owner, [{ from, to: terms }], { chained })
    case 'reduce':
      return instruction(agent, [{ from, amount: part, to: home }])
    case 'cancel':
      return instruction(owner, [isBalance ? { from, to: home } : { from }])
    default:
      return instruction(
        agent,
        orders.slice(0, 5).map(({ output: each }) => ({ from: each.guard, to: home })),
      )
  }
}

function begin(ledger: StateTransition): void {
  fund(
    ledger,
    accounts.flatMap(owner => [
      ...Array.from({ length: 4 }, () => coin(owner, 100_000n, USD)),
      ...Array.from({ length: 3 }, () => coin(owner, 20_000n, PLAIN)),
      coin(owner, 10n ** 18n),
    ]),
  )
}

const shuffled = <T>(list: readonly T[], seed: number): T[] =>
  list
    .map((value, i) => ({ value, key: Math.imul(i + 1, 0x9e3779b1 ^ seed) >>> 0 }))
    .sort((a, b) => a.key - b.key)
    .map(({ value }) => value)

/** A durable store of order records, as a node keeps one. */
class Store {
  readonly #records = new Map<string, OrderRecord>()

  write({ orders }: Execution): void {
    for (const record of orderRecords(orders)) {
      if (record.value) this.#records.set(toHex(record.key), record)
      else this.#records.delete(toHex(record.key))
    }
  }

  records(): OrderRecord[] {
    return [...this.#records.values()]
  }
}

const sorted = (records: Iterable<OrderRecord>) =>
  [...records].map(({ key, value }) => `${toHex(key)} ${toHex(value!)}`).sort()

const scripts = fc.array(fc.tuple(fc.array(wish, { minLength: 1, maxLength: 8 }), fc.boolean(), fc.nat()), {
  minLength: 2,
  maxLength: 6,
})

test('any walk of payments, instructions and batches goes one way in both ledgers, conserves every token and survives restarts', async () => {
  const seen = new Map<string, number>()
  await fc.assert(
    fc.asyncProperty(scripts, async script => {
      let fast = new Ledger(PARAMETERS_WITH_FEES)
      // One that never restarts, and admits everything when it is signed, some of it for a later block.
      const busy = new Ledger(PARAMETERS_WITH_FEES)
      const plain = new ReferenceLedger(PARAMETERS_WITH_FEES)
      begin(fast)
      begin(plain)
      begin(busy)
      let waiting: MappedRecord[] = []
      const store = new Store()
      const before = [ETH, USD, PLAIN].map(token => supply(fast, token))
      for (const [i, [wishes, closes, seed]] of script.entries()) {
        const used = new Set<OutputId>()
        const made = wishes
          .map(w => (w.what === 'place' ? placing(fast, w, used) : moving(fast, w)))
          .filter(one => one !== undefined)
        const fresh = shuffled(made, seed).map(({ signed }) => recordOf(signed))
        for (const record of fresh) busy.checkTransaction(record, NO_LOCKED_OUTPUTS, undefined, exchange)
        const [now, later] = [false, true].map(waits =>
          fresh.filter((_, at) => ((seed + at) % 3 === 0) === waits),
        )
        const records = [...waiting, ...now!]
        waiting = later!
        const one = fast.assembleBlock(records, nextInputs(fast, { closes, exchange }))
        const two = plain.assembleBlock(records, nextInputs(plain, { closes, exchange }))
        const three = busy.assembleBlock(records, nextInputs(busy, { closes, exchange }))
        const codes = (dropped: typeof one.dropped) => dropped.map(({ index, error }) => [index, error.code])
        expect(codes(one.dropped)).toEqual(codes(two.dropped))
        expect(codes(three.dropped)).toEqual(codes(two.dropped))
        for (const { error } of one.dropped) seen.set(error.code, (seen.get(error.code) ?? 0) + 1)
        expect(one.execution.batches).toEqual(two.execution.batches)
        const bytes = encodeBlock(one.execution.block)
        expect(toHex(bytes)).toBe(toHex(encodeBlock(two.execution.block)))
        expect(toHex(encodeBlock(three.execution.block))).toBe(toHex(bytes))
        busy.applyBlock(three.execution)
        expect(toHex(one.execution.created)).toBe(toHex(two.execution.created))
        const decoded = decodeBlock(bytes)
        if (!decoded.ok) throw decoded.error
        const { value: block } = decoded
        const batch = await pools[i % pools.length]!.map(block.body, block.bounds)
        const followed = fast.executeBlock(block, batch, NO_LOCKED_OUTPUTS, exchange)
        if (!followed.ok) throw followed.error
        const checked = plain.executeBlock(block, batch, NO_LOCKED_OUTPUTS, exchange)
        if (!checked.ok) throw checked.error
        for (const { releases } of one.execution.batches)
          for (const { reason } of releases) seen.set(reason, (seen.get(reason) ?? 0) + 1)
        store.write(followed.value)
        expect(fast.applyBlock(followed.value)).toEqual(plain.applyBlock(checked.value))
        expect(fast.tip).toEqual(plain.tip)
        expect([ETH, USD, PLAIN].map(token => supply(fast, token))).toEqual(before)
        expect(sorted(fast.orders.records())).toEqual(sorted(plain.orders.records()))
        expect(sorted(store.records())).toEqual(sorted(fast.orders.records()))
        expect(fast.orders.hash).toBe(plain.orders.hash)
        const unspent = loadUnspent(saveUnspent(fast.unspent), new UnspentSet())
        if (!unspent.ok) throw unspent.error
        const state = fast.save()
        fast = new Ledger(PARAMETERS_WITH_FEES, { unspent: unspent.value, orders: store.records(), state })
      }
    }),
    { numRuns: 40 },
  )
  // The walks get somewhere: without these they would prove little.
  for (const reason of ['immediateOrCancel', 'expired']) expect(seen.keys()).toContain(reason)
})
