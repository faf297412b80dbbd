import { setTimeout as pause } from 'node:timers/promises'
import { amountFor } from '@omg/exchange'
import {
  type Address,
  type Amount,
  coinGuard,
  type Domain,
  encodeInstruction,
  encodeSignedTransaction,
  type Guard,
  type Hash,
  type Hex,
  instructionHash,
  type MarketTerms,
  marketId,
  type OrderTerms,
  type Output,
  type OutputId,
  orderGuard,
  type Pay,
  payDigest,
  signDigest,
  toHex,
  tradingTerms,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@omg/protocol'
import { depositErc20, depositEth, domainOf, listMarket } from '@omg/rootchain'
import { DEPLOYER, mintUsd, rootChainOf, testAccount, testPrivateKey } from '@omg/rootchain/testing'
import type { FaultNetwork } from './network.ts'

/** Test accounts. The one sells ether for test dollars, the other buys. */
const [SELLER, BUYER] = [14, 16]
const TRADERS = [SELLER, BUYER] as const
const ETH = 10n ** 18n
const PAYMENT_FEE = 1_000n * 10n ** 9n
/** What each has on the chain: the seller this and a fee's worth, the buyer the fee's worth and dollars. */
const TRADED_ETH = 20n * ETH
const FEES_ETH = ETH
const DOLLARS = 100_000n * 10n ** 6n
/** Outputs of a trading balance: so many orders can come from it in one block. */
const PARTS = 8
/** In ticks of 0.01 dollars. Bids cross asks by so much that the last price stands between: another one would show. */
const [ASK, BID] = [199_000, 201_000]
/** More is asked for than offered, in orders of one block and price: what they get is rationed, and not the same for both. */
const ASK_LOTS = [3n, 4n]
const BID_LOTS = [7n, 7n]
const MAX_FEE_BPS = 100
/** Seconds for which an instruction is good. */
const VALIDITY = 1_200n
const POLL_MILLISECONDS = 60
/** Looks at one validator, before the next is asked. */
const LOOKS = 25

interface Order {
  readonly terms: OrderTerms
  readonly guard: Guard
  readonly amount: bigint
}

interface Step {
  readonly from: Guard
  /** All of it where 0. */
  readonly amount: bigint
  readonly to: Pick<Order, 'terms' | 'guard'>
}

interface Listed {
  readonly guard: Guard
  readonly lots: string
}

/** Two who place, match and cancel orders without end: instructions, batches and settlements are in the blocks while things break. */
export class Traders {
  /** What they brought to the chain, by token. */
  readonly deposited: ReadonlyMap<Address, bigint>
  /** Rounds in which something was traded. */
  rounds = 0
  readonly #network: FaultNetwork
  readonly #domain: Domain
  readonly #market: MarketTerms
  readonly #onIncluded: (instruction: Hex) => unknown
  #nonces = 0n
  #turn = 0
  #running = false
  #done: Promise<void> = Promise.resolve()

  private constructor(network: FaultNetwork, market: MarketTerms, onIncluded: (instruction: Hex) => unknown) {
    this.#network = network
    this.#domain = domainOf(network.deployment)
    this.#market = market
    this.#onIncluded = onIncluded
    const ether = TRADED_ETH + 2n * FEES_ETH
    this.deposited = new Map([
      [ZERO_ADDRESS as Address, ether],
      [market.quote, DOLLARS],
    ])
  }

  /** Lists a market, deposits, and fills a trading balance for each. `onIncluded` hears of each instruction that is in a block. */
  static async start(network: FaultNetwork, onIncluded: (instruction: Hex) => unknown): Promise<Traders> {
    const { ethereum, deployment } = network
    const { usd } = deployment.testTokens!
    const quote = usd.toLowerCase() as Address
    // A lot is 0.001 ether.
    const units = { base: ZERO_ADDRESS as Address, quote, tick: 10n, lot: 10n ** 15n, minimumSize: 2n }
    const terms: MarketTerms = { ...units, tier: 'bonded' }
    const seller = async () => {
      const chain = rootChainOf(ethereum, deployment, SELLER)
      const sold = await depositEth(chain, { amount: TRADED_ETH + FEES_ETH })
      await traders.#fund(SELLER, [sold.id], { token: units.base, amount: TRADED_ETH })
    }
    const buyer = async () => {
      const chain = rootChainOf(ethereum, deployment, BUYER)
      await mintUsd(chain, DOLLARS)
      const fees = await depositEth(chain, { amount: FEES_ETH })
      const paid = await depositErc20(chain, { token: usd, amount: DOLLARS })
      await traders.#fund(BUYER, [fees.id, paid.id], { token: quote, amount: DOLLARS })
    }
    const traders = new Traders(network, terms, onIncluded)
    await Promise.all([listMarket(rootChainOf(ethereum, deployment, DEPLOYER), { terms }), seller(), buyer()])
    return traders
  }

  get owners(): readonly Address[] {
    return TRADERS.map(addressOf)
  }

  resume(): void {
    this.#running = true
    this.#done = this.#trade()
  }

  async pause(): Promise<void> {
    this.#running = false
    await this.#done
  }

  async #trade(): Promise<void> {
    while (this.#running) {
      await Promise.all(TRADERS.map(who => this.#cancelAll(who)))
      const asks = ASK_LOTS.map(lots => this.#order(SELLER, 'sell', ASK, lots))
      const bids = BID_LOTS.map(lots => this.#order(BUYER, 'buy', BID, lots))
      const placed = await Promise.all([this.#place(SELLER, asks), this.#place(BUYER, bids)])
      if (placed.every(Boolean) && (await this.#hasTraded(bids))) this.rounds++
    }
  }

  #place(who: number, orders: readonly Order[]): Promise<boolean> {
    const steps = orders.map(order => ({ from: fundsOf(who).guard, amount: order.amount, to: order }))
    return this.#instruct(who, steps)
  }

  /** Back into the trading balance. What trades meanwhile is no order any more, and the next round sees to what is left. */
  async #cancelAll(who: number): Promise<void> {
    const orders = await this.#ordersOf(who)
    const funds = fundsOf(who)
    if (orders && orders.length > 0)
      await this.#instruct(
        who,
        orders.map(({ guard }) => ({ from: guard, amount: 0n, to: funds })),
      )
  }

  async #hasTraded(bids: readonly Order[]): Promise<boolean> {
    for (let i = 0; i < LOOKS && this.#running; i++) {
      const live = await this.#ordersOf(BUYER)
      const left = (live ?? []).reduce((sum, { lots }) => sum + BigInt(lots), 0n)
      const isOurs = live?.some(({ guard }) => bids.some(bid => bid.guard === guard))
      if (isOurs && left < BID_LOTS.reduce((sum, lots) => sum + lots)) return true
      await pause(POLL_MILLISECONDS)
    }
    return false
  }

  async #ordersOf(who: number): Promise<readonly Listed[] | undefined> {
    const through = this.#turn % this.#network.count
    const owner = addressOf(who)
    const page = await this.#network.call<{ orders: Listed[] }>(through, 'omg_getOrders', { owner })
    if (!page) this.#turn++
    return page?.orders
  }

  /** Signs once, and sends until it is in a block or was refused by all: one that is not answered is sent again, to another validator. */
  async #instruct(who: number, steps: readonly Step[]): Promise<boolean> {
    const { timestamp } = await this.#network.ethereum.client.getBlock()
    const nonce = ++this.#nonces
    const wishes = steps.map(({ from, amount, to }) => ({
      guard: from,
      amount: amount as Amount,
      to: to.guard,
    }))
    const instruction = { steps: wishes, validUntil: timestamp + VALIDITY, nonce }
    const hash = instructionHash(instruction, this.#domain)
    const signatures = [signDigest(hash, testPrivateKey(who))]
    const orderTerms = steps.map(({ to }) => to.terms)
    const hex = toHex(encodeInstruction({ instruction, witness: { signatures, orderTerms, swapTerms: [] } }))
    for (let tries = 0; tries < this.#network.count && this.#running; tries++) {
      const through = this.#turn % this.#network.count
      await this.#network.call(through, 'omg_submit', [hex])
      if (await this.#isIncluded(through, hash)) {
        this.#onIncluded(hash)
        return true
      }
      this.#turn++
    }
    return false
  }

  async #isIncluded(through: number, hash: Hash): Promise<boolean> {
    for (let i = 0; i < LOOKS; i++) {
      const known = await this.#network.call<{ status: string }>(through, 'omg_getInstruction', [hash])
      if (known?.status === 'included' || known?.status === 'committed') return true
      if (known?.status !== 'pending') return false
      await pause(POLL_MILLISECONDS)
    }
    return false
  }

  #order(who: number, side: OrderTerms['side'], limit: number, lots: bigint): Order {
    const owner = addressOf(who)
    const terms: OrderTerms = {
      ...tradingTerms(owner, ZERO_ADDRESS, owner),
      ...{ market: marketId(this.#market), side, limit: BigInt(limit), maxFeeBps: MAX_FEE_BPS },
      nonce: `0x${(++this.#nonces).toString(16).padStart(64, '0')}` as Hash,
    }
    return { terms, guard: orderGuard(terms), amount: amountFor(this.#market, terms, lots) }
  }

  /** One payment puts deposits into a trading balance, in parts; the rest of the ether pays for it and stays. */
  async #fund(
    who: number,
    inputs: readonly OutputId[],
    { token, amount }: { readonly token: Address; readonly amount: bigint },
  ): Promise<void> {
    const { guard, terms } = fundsOf(who)
    const part = { type: 'order', guard, token, amount: (amount / BigInt(PARTS)) as Amount } as const
    const change: Output = {
      ...{ type: 'coin', guard: coinGuard(addressOf(who)), token: ZERO_ADDRESS },
      amount: (FEES_ETH - PAYMENT_FEE) as Amount,
    }
    const outputs = [...Array.from({ length: PARTS }, () => part), change]
    const transaction: Pay = { kind: 'pay', inputs, outputs, validUntil: 10n ** 12n, memo: ZERO_HASH }
    const signatures = [signDigest(payDigest(transaction, this.#domain), testPrivateKey(who))]
    const orderTerms = Array.from({ length: PARTS }, () => terms)
    const hex = toHex(
      encodeSignedTransaction({ transaction, witness: { signatures, orderTerms, swapTerms: [] } }),
    )
    await this.#network.until(async () => {
      await this.#network.call(0, 'omg_submit', [hex])
      const owner = addressOf(who)
      const known = await this.#network.call<{ balances: unknown[] }>(0, 'omg_getTradingBalances', { owner })
      return known !== undefined && known.balances.length > 0
    }, `the trading balance of account ${who}`)
  }
}

/** The trading balance of an account. */
function fundsOf(who: number): { readonly guard: Guard; readonly terms: OrderTerms } {
  const owner = addressOf(who)
  const terms = tradingTerms(owner, ZERO_ADDRESS, owner)
  return { terms, guard: orderGuard(terms) }
}

function addressOf(account: number): Address {
  return testAccount(account).address.toLowerCase() as Address
}
