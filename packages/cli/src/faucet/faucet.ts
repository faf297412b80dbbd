/** Gives test money to whoever asks, on a devnet: coins to trade with, and something on Ethereum to try a deposit with. */
import type { Address, Hex } from '@omg/protocol'
import type { RootChain } from '@omg/rootchain'
import type { OmgClient } from '@omg/sdk'
import { depositTestMoney, mintTestToken, sendOmg, type TestMoney } from '../devnet/testMoney.ts'
import { cliError } from '../error.ts'
import { ETHER } from '../terminal/amount.ts'
import { MAX_WAITING, PaidAddresses } from './limits.ts'

/** What somebody was given. */
export interface Given {
  /** On the chain, all in one payment. */
  readonly coins: readonly (TestMoney & { readonly hash: Hex })[]
  /** On Ethereum; empty when Ethereum did not answer. */
  readonly ethereum: readonly (TestMoney & { readonly hash: Hex })[]
}

export interface FaucetOptions {
  /** Over the faucet's own account. */
  readonly client: OmgClient
  readonly coins: readonly TestMoney[]
  readonly ethereum: readonly TestMoney[]
  /** Milliseconds. */
  readonly now?: () => number
  /** Something the user should read. */
  readonly tell?: (line: string) => void
}

/** The faucet deposits anew when less than this many gifts are left, and then this many. */
const LOW = 20n
const REFILL = 200n

const RECEIPT_INTERVAL_MS = 100

export class Faucet {
  readonly #options: FaucetOptions
  readonly #paid: PaidAddresses
  #waiting = 0
  #turn: Promise<unknown> = Promise.resolve()
  #refilling = false

  constructor(options: FaucetOptions) {
    this.#options = options
    this.#paid = new PaidAddresses(options.now ?? Date.now)
  }

  /**
   * Gives an address its test money; the coins can be spent when it settles. One after the other: each payment spends what the one
   * before left. Errors (thrown): `faucet.again`, `faucet.busy`, and what keeps the payment from being made.
   */
  async give(to: Address): Promise<Given> {
    const wait = this.#paid.waitFor(to)
    if (wait > 0) {
      throw cliError('faucet.again', `${to} was given test money; again in ${Math.ceil(wait / 60_000)} min`)
    }
    if (this.#waiting >= MAX_WAITING || this.#paid.isBusy())
      throw cliError('faucet.busy', 'too many ask for test money')
    // Noted before it is paid: two requests at once are one too many.
    this.#paid.note(to)
    this.#waiting++
    const given = this.#turn.then(() => this.#pay(to))
    this.#turn = given.catch(() => {})
    try {
      return await given
    } catch (error) {
      this.#paid.forgive(to)
      throw error
    } finally {
      this.#waiting--
    }
  }

  async #pay(to: Address): Promise<Given> {
    const { client, tell = () => {} } = this.#options
    const wanted = await this.#affordable()
    if (wanted.length === 0) throw cliError('faucet.empty', 'the faucet waits for its deposits')
    const payments = wanted.map(gift => ({ to, ...gift }))
    const { hash } = await client.pay({ payments, finality: 'fast' })
    const onEthereum = this.#payOnEthereum(to).catch((error: unknown) => {
      tell(`The faucet could not pay on Ethereum: ${error instanceof Error ? error.message : error}`)
      return []
    })
    await client.waitForReceipt({ hash, interval: RECEIPT_INTERVAL_MS })
    return { coins: wanted.map(gift => ({ ...gift, hash })), ethereum: await onEthereum }
  }

  async #payOnEthereum(to: Address): Promise<Given['ethereum']> {
    const rootChain = await this.#options.client.rootChain()
    const given: Given['ethereum'][number][] = []
    for (const gift of this.#options.ethereum) {
      given.push({ ...gift, hash: await giveOnEthereum(rootChain, to, gift) })
    }
    return given
  }

  /** The gifts that the faucet can pay now, with something left for the fee. Deposits more in the background when it runs low. */
  async #affordable(): Promise<TestMoney[]> {
    const { client, coins } = this.#options
    const balances = await client.getBalances()
    const held = ({ token }: TestMoney) => balances.find(balance => balance.token === token)?.amount ?? 0n
    const low = coins.filter(gift => held(gift) < LOW * gift.amount)
    if (low.length > 0) void this.#refill(low)
    return coins.filter(gift => held(gift) >= 2n * gift.amount)
  }

  async #refill(low: readonly TestMoney[]): Promise<void> {
    if (this.#refilling) return
    this.#refilling = true
    const { client, tell = () => {} } = this.#options
    try {
      await depositTestMoney(
        client,
        low.map(({ token, amount }) => ({ token, amount: amount * REFILL })),
      )
    } catch (error) {
      tell(`The faucet could not deposit more: ${error instanceof Error ? error.message : error}`)
    } finally {
      this.#refilling = false
    }
  }
}

/** Ether and OMG are sent, test tokens are minted. Returns the hash of the transaction. */
async function giveOnEthereum(rootChain: RootChain, to: Address, { token, amount }: TestMoney): Promise<Hex> {
  if (token !== ETHER.address) {
    if (token === rootChain.deployment.omgToken) return sendOmg(rootChain, to, amount)
    return mintTestToken(rootChain, to, { token, amount })
  }
  const receipt = await rootChain.sender?.send({ to, value: amount, data: '0x' })
  if (receipt?.status === 'success') return receipt.transactionHash
  throw cliError('faucet.busy', 'the transfer of ether was not accepted')
}
