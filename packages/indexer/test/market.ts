import { amountFor } from '@omg/exchange'
import {
  type ExchangeView,
  Ledger,
  type LedgerParameters,
  type ListingFact,
  Listings,
  type StateTransition,
  seasoningOf,
} from '@omg/ledger'
import { type Account, account, coin, PARAMETERS, type Payment, PLAIN, USD } from '@omg/ledger/testing'
import {
  freshNonce,
  instruction,
  MARKET,
  MARKET_TERMS,
  order,
  orderOutput as outputOf,
  orderPayment as payment,
  type StepWish,
  trading,
} from '@omg/ledger/testing/orders'
import { type OrderTerms, type Output, type OutputId, orderGuard } from '@omg/protocol'
import { TestChain } from './chain.ts'
import type { ChainServer } from './server.ts'

export const EXCHANGE_PARAMETERS: LedgerParameters = {
  ...PARAMETERS,
  exchange: {
    makerBps: 5,
    takerBps: 20,
    moveBudget: { steps: 32, unitsPerStep: 1_000_000_000n, cancels: 256 },
  },
}

export { MARKET, MARKET_TERMS, trading }

/** Those of mainnet, in seconds. */
export const SEASONING_PARAMETERS = { maxSeasoning: 86_400, blobSeasoning: 900 }
const SEASONING = seasoningOf(SEASONING_PARAMETERS)
const FACTS: readonly ListingFact[] = [{ kind: 'listed', block: 5n, terms: MARKET_TERMS }]

export function exchangeAt(origin: bigint, originTime: bigint): ExchangeView {
  return new Listings(SEASONING, FACTS).at(origin, originTime)
}

/** Makes a server of a chain tell these facts like a node that has read them from Ethereum, `perPage` at a time. */
export function serveFacts(
  server: ChainServer,
  method: string,
  facts: readonly object[],
  perPage = 1_000,
): void {
  server.methods.set(method, ({ cursor }) => {
    const from = Number(cursor ?? 0)
    const page = facts.slice(from, from + perPage)
    const text = (_: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value)
    const next = page.length === perPage ? String(from + perPage) : null
    return { facts: JSON.parse(JSON.stringify(page, text)), cursor: next }
  })
}

export function serveListings(server: ChainServer): void {
  serveFacts(server, 'omg_getListings', FACTS)
}

export function exchangeChain<L extends StateTransition>(ledger: L): TestChain<L> {
  return new TestChain(ledger, exchangeAt)
}

/** An order without its output. */
export function orderTerms(
  owner: Account,
  side: OrderTerms['side'],
  limit: number,
  changes: Partial<OrderTerms> = {},
): OrderTerms {
  return order(owner, side, limit, { lots: Number(MARKET_TERMS.minimumSize), ...changes }).terms
}

/** The amount that makes so many lots. */
export function heldBy(terms: OrderTerms, lots: number): bigint {
  return amountFor(MARKET_TERMS, terms, BigInt(lots))
}

export function orderOutput(terms: OrderTerms, value: bigint): Output {
  return outputOf(terms, value, terms.side === 'buy' ? USD : PLAIN)
}

/** A PAY of one signer that makes orders or fills trading balances. */
export function orderPayment(
  signer: Account,
  inputs: readonly OutputId[],
  outputs: readonly Output[],
  terms: readonly OrderTerms[],
): Payment {
  return payment([signer], inputs, outputs, terms)
}

/** Numbers that are the same every time. */
function dice(seed: number): (sides: number) => number {
  let state = seed
  return sides => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * sides)
  }
}

/** People with `each` coins of 1,000,000 USD and 100,000 PLAIN; block 1 brings them in. */
export function fundTraders(chain: TestChain<StateTransition>, people: readonly Account[]): OutputId[][] {
  const outputs = people.flatMap(owner => [coin(owner, 1_000_000n, USD), coin(owner, 100_000n, PLAIN)])
  const ids = chain.deposit(outputs)
  chain.make([])
  return people.map((_, i) => ids.slice(2 * i, 2 * i + 2))
}

