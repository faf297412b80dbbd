import { NO_LOCKED_OUTPUTS, ReferenceLedger } from '@omg/ledger'
import { encodeOrderTerms, type Hex, toHex, ZERO_ADDRESS } from '@omg/protocol'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { encodeRecord } from '../src/application/record.ts'
import { encodeBundle } from '../src/mempool/bundle.ts'
import { decodeResults } from '../src/rpc/bundle.ts'
import {
  DEPLOYMENT,
  FEE,
  ownerOf,
  pay,
  type TestNode,
  temporaryDirectory,
  testNode,
  UNIT,
} from './harness.ts'
import { balance, instruct, MARKET, MARKET_TERMS, order, place, type TestOrder, TOKEN } from './orders.ts'

const ETH = 10n ** 18n
const TOKENS = 1_000_000n
let directory: ReturnType<typeof temporaryDirectory>
let node: TestNode

beforeEach(async () => {
  directory = temporaryDirectory()
  node = await testNode({ directory: directory.path })
})
afterEach(async () => {
  await node.close()
  directory.remove()
})

const submit = (hex: string) => node.call('omg_submit', [hex])
const orders = () => node.services.ledger.orders
const live = ({ guard }: TestOrder) => orders().holding(guard)?.live
const idle = () => node.until(() => !node.application.hasWork(), 'nothing is left to do')

/** A listed market; owner 1 has ETH, owner 2 has TOKEN and ETH. */
async function openMarket() {
  node.ethereum.list(MARKET_TERMS)
  const [eth, token, fees] = node.ethereum.depositMany([
    { owner: ownerOf(1), amount: ETH },
    { owner: ownerOf(2), amount: TOKENS, token: TOKEN },
    { owner: ownerOf(2), amount: ETH },
  ])
  await node.until(() => node.services.ledger.tip.inboxCursor === 3n, 'the deposits are in')
  return { eth: eth!, token: token!, fees: fees! }
}

/** Owner 1 buys with her ETH. */
async function buy(coin: Hex, wanted: TestOrder) {
  const change = [{ amount: ETH - wanted.output.amount - FEE }]
  await submit(place({ from: 1, inputs: [coin as never], orders: [wanted], change }).hex)
  await node.until(() => live(wanted) !== undefined, 'the buy order stands')
}

/** Owner 2 sells her TOKEN. */
async function sell(coins: { token: Hex; fees: Hex }, offered: TestOrder) {
  const change = [{ amount: ETH - FEE }, { token: TOKEN, amount: TOKENS - offered.output.amount }]
  const inputs = [coins.fees as never, coins.token as never]
  await submit(place({ from: 2, inputs, orders: [offered], change }).hex)
}

/** A trading balance of owner 1 with an agent. */
async function fundAgent(coin: Hex, agent: number): Promise<TestOrder> {
  const funds = balance(1, ZERO_ADDRESS, ETH / 2n, agent)
  const change = [{ amount: ETH / 2n - FEE }]
  await submit(place({ from: 1, inputs: [coin as never], orders: [funds], change }).hex)
  await node.until(() => orders().holding(funds.guard) !== undefined, 'the balance is there')
  return funds
}

