import { amountFor, lotsOf } from '@omg/exchange'
import {
  type Address,
  address,
  amount,
  decodeInstruction,
  decodeSignedTransaction,
  encodeOrderTerms,
  fromHex,
  type Guard,
  type Hash,
  type Hex,
  instructionHash,
  isInstruction,
  type MarketTerms,
  marketId,
  OmgError,
  type OrderTerms,
  type OutputId,
  orderGuard,
  orderTermsProblem,
  outputId,
  recoverSigner,
  type SignedInstruction,
  type TxHash,
  toHex,
  transactionHash,
  unwrap,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@omg/protocol'
import { domain, type FakeNode, USD } from './fakeNode.ts'

/** ETH for test dollars: lots of 0.001 ETH, ticks of 0.01 USD. */
export const ETH_USD: MarketTerms = {
  base: ZERO_ADDRESS,
  quote: USD,
  lot: 10n ** 15n,
  tick: 10n,
  tier: 'bonded',
  minimumSize: 2n,
}
export const GOLD = address(`0x${'9'.repeat(40)}`)
export const GOLD_USD: MarketTerms = { ...ETH_USD, base: GOLD }

const REFUSED = 'Sign another one.'
const refuse = (code: string) => new OmgError(code, `refused: ${code}`, REFUSED)

interface Held {
  readonly terms: OrderTerms
  readonly outputs: { id: OutputId; token: Address; amount: bigint }[]
}

/** The orders of a fake node: it carries out what it is sent at once, by the rules of the ledger for one signature. */
export interface FakeExchange {
  /** By guard. */
  readonly held: Map<Guard, Held>
  /** Instructions that were carried out, in order. */
  readonly instructions: { hash: Hash; signed: SignedInstruction; signer: Address }[]
  /** Levels of the books, best first. */
  readonly books: Map<Hash, { bids: [price: bigint, lots: bigint][]; asks: [price: bigint, lots: bigint][] }>
  /** The live order under a guard. */
  order(guard: Guard): { lots: bigint; amount: bigint; terms: OrderTerms } | undefined
}

export function addExchange(
  node: FakeNode,
  markets: readonly MarketTerms[] = [ETH_USD, GOLD_USD],
): FakeExchange {
  const byId = new Map(markets.map(terms => [marketId(terms), terms]))
  const held = new Map<Guard, Held>()
  const exchange: FakeExchange = {
    held,
    instructions: [],
    books: new Map([...byId.keys()].map(id => [id, { bids: [], asks: [] }])),
    order(guard) {
      const found = held.get(guard)
      const market = found && byId.get(found.terms.market)
      const holds = found?.outputs[0]?.amount
      if (!found || !market || holds === undefined) return undefined
      return { terms: found.terms, amount: holds, lots: lotsOf(market, found.terms, holds) }
    },
  }

  const make = (terms: OrderTerms, output: { id: OutputId; token: Address; amount: bigint }) => {
    const market = byId.get(terms.market)
    if (terms.market !== ZERO_HASH) {
      if (!market) throw refuse('order.unknown_market')
      if (output.token !== (terms.side === 'buy' ? market.quote : market.base)) throw refuse('order.token')
      if (lotsOf(market, terms, output.amount) < market.minimumSize) throw refuse('order.size')
      if (held.has(orderGuard(terms))) throw refuse('order.duplicate')
    }
    const guard = orderGuard(terms)
    const outputs = held.get(guard)?.outputs ?? []
    held.set(guard, { terms, outputs: [...outputs, output] })
  }

  const takePay = (signed: Hex) => {
    const { transaction, witness } = unwrap(decodeSignedTransaction(fromHex(signed)))
    if (transaction.kind !== 'pay') return
    const hash = transactionHash(transaction, domain)
    const orders = transaction.outputs.flatMap((output, i) =>
      output.type === 'order' ? [{ output, i }] : [],
    )
    const problem = orderTermsProblem(
      orders.map(({ output }) => output.guard),
      witness.orderTerms,
    )
    if (problem) throw problem
    for (const [guard, { terms, outputs }] of held) {
      const left = outputs.filter(({ id }) => !transaction.inputs.includes(id))
      if (
        left.length < outputs.length &&
        unwrap(recoverSigner(hash, witness.signatures[0]!)) !== terms.owner
      ) {
        throw refuse('signature.wrong_signer')
      }
      if (left.length > 0) held.set(guard, { terms, outputs: left })
      else held.delete(guard)
    }
    for (const [n, { output, i }] of orders.entries()) {
      make(witness.orderTerms[n]!, { ...output, id: outputId(hash, i) })
    }
  }

  const known = new Map<Hash, object>()
  const takeInstruction = (bytes: Uint8Array) => {
    const signed = unwrap(decodeInstruction(bytes))
    const { instruction, witness } = signed
    const hash = instructionHash(instruction, domain)
    if (known.has(hash)) throw refuse('move.replayed')
    const guards = instruction.steps.map(({ to }) => to).filter(to => to !== ZERO_HASH)
    const problem = orderTermsProblem(guards, witness.orderTerms)
    if (problem) throw problem
    const signer = unwrap(recoverSigner(hash, witness.signatures[0]!))
    const before = structuredClone(held)
    try {
      carryOut(signed, hash, signer)
    } catch (error) {
      held.clear()
      for (const [guard, holding] of before) held.set(guard, holding)
      throw error
    }
    exchange.instructions.push({ hash, signed, signer })
    const txHash = hash as unknown as TxHash
    known.set(hash, { status: 'included', txHash, height: '7', error: null })
    return { txHash: null, instruction: hash }
  }

  const carryOut = ({ instruction, witness }: SignedInstruction, hash: Hash, signer: Address) => {
    const made: [OrderTerms, Held['outputs'][number]][] = []
    let renewed = 0
    for (const [i, step] of instruction.steps.entries()) {
      const next = step.to === ZERO_HASH ? undefined : witness.orderTerms[renewed++]!
      const holding = held.get(step.guard)
      if (!holding || holding.outputs.length === 0) throw refuse('move.stale_guard')
      const { terms, outputs } = holding
      if (signer !== terms.owner && signer !== terms.agent) throw refuse('signature.wrong_signer')
      if (next && next.owner !== terms.owner) throw refuse('move.owner')
      if (next && next.receiver !== terms.receiver) throw refuse('move.receiver')
      if (next && next.agent !== terms.agent) throw refuse('move.agent')
      if (!next && terms.market === ZERO_HASH) throw refuse('move.withdrawal')
      const market = next && byId.get(next.market)
      const token = market && (next.side === 'buy' ? market.quote : market.base)
      const wanted = outputs
        .filter(output => token === undefined || output.token === token)
        .sort((a, b) => (a.amount < b.amount ? 1 : -1))
      let total = 0n
      const used: typeof outputs = []
      for (const output of wanted) {
        if (used.length === 8 || (step.amount > 0n && total >= step.amount)) break
        used.push(output)
        total += output.amount
      }
      if (total === 0n || total < step.amount) throw refuse('move.amount')
      const left = outputs.filter(output => !used.includes(output))
      if (left.length > 0) held.set(step.guard, { terms, outputs: left })
      else held.delete(step.guard)
      const moved = step.amount === 0n ? total : step.amount
      const txHash = hash as unknown as TxHash
      const part = { token: used[0]!.token, amount: moved, id: outputId(txHash, 2 * i) }
      if (next) made.push([next, part])
      if (total > moved)
        made.push([terms, { ...part, amount: total - moved, id: outputId(txHash, 2 * i + 1) }])
    }
    // No step spends what another makes.
    for (const [terms, output] of made) make(terms, output)
  }

  const { omg_submit: submit } = node.handlers
  Object.assign(node.handlers, {
    omg_submit(params: Record<string, unknown>) {
      const bytes = fromHex(params.transaction as string)
      if (isInstruction(bytes)) return takeInstruction(bytes)
      const answer = submit!(params)
      takePay(params.transaction as Hex)
      return answer
    },
    omg_getInstruction({ hash }: { hash: Hash }) {
      return known.get(hash) ?? { status: 'unknown', txHash: null, height: null, error: null }
    },
    omg_getMarkets: () => ({
      markets: [...byId].map(([id, terms]) => {
        const { bids, asks } = exchange.books.get(id)!
        return {
          ...{ id, base: terms.base, quote: terms.quote, tier: terms.tier, state: 'active', orders: 0 },
          ...{ tick: `${terms.tick}`, lot: `${terms.lot}`, minimumSize: `${terms.minimumSize}` },
          ...{ makerBps: 10, takerBps: 20 },
          lastPrice: null,
          bestBid: bids[0] ? `${bids[0][0]}` : null,
          bestAsk: asks[0] ? `${asks[0][0]}` : null,
        }
      }),
    }),
    omg_getBook({ market, depth = 50 }: { market: Hash; depth?: number }) {
      const book = exchange.books.get(market)
      if (!book) throw refuse('request.not_found')
      const levels = (side: [bigint, bigint][]) =>
        side.slice(0, depth).map(([price, lots]) => ({ price: `${price}`, lots: `${lots}`, orders: 1 }))
      return { market, height: '5', lastPrice: null, bids: levels(book.bids), asks: levels(book.asks) }
    },
    omg_getOrders({ owner, market, cursor, limit = 2 }: Record<string, unknown>) {
      const all = [...held.keys()].filter(guard => {
        const { terms } = held.get(guard)!
        return exchange.order(guard) && terms.owner === owner && (!market || terms.market === market)
      })
      const start = Number(cursor ?? 0)
      const end = start + Number(limit)
      return { orders: all.slice(start, end).map(describe), cursor: end < all.length ? `${end}` : null }
    },
    omg_getOrder: ({ guard }: { guard: Guard }) => (exchange.order(guard) ? describe(guard) : null),
    /** A guard a page. */
    omg_getTradingBalances({ owner, cursor }: { owner: Address; cursor?: string }) {
      const guards = [...held].flatMap(([guard, { terms }]) => {
        return terms.market === ZERO_HASH && terms.owner === owner ? [guard] : []
      })
      const at = Number(cursor ?? 0)
      const page = guards.slice(at, at + 1).flatMap(guard => {
        const { terms, outputs } = held.get(guard)!
        return [...new Set(outputs.map(({ token }) => token))].map(token => {
          const own = outputs.filter(output => output.token === token)
          return {
            ...{ guard, terms: toHex(encodeOrderTerms(terms)), token },
            amount: `${own.reduce((sum, output) => sum + output.amount, 0n)}`,
            outputs: own.map(output => ({ id: output.id, amount: `${output.amount}`, position: null })),
          }
        })
      })
      return { balances: page, cursor: at + 1 < guards.length ? `${at + 1}` : null }
    },
    omg_getOutput({ outputId: id }: { outputId: OutputId }) {
      for (const [guard, { outputs }] of held) {
        const found = outputs.find(output => output.id === id)
        if (!found) continue
        return {
          ...{ id, type: 'order', guard, token: found.token, amount: `${found.amount}` },
          ...{ position: '1', height: '1', txHash: null, status: 'committed', locked: false },
        }
      }
      return node.findOutput(id)
    },
  })

  function describe(guard: Guard): object {
    const { terms, lots, amount: holds } = exchange.order(guard)!
    const [output] = held.get(guard)!.outputs
    return {
      ...{ guard, output: output!.id, market: terms.market, terms: toHex(encodeOrderTerms(terms)) },
      ...{ token: output!.token, amount: `${amount(holds)}`, lots: `${lots}`, height: '5', position: '9' },
      ...{ triggered: false, release: null },
    }
  }

  return exchange
}

/** What an order of these terms and lots holds. */
export const worth = (terms: OrderTerms, lots: bigint) => {
  return amountFor(terms.market === marketId(ETH_USD) ? ETH_USD : GOLD_USD, terms, lots)
}
