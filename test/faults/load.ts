import { setTimeout as pause } from 'node:timers/promises'
import {
  type Address,
  type Amount,
  coinGuard,
  type Domain,
  encodeSignedTransaction,
  type Hex,
  type OutputId,
  outputId,
  type Pay,
  payDigest,
  signDigest,
  toHex,
  transactionHash,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@omg/protocol'
import { depositEth, domainOf } from '@omg/rootchain'
import { rootChainOf, testAccount, testPrivateKey } from '@omg/rootchain/testing'
import type { FaultNetwork, Status } from './network.ts'
import { Traders } from './traders.ts'

const ETH = 10n ** 18n
const FEE = 1_000n * 10n ** 9n
/** Test accounts that deposit and pay themselves. */
const PAYERS = [10, 11, 12, 13]
const PAUSE_MILLISECONDS = 60

interface Held {
  readonly token: string
  readonly amount: string
}

/** A payment or an instruction that some validator has had in a block, and how a node is asked for it. */
interface Included {
  readonly method: 'omg_getTransaction' | 'omg_getInstruction'
  readonly hash: Hex
}

/** What was so on all members after a fault. */
export interface Found {
  readonly height: number
  readonly appHash: string
  /** Payments and instructions that ever were in a block: all of them are known. */
  readonly transactions: number
  /** Rounds of orders that were traded. */
  readonly trades: number
}

interface Coin {
  readonly account: number
  id: OutputId
  amount: bigint
}

/** Payments and trades without end through whichever validator answers, and what must be true of them afterwards. */
export class Load {
  readonly included: Included[]
  readonly #network: FaultNetwork
  readonly #domain: Domain
  readonly #coins: Coin[]
  readonly #traders: Traders
  #running = true
  #done: Promise<unknown> = Promise.resolve()

  private constructor(network: FaultNetwork, coins: Coin[], traders: Traders, included: Included[]) {
    this.#network = network
    this.#domain = domainOf(network.deployment)
    this.#coins = coins
    this.#traders = traders
    this.included = included
  }

  static async start(network: FaultNetwork): Promise<Load> {
    const deposit = async (account: number): Promise<Coin> => {
      const rootChain = rootChainOf(network.ethereum, network.deployment, account)
      const { id } = await depositEth(rootChain, { owner: addressOf(account), amount: ETH })
      return { account, id, amount: ETH }
    }
    const included: Included[] = []
    const [coins, traders] = await Promise.all([
      Promise.all(PAYERS.map(deposit)),
      Traders.start(network, hash => included.push({ method: 'omg_getInstruction', hash })),
    ])
    const isThere = async (id: OutputId) => (await network.call(0, 'omg_getOutput', [id])) !== undefined
    for (const { id } of coins) await network.until(() => isThere(id), 'a deposit on the chain')
    const load = new Load(network, coins, traders, included)
    load.resume()
    return load
  }

  resume(): void {
    this.#running = true
    this.#done = Promise.all(this.#coins.map(coin => this.#pay(coin)))
    this.#traders.resume()
  }

  async pause(): Promise<void> {
    this.#running = false
    await Promise.all([this.#done, this.#traders.pause()])
  }

  /** Waits for so many payments and instructions more: the chain is alive, and takes them. */
  async more(count: number): Promise<void> {
    const wanted = this.included.length + count
    await this.#network.until(async () => this.included.length >= wanted, `${count} transactions more`)
  }

  /** Waits until orders trade. */
  async moreTrades(): Promise<void> {
    const traders = this.#traders
    const wanted = traders.rounds + 1
    await this.#network.until(async () => traders.rounds >= wanted, 'orders trade')
  }

  /**
   * After a fault, with everybody back: orders trade, one height, one app hash, nothing lost that ever was in a block, and the supply of both
   * tokens exact on each validator. A node that began later must have what came since then. Throws what is not so.
   */
  async check(late?: { readonly node: number; readonly since: number }): Promise<Found> {
    await this.moreTrades()
    await this.pause()
    const members = [...this.#network.all, ...(late ? [late.node] : [])]
    const { height, appHash } = await this.#atOneHeight(members)
    for (const i of members) {
      const lost = await this.#lostAt(i, i === late?.node ? late.since : 0)
      if (lost.length > 0)
        throw new Error(`${lost.length} transactions are lost at ${i}, ${lost[0]} the first`)
      await this.#checkSupply(i)
    }
    this.resume()
    return {
      height: Number(height),
      appHash,
      transactions: this.included.length,
      trades: this.#traders.rounds,
    }
  }

  /** Waits until they stand at one height with nothing left to do, and must have one app hash there. */
  async #atOneHeight(members: readonly number[]): Promise<Status> {
    let statuses: (Status | undefined)[] = []
    await this.#network.until(async () => {
      statuses = await Promise.all(members.map(i => this.#network.status(i)))
      const [first] = statuses
      const isIdle = (status: Status | undefined) => status?.mempool.transactions === 0
      return statuses.every(status => status?.height === first?.height && isIdle(status))
    }, 'one height')
    const hashes = new Set(statuses.map(status => status!.appHash))
    if (hashes.size !== 1) throw new Error(`app hashes differ: ${[...hashes].join(', ')}`)
    return statuses[0]!
  }

  /** What was in a block and that a node does not know, the first `since` left out. */
  async #lostAt(i: number, since: number): Promise<Hex[]> {
    const lost: Hex[] = []
    for (const { method, hash } of this.included.slice(since)) {
      const { result } = await this.#network.answer<{ status: string }>(i, method, [hash])
      if (!isInBlock(result)) lost.push(hash)
    }
    return lost
  }

  /** Blocks may be made meanwhile, so it is read until it holds still. */
  async #checkSupply(i: number): Promise<void> {
    const status = async () => (await this.#network.answer<Status>(i, 'omg_status', {})).result!
    for (;;) {
      const { height, undistributedFees } = await status()
      const supply = await this.#supply(i, undistributedFees)
      if (height !== (await status()).height) continue
      for (const [token, traded] of this.#traders.deposited) {
        const deposited = traded + (token === ZERO_ADDRESS ? ETH * BigInt(PAYERS.length) : 0n)
        const there = supply.get(token) ?? 0n
        if (there !== deposited) throw new Error(`${i} has ${there} of ${deposited} of ${token}`)
      }
      return
    }
  }

  /** By token: coins, trading balances and orders of everybody, and the fees that no checkpoint has paid out yet. */
  async #supply(i: number, undistributed: readonly string[]): Promise<ReadonlyMap<string, bigint>> {
    const supply = new Map<string, bigint>()
    const add = (token: string, amount: bigint) => supply.set(token, (supply.get(token) ?? 0n) + amount)
    for (const { lane, token, unit } of this.#network.deployment.feeTokens) {
      add(token.toLowerCase(), BigInt(undistributed[lane] ?? 0) * unit)
    }
    const owners = [...PAYERS.map(addressOf), ...this.#traders.owners, this.#network.deployment.rewards]
    const reads = { omg_getBalances: 'balances', omg_getTradingBalances: 'balances', omg_getOrders: 'orders' }
    for (const owner of owners) {
      for (const [method, list] of Object.entries(reads)) {
        const { result } = await this.#network.answer<Record<string, Held[]>>(i, method, { owner })
        for (const { token, amount } of result?.[list] ?? []) add(token.toLowerCase(), BigInt(amount))
      }
    }
    return supply
  }

  /** Pays itself again and again; a payment that is not taken or not answered is sent again, to another validator. */
  async #pay(coin: Coin): Promise<void> {
    for (let turn = coin.account; this.#running; ) {
      const payment = this.#sign(coin)
      let isIncluded = false
      while (!isIncluded) {
        const through = turn++ % this.#network.count
        await this.#network.call(through, 'omg_submit', [payment.hex])
        isIncluded = await this.#isIncluded(through, payment.hash)
        if (!isIncluded && !this.#running) return
      }
      this.included.push({ method: 'omg_getTransaction', hash: payment.hash })
      coin.id = payment.output
      coin.amount -= FEE
    }
  }

  async #isIncluded(through: number, hash: Hex): Promise<boolean> {
    for (let i = 0; i < 25; i++) {
      const known = await this.#network.call<{ status: string }>(through, 'omg_getTransaction', [hash])
      if (isInBlock(known)) return true
      if (!known) return false
      await pause(PAUSE_MILLISECONDS)
    }
    return false
  }

  #sign({ account, id, amount }: Coin) {
    const owner = addressOf(account)
    const transaction: Pay = {
      kind: 'pay',
      inputs: [id],
      outputs: [
        { type: 'coin', guard: coinGuard(owner), token: ZERO_ADDRESS, amount: (amount - FEE) as Amount },
      ],
      validUntil: 10n ** 12n,
      memo: ZERO_HASH,
    }
    const signatures = [signDigest(payDigest(transaction, this.#domain), testPrivateKey(account))]
    const witness = { signatures, orderTerms: [], swapTerms: [] }
    const hash = transactionHash(transaction, this.#domain)
    return { hex: toHex(encodeSignedTransaction({ transaction, witness })), hash, output: outputId(hash, 0) }
  }
}

function isInBlock(known: { readonly status: string } | undefined): boolean {
  return known !== undefined && !['pending', 'rejected', 'unknown'].includes(known.status)
}

function addressOf(account: number): Address {
  return testAccount(account).address.toLowerCase() as Address
}