describe('orders on a node', () => {
  test('two of them trade at one price, the sides get what they are due, and an idle book makes no block', async () => {
    const coins = await openMarket()
    const bid = order(1, 'buy', 30, 10)
    await buy(coins.eth, bid)
    await idle()
    expect(await node.call('omg_getBook', { market: MARKET.id })).toMatchObject({
      lastPrice: null,
      bids: [{ price: '30', lots: '10', orders: 1 }],
      asks: [],
    })
    await sell(coins, order(2, 'sell', 20, 4))
    await node.until(() => live(bid)?.order.lots === 6, 'they trade')
    expect(orders().lastPrice(MARKET.id)).toBe(25)
    await idle()

    expect(await node.call('omg_getMarkets')).toMatchObject({
      markets: [{ id: MARKET.id, state: 'active', lastPrice: '25', bestBid: '30', bestAsk: null, orders: 1 }],
      makerBps: 0,
      takerBps: 0,
    })
    const tokens = await node.call('omg_getBalances', { owner: ownerOf(1) })
    expect(tokens).toMatchObject({
      balances: expect.arrayContaining([
        { token: TOKEN, amount: '4000', outputs: 1, locked: { amount: '0', outputs: 0 } },
      ]),
    })
    const paid = await node.call('omg_getBalances', { owner: ownerOf(2) })
    const amount = String(ETH - FEE + 4n * 25n * UNIT)
    expect(paid).toMatchObject({
      balances: expect.arrayContaining([expect.objectContaining({ token: ZERO_ADDRESS, amount })]),
    })
  })

  test('what they trade for can be spent, and taken to Ethereum', async () => {
    const coins = await openMarket()
    const bid = order(1, 'buy', 30, 10)
    await buy(coins.eth, bid)
    await sell(coins, order(2, 'sell', 20, 4))
    await node.until(() => live(bid)?.order.lots === 6, 'they trade')
    const { outputs } = (await node.call('omg_getOutputs', { owner: ownerOf(1), token: TOKEN })) as {
      outputs: { id: Hex; txHash: Hex }[]
    }
    const proceeds = outputs[0]!
    expect(await node.call('omg_getTransaction', [proceeds.txHash])).toMatchObject({
      transaction: { kind: 'settle', inputs: [expect.any(String), expect.any(String)] },
    })
    const isCommitted = async () => {
      const proof = await node.call('omg_getExitProof', [proceeds.id]).catch(() => undefined)
      return (proof as { committed: boolean } | undefined)?.committed === true
    }
    await node.until(isCommitted, 'the trade is committed')
    expect(await node.call('omg_getExitProof', [proceeds.id])).toMatchObject({
      output: { type: 'coin', token: TOKEN, amount: '4000' },
    })
    const eth = node.ethereum.deposit(ownerOf(1), ETH)
    await node.until(() => node.services.outputs.get(eth) !== undefined, 'the fee')
    const outs = [
      { to: 3, amount: 4_000n, token: TOKEN },
      { to: 1, amount: ETH - FEE },
    ]
    const spend = pay({ from: 1, inputs: [proceeds.id as never, eth], outputs: outs })
    await submit(spend.hex)
    await node.until(() => node.services.outputs.get(spend.outputs[0]!) !== undefined, 'they are spent')
    expect(await node.call('omg_getSpend', [proceeds.id])).toMatchObject({
      txHash: spend.hash,
      inputIndex: 0,
    })
    // Spent, and still known as what it was.
    expect(await node.call('omg_getExitProof', [proceeds.id])).toMatchObject({ output: { amount: '4000' } })
  })

  test('instructions place, amend and cancel from a trading balance, and say where they stand', async () => {
    const { eth } = await openMarket()
    const funds = await fundAgent(eth, 7)
    expect(await node.call('omg_getTradingBalances', { owner: ownerOf(1) })).toMatchObject({
      balances: [{ guard: funds.guard, token: ZERO_ADDRESS, amount: String(ETH / 2n), outputCount: 1 }],
      cursor: null,
    })
    const agent = { agent: ownerOf(7), proceedsKind: 'trading' as const }
    const first = order(1, 'buy', 30, 10, agent)
    const placed = instruct(7, [{ from: funds.guard, amount: first.output.amount, to: first }])
    expect(await submit(placed.hex)).toEqual({ txHash: null, instruction: placed.hash })
    await node.until(() => live(first) !== undefined, 'the order stands')
    const state = (await node.call('omg_getInstruction', [placed.hash])) as { txHash: Hex; status: string }
    expect(['included', 'committed']).toContain(state.status)
    expect(await node.call('omg_getTransaction', [state.txHash])).toMatchObject({
      transaction: { kind: 'move' },
    })
    expect(await node.call('omg_getOrder', { guard: first.guard })).toMatchObject({
      guard: first.guard,
      terms: toHex(encodeOrderTerms(first.terms)),
      lots: '10',
      token: ZERO_ADDRESS,
      amount: String(first.output.amount),
      triggered: false,
      release: null,
    })

    const second = order(1, 'buy', 31, 9, agent)
    await submit(instruct(7, [{ from: first.guard, to: second }]).hex)
    await node.until(() => live(second) !== undefined, 'the order is amended')
    expect(await node.call('omg_getOrder', { guard: first.guard })).toBeNull()
    const cancel = instruct(1, [{ from: second.guard }])
    await submit(cancel.hex)
    await node.until(() => live(second) === undefined, 'the order is cancelled')
    expect(await node.call('omg_getOrders', { owner: ownerOf(1) })).toEqual({ orders: [], cursor: null })
    // Included already: it cannot be replayed, and means nothing any more.
    await expect(submit(cancel.hex)).rejects.toMatchObject({ code: expect.stringMatching(/^move\./) })
    await node.until(async () => {
      const { status } = (await node.call('omg_getInstruction', [cancel.hash])) as { status: string }
      return status === 'committed'
    }, 'the cancel is committed')
    expect(await node.call('omg_getInstruction', [`0x${'00'.repeat(32)}`])).toMatchObject({
      status: 'unknown',
    })
  })

  test('A38b: an agent cannot withdraw; strangers cannot do anything', async () => {
    const { eth } = await openMarket()
    const funds = await fundAgent(eth, 7)
    const stolen = instruct(7, [{ from: funds.guard }])
    await expect(submit(stolen.hex)).rejects.toMatchObject({ code: 'move.withdrawal' })
    const foreign = instruct(8, [{ from: funds.guard, to: order(1, 'buy', 30, 10, { agent: ownerOf(7) }) }])
    await expect(submit(foreign.hex)).rejects.toMatchObject({ code: 'signature.wrong_signer' })
    const unknown = instruct(1, [{ from: order(1, 'buy', 1, 2).guard }])
    await expect(submit(unknown.hex)).rejects.toMatchObject({ code: 'move.unknown_guard' })
    expect(await node.call('omg_getInstruction', [unknown.hash])).toMatchObject({ status: 'unknown' })
  })

  test('bundles carry payments and instructions; each is answered by itself', async () => {
    const { eth, fees } = await openMarket()
    const funds = await fundAgent(eth, 7)
    const wanted = order(1, 'buy', 30, 10, { agent: ownerOf(7) })
    const placed = instruct(7, [{ from: funds.guard, amount: wanted.output.amount, to: wanted }])
    const payment = pay({ from: 2, inputs: [fees], outputs: [{ to: 3, amount: ETH - FEE }] })
    const refused = instruct(7, [{ from: funds.guard }])
    const body = encodeBundle([placed.bytes, payment.bytes, refused.bytes]) as Uint8Array<ArrayBuffer>
    const response = await fetch(`${node.url}/bundle`, { method: 'POST', body })
    expect(decodeResults(new Uint8Array(await response.arrayBuffer()))).toEqual([
      { txHash: null, instruction: placed.hash },
      { txHash: payment.hash },
      { error: expect.objectContaining({ code: 'move.withdrawal' }) },
    ])
    const again = await node.call('omg_submitMany', [[placed.hex]])
    expect(again).toMatchObject([{ error: { code: expect.stringMatching(/^(mempool\.duplicate|move\.)/) } }])
  })

  test('a halted market: nothing new, no batch; a closed one gives everything back', async () => {
    const coins = await openMarket()
    const bid = order(1, 'buy', 30, 10)
    await buy(coins.eth, bid)
    node.ethereum.setState(MARKET.id, 'cancelOnly')
    const isState = async (state: string) => {
      const { markets } = (await node.call('omg_getMarkets')) as { markets: { state: string }[] }
      return markets[0]!.state === state
    }
    await node.until(() => isState('cancelOnly'), 'the chain has seen the halt')
    await expect(sell(coins, order(2, 'sell', 20, 4))).rejects.toMatchObject({ code: 'order.halted' })
    expect(live(bid)?.order.lots).toBe(10)
    node.ethereum.setState(MARKET.id, 'closed')
    await node.until(() => live(bid) === undefined, 'the order went back')
    const { balances } = (await node.call('omg_getBalances', { owner: ownerOf(1) })) as {
      balances: { amount: string }[]
    }
    expect(balances).toMatchObject([{ amount: String(ETH - FEE) }])
  })

  test('orders, their index and the last price are there after a restart, from the tables and from the log', async () => {
    const coins = await openMarket()
    const [bid, deep] = [order(1, 'buy', 30, 10), order(1, 'buy', 10, 50)]
    const change = [{ amount: ETH - bid.output.amount - deep.output.amount - FEE }]
    await submit(place({ from: 1, inputs: [coins.eth], orders: [bid, deep], change }).hex)
    await sell(coins, order(2, 'sell', 20, 4))
    await node.until(() => live(bid)?.order.lots === 6, 'they trade')
    await idle()
    for (const flushOperations of [1, 1_000_000]) {
      const [tip, hash] = [node.services.ledger.tip, orders().hash]
      const book = await node.call('omg_getBook', { market: MARKET.id })
      const listed = await node.call('omg_getOrders', { owner: ownerOf(1) })
      await node.close()
      node = await testNode({ directory: directory.path, ethereum: node.ethereum, flushOperations })
      expect(node.services.ledger.tip.height).toBeGreaterThanOrEqual(tip.height)
      expect(orders().hash).toBe(hash)
      expect(await node.call('omg_getOrders', { owner: ownerOf(1) })).toEqual(listed)
      expect(await node.call('omg_getBook', { market: MARKET.id })).toMatchObject({
        ...(book as object),
        height: expect.any(String),
      })
    }
  })

  test('a deposit under a guard that nobody knows stops no node, running or restarted', async () => {
    const { eth } = await openMarket()
    const strange = order(1, 'buy', 30, 10)
    const [id] = node.ethereum.depositMany([{ owner: ownerOf(1), amount: ETH, guard: strange.guard }])
    const isIn = () => node.services.ledger.tip.inboxCursor === 4n
    await node.until(isIn, 'the deposit is in')
    await idle()
    expect(node.services.engine().stalled).toBeUndefined()
    for (const flushOperations of [1, 1_000_000]) {
      await node.close()
      node = await testNode({ directory: directory.path, ethereum: node.ethereum, flushOperations })
      expect(isIn()).toBe(true)
      expect(orders().holding(strange.guard)).toMatchObject({ outputs: new Map([[id, expect.anything()]]) })
    }
    await buy(eth, order(1, 'buy', 30, 10))
  })

  test('the plain ledger comes to the same app hashes from the blocks and the listings alone', async () => {
    const coins = await openMarket()
    const bid = order(1, 'buy', 30, 10)
    await buy(coins.eth, bid)
    await sell(coins, order(2, 'sell', 20, 4))
    await node.until(() => live(bid)?.order.lots === 6, 'they trade')
    await submit(instruct(1, [{ from: bid.guard }]).hex)
    await node.until(() => live(bid) === undefined, 'the rest is cancelled')
    const { parameters, blocks, pool, view, ledger } = node.services
    const plain = new ReferenceLedger(parameters)
    for (let height = 1n; height <= ledger.tip.height; height++) {
      const { block } = (await blocks.block(height))!
      const batch = await pool.map(block.body, block.bounds)
      const { origin, originTime } = block
      const executed = plain.executeBlock(
        block,
        batch,
        view.locked(origin),
        view.exchange(origin, originTime),
      )
      if (!executed.ok) throw executed.error
      plain.applyBlock(executed.value)
      expect(plain.tip.appHash).toBe(block.appHash)
    }
  })

  test('trading fees are in the lanes of the checkpoint and come to the stakers', async () => {
    await node.close()
    const settings = { 'exchange.makerBps': 10, 'exchange.takerBps': 100 }
    directory.remove()
    directory = temporaryDirectory()
    node = await testNode({ directory: directory.path, settings })
    const coins = await openMarket()
    const bid = order(1, 'buy', 1_000, 10)
    await buy(coins.eth, bid)
    await idle()
    await sell(coins, order(2, 'sell', 1_000, 10))
    await node.until(() => live(bid) === undefined, 'they trade')
    // 10 lots for 1000 gwei: 10 gwei of the maker, 100 of the taker, beside the fees of two payments.
    const collected = async () => {
      const answer = await node.call('omg_getBalances', { owner: DEPLOYMENT.rewards })
      const { balances } = answer as { balances: { amount: string }[] }
      return BigInt(balances[0]?.amount ?? 0)
    }
    // The fees of a checkpoint are paid out by the next, which any payment opens.
    const more = node.ethereum.deposit(ownerOf(5), ETH)
    await node.until(() => node.services.outputs.get(more) !== undefined, 'a later checkpoint')
    await node.until(async () => (await collected()) === 2n * FEE + 110n * UNIT, 'the fees')
  })

  test('R9: orders of a market with seasoning wait for it, and a batch before its time is refused', async () => {
    const terms = { ...MARKET_TERMS, tier: 'guarded' as const }
    const id = node.ethereum.list(terms)
    const coins = await openMarket()
    const bid = order(1, 'buy', 30, 10, { market: id })
    await buy(coins.eth, bid)
    const ask = order(2, 'sell', 20, 10, { market: id })
    await sell(coins, ask)
    await node.until(() => live(ask) !== undefined, 'both stand, crossed')
    await idle()
    expect(live(bid)?.order.lots).toBe(10)

    // Somebody proposes their trade before they are seasoned.
    const { ledger, view } = node.services
    const { tip } = ledger
    const early = { ...view.exchange(tip.origin, tip.originTime), isSeasoned: () => true }
    const { originHash, originTime, checkpoint } = tip
    const { execution } = ledger.assembleBlock([], {
      ...{ height: tip.height + 1n, time: tip.time, origin: tip.origin, originHash, originTime, checkpoint },
      ...{ closes: false, daMode: tip.daMode, deposits: [], locked: NO_LOCKED_OUTPUTS, exchange: early },
    })
    expect(execution.batches).toMatchObject([{ volume: 10 }])
    const txs = [encodeRecord({ block: execution.block, seals: [] })]
    const proposal = { height: tip.height + 1n, time: tip.time, txs }
    expect(await node.application.processProposal(proposal)).toEqual({ accept: false, reason: 'block.batch' })

    // Time passes on Ethereum, and nobody sends anything.
    for (let second = 0; second < 30; second++) node.ethereum.mine()
    await node.until(() => live(bid) === undefined && live(ask) === undefined, 'they trade')
  })

  test('orders that expire by the time of Ethereum go back although nobody sends anything', async () => {
    const { eth } = await openMarket()
    const expiry = node.ethereum.head.timestamp + 20n
    const bid = order(1, 'buy', 30, 10, { expiryKind: 'time', expiry })
    await buy(eth, bid)
    await idle()
    for (let second = 0; second < 25; second++) node.ethereum.mine()
    await node.until(() => live(bid) === undefined, 'it went back')
    const { balances } = (await node.call('omg_getBalances', { owner: ownerOf(1) })) as {
      balances: { amount: string }[]
    }
    expect(balances).toMatchObject([{ amount: String(ETH - FEE) }])
  })

  test('lists come in pages that end, and say what Ethereum said', async () => {
    const { eth } = await openMarket()
    const bids = [order(1, 'buy', 10, 50), order(1, 'buy', 11, 50), order(1, 'buy', 12, 50)]
    const spent = bids.reduce((sum, { output }) => sum + output.amount, 0n)
    await submit(place({ from: 1, inputs: [eth], orders: bids, change: [{ amount: ETH - spent - FEE }] }).hex)
    await node.until(() => live(bids[2]!) !== undefined, 'they stand')
    const read = async <Item>(name: string, list: string, params: object): Promise<Item[]> => {
      const items: Item[] = []
      let cursor: string | null = null
      do {
        const page = (await node.call(name, { ...params, cursor, limit: 1 })) as Record<string, unknown>
        items.push(...(page[list] as Item[]))
        cursor = page.cursor as string | null
      } while (cursor !== null)
      return items
    }
    const found = await read<{ guard: string }>('omg_getOrders', 'orders', { owner: ownerOf(1) })
    expect(found.map(({ guard }) => guard)).toEqual(bids.map(({ guard }) => guard).sort())
    const elsewhere = { owner: ownerOf(1), market: `0x${'12'.repeat(32)}` }
    expect(await node.call('omg_getOrders', elsewhere)).toEqual({ orders: [], cursor: null })
    await expect(node.call('omg_getBook', { market: elsewhere.market })).rejects.toMatchObject({
      code: 'request.not_found',
    })
    expect(await node.call('omg_getBook', { market: MARKET.id, depth: 2 })).toMatchObject({
      bids: [{ price: '12' }, { price: '11' }],
    })

    const [first, ...later] = await read<{ kind: string }>('omg_getListings', 'facts', {})
    const { base, quote, tier } = MARKET_TERMS
    const [tick, lot, minimumSize] = [MARKET_TERMS.tick, MARKET_TERMS.lot, MARKET_TERMS.minimumSize].map(
      String,
    )
    expect(first).toEqual({
      kind: 'listed',
      block: '1',
      terms: { base, quote, tick, lot, tier, minimumSize },
    })
    expect(new Set(later.map(({ kind }) => kind))).toEqual(new Set(['accepted']))
    node.ethereum.startExit(eth)
    await node.until(async () => (await read('omg_getLocks', 'facts', {})).length > 0, 'the exit is seen')
    expect(await read('omg_getLocks', 'facts', {})).toMatchObject([{ kind: 'exit', outputId: eth }])
    for (const cursor of ['1', '-1', '1-x']) {
      await expect(node.call('omg_getListings', { cursor })).rejects.toMatchObject({ code: 'request.params' })
    }
  })
})