/**
 * A story of trading, always the same: trading balances, orders of every kind, cancels, amendments, reductions, batches that cut
 * orders into several SETTLEs, releases, and checkpoints.
 */
export function tellTradingStory(chain: TestChain<StateTransition>, blocks: number): void {
  const people = [1, 2, 3, 4, 5, 6].map(account)
  const coins = fundTraders(chain, people)
  chain.make(
    people.map((owner, i) => {
      const balance = trading(owner)
      const inside = [
        orderOutput({ ...balance, side: 'buy' }, 999_990n),
        orderOutput({ ...balance, side: 'sell' }, 100_000n),
      ]
      const guarded = inside.map(output => ({ ...output, guard: orderGuard(balance) }))
      return orderPayment(owner, coins[i]!, guarded, [balance, balance]).signed
    }),
  )
  const roll = dice(7)
  const open = new Map<Account, OrderTerms[]>(people.map(owner => [owner, []]))
  for (let block = 0; block < blocks; block++) {
    const signed = people.flatMap(owner =>
      roll(4) === 0 ? [] : [act(owner, open.get(owner)!, BigInt(chain.height), roll)],
    )
    chain.offer(signed, { closes: block % 7 === 6 })
  }
}

/** One instruction: an old order is taken back, reduced or amended, and new ones are placed. */
function act(
  owner: Account,
  open: OrderTerms[],
  height: bigint,
  roll: (sides: number) => number,
): Uint8Array {
  const steps: StepWish[] = []
  const old = open.length > 0 ? open.splice(roll(open.length), 1)[0] : undefined
  const chained: OrderTerms[] = []
  const fate = roll(3)
  if (old && fate === 0) steps.push({ from: old, amount: 0n, to: trading(owner) })
  else if (old && fate === 1 && old.proceedsKind !== 'chained') {
    const amended = { ...old, limit: old.limit + 1n, nonce: freshNonce() }
    steps.push({ from: old, amount: 0n, to: amended })
    open.push(amended)
  }
  const count = 1 + roll(2)
  for (let i = 0; i < count; i++) {
    const side = roll(2) === 0 ? 'buy' : 'sell'
    const limit = 95 + roll(8) + (side === 'buy' ? 0 : 2)
    const terms = orderTerms(owner, side, limit, kindOf({ owner, side, height }, roll, chained))
    steps.push({ from: trading(owner), amount: heldBy(terms, 2 + roll(40)), to: terms })
    open.push(terms)
  }
  return instruction(owner, steps, { chained }).signed
}

function kindOf(
  { owner, side, height }: { owner: Account; side: OrderTerms['side']; height: bigint },
  roll: (sides: number) => number,
  chained: OrderTerms[],
): Partial<OrderTerms> {
  switch (roll(9)) {
    case 0:
      return { timeInForce: 'immediateOrCancel', proceedsKind: 'trading' }
    case 1:
      return { timeInForce: 'fillOrKill', proceedsKind: 'trading' }
    case 2:
      return { postOnly: true }
    case 3:
      return { triggerKind: 'wakeAbove', triggerPrice: 100n, proceedsKind: 'trading' }
    case 4:
      return { expiryKind: 'height', expiry: height + 3n }
    case 5: {
      const next = orderTerms(owner, side === 'buy' ? 'sell' : 'buy', side === 'buy' ? 104 : 96)
      chained.push(next)
      return { proceedsKind: 'chained', proceedsGuard: orderGuard(next) }
    }
    case 6:
      return { selfTradePrevention: 'decrement', proceedsKind: 'trading' }
    default:
      return { proceedsKind: 'trading' }
  }
}

export function fastExchange(): TestChain {
  return exchangeChain(new Ledger(EXCHANGE_PARAMETERS))
}
