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
import { type FaultNetwork, FEE_OWNER, type Status } from './network.ts'

const ETH = 10n ** 18n
const FEE = 1_000n * 10n ** 9n
const UNIT = 10n ** 9n
/** Test accounts that deposit and pay themselves. */
const PAYERS = [10, 11, 12, 13]
const PAUSE_MILLISECONDS = 60

interface Balances {
  readonly balances: readonly { readonly amount: string }[]
}

/** What was so on all members after a fault. */
export interface Found {
  readonly height: number
  readonly appHash: string
  /** Payments that ever were in a block: all of them are known. */
  readonly payments: number
}

interface Coin {
  readonly account: number
  id: OutputId
  amount: bigint
}

/** Payments without end through whichever validator answers, and what must be true of them afterwards. */
export class Load {
  /** Payments that some validator has had in a block. */
  readonly included: Hex[] = []
  readonly #network: FaultNetwork
  readonly #domain: Domain
  readonly #coins: Coin[]
  #running = true
  #done: Promise<unknown> = Promise.resolve()

  private constructor(network: FaultNetwork, coins: Coin[]) {
    this.#network = network
    this.#domain = domainOf(network.deployment)
    this.#coins = coins
  }

  static async start(network: FaultNetwork): Promise<Load> {
    const coins: Coin[] = []
    for (const account of PAYERS) {
      const deposited = await depositEth(rootChainOf(network.ethereum, network.deployment, account), {
        owner: addressOf(account),
        amount: ETH,
      })
      coins.push({ account, id: deposited.id, amount: ETH })
    }
    const isThere = async (id: OutputId) => (await network.call(0, 'omg_getOutput', [id])) !== undefined
    for (const { id } of coins) await network.until(() => isThere(id), 'a deposit on the chain')
    const load = new Load(network, coins)
    load.resume()
    return load
  }

  resume(): void {
    this.#running = true
    this.#done = Promise.all(this.#coins.map(coin => this.#pay(coin)))
  }

  async pause(): Promise<void> {
    this.#running = false
    await this.#done
  }

  /** Waits for so many payments more: the chain is alive, and takes them. */
  async more(count: number): Promise<void> {
    const wanted = this.included.length + count
    await this.#network.until(async () => this.included.length >= wanted, `${count} payments more`)
  }

  /**
   * After a fault, with everybody back: one height, one app hash, no payment lost that ever was in a block, and supply exact on each
   * validator. A node that began later must have the payments since then. Throws what is not so.
   */
  async check(late?: { readonly node: number; readonly since: number }): Promise<Found> {
    await this.pause()
    const members = [...this.#network.all, ...(late ? [late.node] : [])]
    const { height, appHash } = await this.#atOneHeight(members)
    for (const i of members) {
      const lost = await this.#lostAt(i, i === late?.node ? late.since : 0)
      if (lost.length > 0) throw new Error(`${lost.length} payments are lost at ${i}, ${lost[0]} the first`)
      const supply = await this.#supply(i)
      const deposited = ETH * BigInt(PAYERS.length)
      if (supply !== deposited) throw new Error(`${i} has ${supply} wei of ${deposited}`)
    }
    this.resume()
    return { height: Number(height), appHash, payments: this.included.length }
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

  /** Payments that were in a block and that a node does not know, the first `since` left out. */
  async #lostAt(i: number, since: number): Promise<Hex[]> {
    const lost: Hex[] = []
    for (const hash of this.included.slice(since)) {
      const { result } = await this.#network.answer<{ status: string }>(i, 'omg_getTransaction', [hash])
      if (!result || ['pending', 'rejected'].includes(result.status)) lost.push(hash)
    }
    return lost
  }

  /** Coins of everybody, and the fees that no checkpoint has paid out yet. Blocks may be made meanwhile, so it is read until it holds still. */
  async #supply(i: number): Promise<bigint> {
    for (;;) {
      const status = async () => (await this.#network.answer<Status>(i, 'omg_status', {})).result!
      const { height, undistributedFees } = await status()
      let sum = BigInt(undistributedFees[0] ?? 0) * UNIT
      for (const owner of [...PAYERS.map(addressOf), FEE_OWNER]) {
        const { result } = await this.#network.answer<Balances>(i, 'omg_getBalances', [owner])
        sum += BigInt(result?.balances[0]?.amount ?? 0)
      }
      if (height === (await status()).height) return sum
    }
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
      this.included.push(payment.hash)
      coin.id = payment.output
      coin.amount -= FEE
    }
  }

  async #isIncluded(through: number, hash: Hex): Promise<boolean> {
    for (let i = 0; i < 25; i++) {
      const known = await this.#network.call<{ status: string }>(through, 'omg_getTransaction', [hash])
      if (known && !['pending', 'rejected'].includes(known.status)) return true
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

function addressOf(account: number): Address {
  return testAccount(account).address.toLowerCase() as Address
}
