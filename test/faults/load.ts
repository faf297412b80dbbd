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
import { type FaultNetwork, FEE_OWNER } from './network.ts'

const ETH = 10n ** 18n
const FEE = 1_000n * 10n ** 9n
const UNIT = 10n ** 9n
/** Test accounts that deposit and pay themselves. */
const PAYERS = [10, 11, 12, 13]
const PAUSE_MILLISECONDS = 60

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
  readonly #avoid = new Set<number>()
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
   * validator. Throws what is not so.
   */
  async check(): Promise<{ height: number; payments: number }> {
    await this.pause()
    const network = this.#network
    let statuses = await this.#statuses()
    await network.until(async () => {
      statuses = await this.#statuses()
      const [first] = statuses
      return (
        first !== undefined &&
        statuses.every(status => status?.height === first.height && status.mempool.transactions === 0)
      )
    }, 'one height')
    const hashes = new Set(statuses.map(status => status!.appHash))
    if (hashes.size !== 1) throw new Error(`app hashes differ: ${[...hashes].join(', ')}`)
    for (const i of network.all) {
      for (const hash of this.included) {
        const known = await network.call<{ status: string }>(i, 'omg_getTransaction', [hash])
        if (!known || ['pending', 'rejected'].includes(known.status)) {
          throw new Error(`validator ${i} has lost ${hash}: ${known?.status}`)
        }
      }
      const supply = await this.#supply(i)
      const deposited = ETH * BigInt(PAYERS.length)
      if (supply !== deposited) throw new Error(`validator ${i} has ${supply} wei of ${deposited}`)
    }
    const result = { height: Number(statuses[0]!.height), payments: this.included.length }
    this.resume()
    return result
  }

  /** Coins of everybody, and the fees that no checkpoint has paid out yet. Blocks may be made meanwhile, so it is read until it holds still. */
  async #supply(i: number): Promise<bigint> {
    for (;;) {
      const before = await this.#network.status(i)
      let sum = BigInt(before?.undistributedFees[0] ?? 0) * UNIT
      for (const owner of [...PAYERS.map(addressOf), FEE_OWNER]) {
        const found = await this.#network.call<{ balances: { amount: string }[] }>(i, 'omg_getBalances', [
          owner,
        ])
        sum += BigInt(found?.balances[0]?.amount ?? 0)
      }
      if (before?.height === (await this.#network.status(i))?.height) return sum
    }
  }

  #statuses() {
    return Promise.all(this.#network.all.map(i => this.#network.status(i)))
  }

  /** Pays itself again and again; a payment that is not taken or not answered is sent again, to another validator. */
  async #pay(coin: Coin): Promise<void> {
    for (let turn = coin.account; this.#running; ) {
      const payment = this.#sign(coin)
      let isIncluded = false
      while (!isIncluded && (this.#running || this.#avoid.size === 0)) {
        const through = turn++ % this.#network.count
        await this.#network.call(through, 'omg_submit', [payment.hex])
        isIncluded = await this.#isIncluded(through, payment.hash)
        if (!isIncluded && !this.#running) return
      }
      if (!isIncluded) return
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
      await new Promise(resolve => setTimeout(resolve, PAUSE_MILLISECONDS))
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
