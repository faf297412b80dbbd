import {
  type Address,
  coinGuard,
  decodeSignedTransaction,
  type OrderTerms,
  orderGuard,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@omg/protocol'
import { describe, expect, test } from 'vitest'
import { alice, bob, carol, coin, PARAMETERS, PLAIN, USD } from '../chain.fixture.ts'
import { Locks } from '../locks.ts'
import { describeRecord } from '../record.ts'
import type { LedgerParameters, StateTransition } from '../types.ts'
import { balance, kindsOf, orderDriver, place, supply, underGuard } from './driver.conformance.ts'
import {
  exchangeOf,
  freshNonce,
  instruction,
  MARKET,
  order,
  orderOutput,
  orderPayment,
  SAFE_MARKET,
  trading,
} from './market.fixture.ts'

const BUDGET = { steps: 4, unitsPerStep: 100_000n, cancels: 3 }
const RATIONED: LedgerParameters = {
  ...PARAMETERS,
  exchange: { makerBps: 0, takerBps: 0, moveBudget: BUDGET },
}

/** What every implementation of {@link StateTransition} must do with orders and instructions. */
export function instructionConformance(
  name: string,
  create: (parameters: LedgerParameters) => StateTransition,
): void {
  const { start, assemble, include, includeAll, expectRefused, expectAdmitted } = orderDriver(create)

  describe(`${name}: terms of new orders`, () => {
    test('every field that no market can take is refused, in a PAY as in a MOVE', () => {
      const { ledger, coins } = start([alice])
      const home = trading(alice, bob)
      const funds = coins[0]!
      includeAll(ledger, [
        place(alice, funds[0]!, [{ terms: home, output: orderOutput(home, 50_000n, USD) }]),
      ])
      const fields: [Partial<OrderTerms>, string][] = [
        [{ market: freshNonce() }, 'order.unknown_market'],
        [{ limit: 0n }, 'order.limit'],
        [{ limit: 2n ** 32n }, 'order.limit'],
        [{ triggerKind: 'wakeAbove', triggerPrice: 0n }, 'order.trigger'],
        [{ triggerKind: 'wakeBelow', triggerPrice: 2n ** 32n }, 'order.trigger'],
        [{ triggerKind: 'turnAbove', triggerPrice: 5n, triggerLimit: 0n }, 'order.trigger'],
        [{ expiryKind: 'height', expiry: 3n }, 'order.expired'],
        [{ expiryKind: 'time', expiry: 999n }, 'order.expired'],
        [{ side: 'sell' }, 'order.token'],
        [{ proceedsKind: 'chained', proceedsGuard: orderGuard(home) }, 'order.chain'],
      ]
      for (const [change, code] of fields) {
        const { terms } = order(alice, 'buy', 10, { lots: 5, agent: bob.address })
        const wrong = { ...terms, ...change }
        const chained = change.proceedsKind === 'chained' ? [home] : []
        const output = orderOutput(wrong, 5_000n, USD)
        expectRefused(ledger, place(alice, funds[1]!, [{ terms: wrong, output }], chained), code)
        const move = instruction(bob, [{ from: home, amount: 5_000n, to: wrong }], { chained })
        // There is nothing but USD to move.
        expectRefused(ledger, move, code === 'order.token' ? 'move.amount' : code)
      }
      const nobody = { ...order(alice, 'buy', 10, { lots: 5 }).terms, receiver: ZERO_ADDRESS }
      const output = orderOutput(nobody, 5_000n, USD)
      expectRefused(ledger, place(alice, funds[1]!, [{ terms: nobody, output }]), 'order.terms')
      const marked = { ...home, nonce: freshNonce() }
      const other = { terms: marked, output: orderOutput(marked, 500n, USD) }
      expectRefused(ledger, place(alice, funds[1]!, [other]), 'order.terms')
      const late = order(alice, 'buy', 10, { lots: 5, expiryKind: 'height', expiry: 4n })
      expectAdmitted(ledger, place(alice, funds[1]!, [late]))
    })

    test('size: the minimum of the market, and what a buy of its lots costs at worst', () => {
      const { ledger, coins } = start([alice])
      const [one, two] = coins[0]!
      expectRefused(ledger, place(alice, one!, [order(alice, 'buy', 10, { lots: 1 })]), 'order.size')
      expectRefused(ledger, place(alice, one!, [order(alice, 'sell', 10, { lots: 1 })]), 'order.size')
      const buy = order(alice, 'buy', 100, { lots: 2 })
      // 2 lots at 100, and 1 % of it.
      expect(buy.output.amount).toBe(202n)
      const less = { ...buy, output: orderOutput(buy.terms, 201n, USD) }
      expectRefused(ledger, place(alice, two!, [less]), 'order.size')
      expectAdmitted(ledger, place(alice, two!, [buy]))
    })

    test('an order above the balance is unbalanced', () => {
      const { ledger, coins } = start([alice])
      const { terms } = order(alice, 'buy', 100, { lots: 2 })
      const above = orderOutput(terms, 100_001n, USD)
      expectRefused(
        ledger,
        orderPayment([alice], [coins[0]![0]![0]], [above], [terms]),
        'transaction.unbalanced',
      )
      const free = orderOutput(terms, 100_000n, USD)
      expectRefused(ledger, orderPayment([alice], [coins[0]![0]![0]], [free], [terms]), 'fee.too_low')
    })

    test('A30: a stranger places no order under terms that their owner has signed, and may pay into her balance', () => {
      const { ledger, coins } = start([alice, bob])
      const home = trading(alice)
      const mine = order(alice, 'buy', 100, { lots: 5 })
      const [usd] = coins[1]![0]!
      const change = (output: { amount: bigint }) => coin(bob, 100_000n - output.amount - 5n, USD)
      const pay = (output: typeof mine.output, terms: typeof home) =>
        orderPayment([bob], [usd], [output, change(output)], [terms])
      expectRefused(ledger, pay(mine.output, mine.terms), 'order.payer')
      includeAll(ledger, [pay(orderOutput(home, 50_000n, USD), home)])
      const moved = instruction(alice, [{ from: home, amount: mine.output.amount, to: mine.terms }])
      includeAll(ledger, [moved])
      expect(ledger.orders.liveOrders).toBe(1)
    })

    test('a guard has one live order, and is not made again in the block that ends it', () => {
      const { ledger, coins } = start([alice])
      const funds = coins[0]!
      const buy = order(alice, 'buy', 100, { lots: 5 })
      expectRefused(ledger, place(alice, funds[0]!, [buy, buy]), 'order.duplicate')
      includeAll(ledger, [place(alice, funds[0]!, [buy])])
      expectRefused(ledger, place(alice, funds[1]!, [buy]), 'order.duplicate')
      const cancel = instruction(alice, [{ from: buy.terms }])
      const again = place(alice, funds[1]!, [buy])
      for (const both of [
        [cancel, again],
        [again, cancel],
      ]) {
        expect(assemble(ledger, both).dropped.map(({ error }) => error.code)).toEqual(['order.duplicate'])
      }
      includeAll(ledger, [cancel])
      includeAll(ledger, [again])
      const home = trading(alice)
      const twice = { terms: home, output: orderOutput(home, 100n, USD) }
      includeAll(ledger, [place(alice, funds[2]!, [twice, twice])])
      expect(underGuard(ledger, home).length).toBe(2)
    })

    test('a halted market takes no new order, and gives its orders back when it closes', () => {
      const { ledger, coins } = start([alice, bob])
      const [buy, sell] = [order(alice, 'buy', 100, { lots: 5 }), order(bob, 'sell', 90, { lots: 5 })]
      const resting = order(alice, 'buy', 50, { lots: 5, proceedsKind: 'trading' })
      includeAll(ledger, [place(alice, coins[0]![0]!, [buy, resting]), place(bob, coins[1]![0]!, [sell])])
      const halted = { exchange: exchangeOf([{ ...MARKET, state: 'cancelOnly' }]) }
      const more = place(alice, coins[0]![1]!, [order(alice, 'buy', 100, { lots: 5 })])
      expectRefused(ledger, more, 'order.halted', halted)
      expect(kindsOf(includeAll(ledger, [], halted).execution)).toEqual([])
      const cancel = instruction(bob, [{ from: sell.terms }])
      expect(kindsOf(includeAll(ledger, [cancel], halted).execution)).toEqual(['move'])
      const closed = { exchange: exchangeOf([{ ...MARKET, state: 'closed' }]) }
      expect(kindsOf(includeAll(ledger, [], closed).execution)).toEqual(['move'])
      expect(underGuard(ledger, buy.terms)).toEqual([])
      // 2 lots at 101 of the resting order are worth 253 USD, which are in the trading balance now.
      expect(underGuard(ledger, trading(alice)).map(({ output }) => output.amount)).toEqual([
        resting.output.amount,
      ])
      const postOnly = { exchange: exchangeOf([{ ...MARKET, state: 'postOnly' }]) }
      expectRefused(ledger, more, 'order.post_only', postOnly)
      const maker = order(alice, 'buy', 100, { lots: 5, postOnly: true })
      expectAdmitted(ledger, place(alice, coins[0]![1]!, [maker]), postOnly)
    })

    test('a crossing post-only order goes back and trades nothing', () => {
      const { ledger, coins } = start([alice, bob])
      const sell = order(bob, 'sell', 90, { lots: 5 })
      includeAll(ledger, [place(bob, coins[1]![0]!, [sell])])
      const crossing = order(alice, 'buy', 95, { lots: 5, postOnly: true })
      includeAll(ledger, [place(alice, coins[0]![0]!, [crossing])])
      const { execution } = includeAll(ledger, [])
      expect(kindsOf(execution)).toEqual(['move'])
      expect(execution.batches).toMatchObject([{ volume: 0, releases: [{ reason: 'postOnly' }] }])
      expect(underGuard(ledger, crossing.terms)).toEqual([])
      expect(balance(ledger, alice, USD)).toBe(399_995n)
    })

    test('a seasoned market settles only what is seasoned; until then its orders stand and wait (R9)', () => {
      const { ledger, coins } = start([alice, bob])
      const [buy, sell] = [
        order(alice, 'buy', 100, { lots: 5 }, SAFE_MARKET),
        order(bob, 'sell', 90, { lots: 5 }, SAFE_MARKET),
      ]
      const fresh = { exchange: exchangeOf([SAFE_MARKET]) }
      includeAll(ledger, [place(alice, coins[0]![0]!, [buy]), place(bob, coins[1]![0]!, [sell])], fresh)
      const { execution } = includeAll(ledger, [], fresh)
      expect(execution.batches[0]!.leftOut).toMatchObject([
        { reason: 'unspendable' },
        { reason: 'unspendable' },
      ])
      const seasoned = { exchange: exchangeOf([SAFE_MARKET], () => true) }
      expect(kindsOf(includeAll(ledger, [], seasoned).execution)).toContain('settle')
    })
  })

  describe(`${name}: instructions`, () => {
    /** alice has 40,000 USD and 5,000 PLAIN in a trading balance that bob may trade; and an order. */
    function funded(parameters = PARAMETERS) {
      const { ledger, coins } = start([alice, carol], parameters)
      const home = trading(alice, bob)
      const buy = order(alice, 'buy', 100, { lots: 50, agent: bob.address })
      const outputs = [orderOutput(home, 40_000n, USD), orderOutput(home, 5_000n, PLAIN)]
      const made = [...outputs.map(output => ({ terms: home, output })), buy]
      includeAll(ledger, [place(alice, coins[0]![0]!, made)])
      return { ledger, coins, home, buy }
    }
    const agentOrder = (
      side: OrderTerms['side'],
      limit: number,
      lots: number,
      changes: Partial<OrderTerms> = {},
    ) => order(alice, side, limit, { lots, agent: bob.address, ...changes } as never).terms

    test('place, amend, reduce and cancel, by the owner or the agent', () => {
      const { ledger, home, buy } = funded()
      const before = [USD, PLAIN].map(token => supply(ledger, token))
      const sell = agentOrder('sell', 120, 30)
      includeAll(ledger, [instruction(bob, [{ from: home, amount: 300n, to: sell }])])
      expect(ledger.orders.holding(orderGuard(sell))?.live?.order).toMatchObject({ lots: 30, height: 3n })
      const better = agentOrder('sell', 110, 30)
      includeAll(ledger, [instruction(alice, [{ from: sell, to: better }])])
      expect(underGuard(ledger, sell)).toEqual([])
      const place = ledger.orders.holding(orderGuard(better))!.live!.order
      // A part of it goes back; the rest keeps its place.
      includeAll(ledger, [instruction(bob, [{ from: better, amount: 120n, to: home }])])
      expect(ledger.orders.holding(orderGuard(better))!.live!.order).toEqual({ ...place, lots: 18 })
      expectRefused(ledger, instruction(bob, [{ from: better, amount: 170n, to: home }]), 'order.remainder')
      includeAll(ledger, [instruction(bob, [{ from: better }, { from: buy.terms, to: home }])])
      expect(balance(ledger, alice, PLAIN)).toBe(40_000n - 5_000n + 180n)
      expect([USD, PLAIN].map(token => supply(ledger, token))).toEqual(before)
    })

    test('a balance in pieces is gathered, up to eight of them, and merged', () => {
      const { ledger, coins, home } = funded()
      const piece = { terms: home, output: orderOutput(home, 100n, PLAIN) }
      includeAll(ledger, [
        place(
          alice,
          coins[0]![1]!,
          Array.from({ length: 10 }, () => piece),
        ),
      ])
      const sell = agentOrder('sell', 120, 570)
      // 5,000 and seven times 100 are the most that eight outputs hold.
      expectRefused(ledger, instruction(bob, [{ from: home, amount: 5_701n, to: sell }]), 'move.amount')
      includeAll(ledger, [instruction(bob, [{ from: home, amount: 5_700n, to: sell }])])
      expect(underGuard(ledger, home).length).toBe(4)
      expectRefused(ledger, instruction(bob, [{ from: home, to: home }]), 'move.seasoning')
      const old = { exchange: exchangeOf([MARKET], () => true) }
      includeAll(ledger, [instruction(bob, [{ from: home, to: home }])], old)
      expect(
        underGuard(ledger, home)
          .map(({ output }) => output.amount)
          .sort(),
      ).toEqual([300n, 40_000n])
    })

    test('A30: small change that strangers pay into a balance is in nobody’s way', () => {
      const { ledger, coins, home } = funded()
      const change = [...Array(30).keys()].map(i => orderOutput(home, BigInt(100 + ((7 * i) % 30)), PLAIN))
      for (const [c, outputs] of [change.slice(0, 14), change.slice(14, 28)].entries()) {
        const made = outputs.map(output => ({ terms: home, output }))
        includeAll(ledger, [place(carol, coins[1]![c]!, made)])
      }
      const old = { exchange: exchangeOf([MARKET], () => true) }
      // The balance of 5,000, then the largest of the rest: seven of them are enough.
      const steps = [5_000n, 880n].map(amount => ({
        from: home,
        amount,
        to: agentOrder('sell', 120, Number(amount / 10n)),
      }))
      includeAll(ledger, [instruction(bob, steps)], old)
      const amounts = change
        .slice(0, 28)
        .map(({ amount }) => amount as bigint)
        .sort()
      const left = underGuard(ledger, home).filter(({ output }) => output.token === PLAIN)
      const rest = amounts.slice(-7).reduce((sum, amount) => sum + amount, 0n) - 880n
      const expected = [...amounts.slice(0, -7), rest].filter(amount => amount > 0n)
      expect(left.map(({ output }) => output.amount as bigint).sort()).toEqual(expected.sort())
    })

    test('A38b: a stolen agent key neither withdraws nor changes who gets the money', () => {
      const { ledger, home, buy } = funded()
      expectRefused(ledger, instruction(bob, [{ from: home, amount: 100n }]), 'move.withdrawal')
      expectRefused(ledger, instruction(alice, [{ from: home }]), 'move.withdrawal')
      const changes: [Partial<OrderTerms>, string][] = [
        [{ owner: bob.address }, 'move.owner'],
        [{ receiver: bob.address }, 'move.receiver'],
        [{ agent: carol.address }, 'move.agent'],
        [{ agent: ZERO_ADDRESS }, 'move.agent'],
      ]
      for (const [change, code] of changes) {
        const to = agentOrder('buy', 100, 5, change)
        expectRefused(ledger, instruction(bob, [{ from: home, amount: 600n, to }]), code)
        expectRefused(ledger, instruction(bob, [{ from: buy.terms, to: { ...buy.terms, ...change } }]), code)
      }
      const mine = { ...trading(bob, bob), owner: bob.address as Address }
      expectRefused(ledger, instruction(bob, [{ from: home, amount: 100n, to: mine }]), 'move.owner')
      expectRefused(ledger, instruction(carol, [{ from: buy.terms }]), 'signature.wrong_signer')
      const close = underGuard(ledger, home).map(({ id }) => id)
      const withdrawn = [
        { ...orderOutput(home, 39_995n, USD), type: 'coin', guard: coinGuard(alice.address) },
      ] as never
      expectRefused(ledger, orderPayment([bob], [close[0]!], withdrawn, []), 'signature.wrong_signer')
    })

    test('the owner closes a trading balance with a PAY', () => {
      const { ledger, home } = funded()
      const [usd] = underGuard(ledger, home).filter(({ output }) => output.token === USD)
      const withdrawn = {
        ...orderOutput(home, 39_995n, USD),
        type: 'coin',
        guard: coinGuard(alice.address),
      } as const
      includeAll(ledger, [orderPayment([alice], [usd!.id], [withdrawn], [])])
      expect(underGuard(ledger, home).map(({ output }) => output.token)).toEqual([PLAIN])
    })

    test('an instruction is included once, and while it is valid (R7)', () => {
      const { ledger, home } = funded()
      const sell = agentOrder('sell', 120, 30)
      const step = [{ from: home, amount: 300n, to: sell }]
      expectRefused(ledger, instruction(bob, step, { validUntil: 999n }), 'transaction.expired')
      expectRefused(ledger, instruction(bob, step, { validUntil: 8_201n }), 'move.lifetime')
      const once = instruction(bob, step, { validUntil: 8_200n })
      expect(include(ledger, [once, once]).codes).toEqual(['move.replayed'])
      expectRefused(ledger, once, 'move.replayed')
      includeAll(ledger, [], { closes: true })
      const later = { origin: 30n, originTime: 8_201n }
      includeAll(ledger, [], { ...later })
      expect([...ledger.orders.records()].some(({ key }) => key[0] === 3)).toBe(false)
      expectRefused(ledger, once, 'transaction.expired')
    })

    test('guards that hold nothing: unknown, stale, in exit', () => {
      const { ledger, buy } = funded()
      const never = agentOrder('sell', 120, 30)
      expectRefused(ledger, instruction(bob, [{ from: never }]), 'move.unknown_guard')
      expectRefused(ledger, instruction(bob, [{ from: ZERO_HASH as never }]), 'move.unknown_guard')
      const [live] = underGuard(ledger, buy.terms)
      const locked = new Locks([{ kind: 'exit', outputId: live!.id, block: 1n }]).at(10n)
      expectRefused(ledger, instruction(bob, [{ from: buy.terms }]), 'move.locked', { locked })
      includeAll(ledger, [instruction(bob, [{ from: buy.terms }])])
      expectRefused(ledger, instruction(bob, [{ from: buy.terms }]), 'move.unknown_guard')
    })

    test('of two that name one order the earlier wins; a later one may take what it left', () => {
      const { ledger, home, buy } = funded()
      const cancel = instruction(bob, [{ from: buy.terms }])
      const other = instruction(bob, [{ from: buy.terms, to: home }])
      expect(include(ledger, [cancel, other]).codes).toEqual(['move.stale_guard'])
      const { ledger: next, home: there, buy: order } = funded()
      const reduce = instruction(bob, [{ from: order.terms, amount: 1_010n, to: there }])
      const rest = instruction(bob, [{ from: order.terms }])
      const { execution } = includeAll(next, [reduce, rest])
      expect(kindsOf(execution)).toEqual(['move', 'move'])
      expect(underGuard(next, order.terms)).toEqual([])
    })

    test('an order that comes with the block can be named in it, by a later candidate', () => {
      const { ledger, coins } = start([alice])
      const buy = order(alice, 'buy', 100, { lots: 5 })
      const made = place(alice, coins[0]![0]!, [buy])
      const cancel = instruction(alice, [{ from: buy.terms }])
      expect(assemble(ledger, [cancel, made]).dropped).toMatchObject([
        { index: 0, error: { code: 'move.unknown_guard' } },
      ])
      includeAll(ledger, [made, cancel])
      expect(ledger.orders.isEmpty).toBe(false)
      expect(ledger.orders.liveOrders).toBe(0)
    })

    test('cancel wins over a fill of the same block, and an amendment too (R11)', () => {
      for (const to of [undefined, agentOrder('buy', 100, 20)]) {
        const { ledger, coins, buy } = funded()
        const sell = order(carol, 'sell', 100, { lots: 10 })
        includeAll(ledger, [place(carol, coins[1]![0]!, [sell])])
        const move = instruction(bob, [to ? { from: buy.terms, to } : { from: buy.terms }])
        const { execution } = includeAll(ledger, [move])
        expect(kindsOf(execution)).toEqual(['move'])
        expect(execution.batches).toMatchObject([{ volume: 0 }])
        const { execution: next } = includeAll(ledger, [])
        expect(next.batches[0]!.volume).toBe(to ? 10 : 0)
      }
    })

    test('A30: an owner has so many steps a block; what she has live buys more, cancels count apart', () => {
      const { ledger, home } = funded(RATIONED)
      const place = (i: number) =>
        instruction(bob, [{ from: home, amount: 2_000n, to: agentOrder('buy', 100 + i, 10) }])
      const orders = Array.from({ length: 6 }, (_, i) => place(i))
      const { execution, dropped } = assemble(ledger, orders)
      expect(dropped.map(({ error, retry }) => [error.code, retry])).toEqual([
        ['move.budget', true],
        ['move.budget', true],
      ])
      expect(execution.records.length).toBe(4)
      const rich = { ...BUDGET, unitsPerStep: 10_000n }
      const { ledger: more, home: there } = funded({
        ...RATIONED,
        exchange: { makerBps: 0, takerBps: 0, moveBudget: rich },
      })
      const steps = Array.from({ length: 9 }, (_, i) => ({
        from: there,
        amount: 400n,
        to: agentOrder('buy', 100 + i, 2),
      }))
      // 45,050 USD are live: four steps more than the base. One balance output serves one step of an instruction.
      const singles = steps.map(step => instruction(bob, [step]))
      expect(include(more, singles).codes).toEqual(['move.budget'])
      const cancels = steps.slice(0, 4).map(({ to }) => ({ from: to, to: there }))
      expectRefused(more, instruction(bob, cancels), 'move.budget')
      includeAll(more, [instruction(bob, cancels.slice(0, 3))])
    })

    test('a flood of tiny orders: dust, and amounts below the minimum', () => {
      const { ledger, home } = funded()
      expectRefused(ledger, instruction(bob, [{ from: home, amount: 9n, to: home }]), 'output.dust')
      const tiny = agentOrder('buy', 1, 2)
      expectRefused(ledger, instruction(bob, [{ from: home, amount: 1n, to: tiny }]), 'output.dust')
      const small = agentOrder('buy', 9, 2)
      expectRefused(ledger, instruction(bob, [{ from: home, amount: 17n, to: small }]), 'order.size')
    })

    test('sixteen steps of one signature', () => {
      const { ledger, coins } = start([alice])
      const made = Array.from({ length: 13 }, (_, i) => order(alice, 'buy', 10 + i, { lots: 5 }))
      includeAll(ledger, [place(alice, coins[0]![0]!, made)])
      const more = Array.from({ length: 3 }, (_, i) => order(alice, 'buy', 30 + i, { lots: 5 }))
      includeAll(ledger, [place(alice, coins[0]![1]!, more)])
      const steps = [...made, ...more].map(({ terms }) => ({ from: terms }))
      const { execution } = includeAll(ledger, [instruction(alice, steps)])
      const { transaction, outputIds } = describeRecord(execution.records[0]!)
      expect([transaction.kind, outputIds.length]).toEqual(['move', 32])
      expect(ledger.orders.liveOrders).toBe(0)
      // Not a whole transaction, so nobody can take the signed instruction for one.
      expect(decodeSignedTransaction(instruction(alice, steps).signed).ok).toBe(false)
    })

    test('orders of several owners are not moved by one signature', () => {
      const { ledger, coins, buy } = funded()
      const hers = order(carol, 'buy', 50, { lots: 5, agent: bob.address })
      includeAll(ledger, [place(carol, coins[1]![0]!, [hers])])
      expectRefused(ledger, instruction(bob, [{ from: buy.terms }, { from: hers.terms }]), 'move.owner')
      includeAll(ledger, [instruction(bob, [{ from: hers.terms }])])
    })
  })

  test(`${name}: terms are kept while something needs them, and no longer`, () => {
    const { ledger, coins } = start([alice])
    const last = order(alice, 'buy', 5, { lots: 2 }).terms
    const first = order(alice, 'sell', 90, {
      lots: 5,
      proceedsKind: 'chained',
      proceedsGuard: orderGuard(last),
    })
    includeAll(ledger, [place(alice, coins[0]![0]!, [first], [last])])
    expect(ledger.orders.holding(orderGuard(last))).toMatchObject({ references: 1, outputs: { size: 0 } })
    includeAll(ledger, [instruction(alice, [{ from: first.terms }])])
    expect(ledger.orders.holding(orderGuard(last))).toBeUndefined()
    expect(ledger.orders.holding(orderGuard(first.terms))).toBeUndefined()
  })
}
