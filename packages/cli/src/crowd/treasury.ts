import type { Address } from '@omg/protocol'
import type { OmgClient } from '@omg/sdk'
import { depositTestMoney, type TestMoney } from '../devnet/testMoney.ts'

/** Outputs of one payment that are no change: there are at most four tokens. */
const MAX_PAYMENTS = 10
const RECEIPT_INTERVAL_MS = 100
/** What the treasury deposits anew when it runs out of a token: so many times what is asked for. */
const REFILL = 20n
const DEPOSIT_TIMEOUT_MS = 60_000
const BALANCE_INTERVAL_MS = 500

/** Test money for a trader. */
export interface Grant extends TestMoney {
  readonly to: Address
}

/** Holds the money of the crowd that nobody needs at the moment, and gives it out, one payment after the other. */
export class Treasury {
  readonly #client: OmgClient
  #turn: Promise<unknown> = Promise.resolve()

  constructor(client: OmgClient) {
    this.#client = client
  }

  get address(): Address {
    return this.#client.address()
  }

  /** Pays grants, in as few payments as there is room for; settles when they can be spent. */
  grant(grants: readonly Grant[]): Promise<void> {
    const granted = this.#turn.then(async () => {
      await this.#ensure(grants)
      for (let i = 0; i < grants.length; i += MAX_PAYMENTS) {
        const payments = grants.slice(i, i + MAX_PAYMENTS)
        const { hash } = await this.#client.pay({ payments, finality: 'fast' })
        await this.#client.waitForReceipt({ hash, interval: RECEIPT_INTERVAL_MS })
      }
    })
    this.#turn = granted.catch(() => {})
    return granted
  }

  /** Deposits what is missing, with something for fees, and waits until it has arrived. */
  async #ensure(grants: readonly Grant[]): Promise<void> {
    const needed = new Map<Address, bigint>()
    for (const { token, amount } of grants) needed.set(token, (needed.get(token) ?? 0n) + 2n * amount)
    const missing = async () => {
      const balances = await this.#client.getBalances()
      const held = (token: Address) => balances.find(each => each.token === token)?.amount ?? 0n
      return [...needed].flatMap(([token, amount]) => (held(token) < amount ? [{ token, amount }] : []))
    }
    const wanted = await missing()
    if (wanted.length === 0) return
    await depositTestMoney(
      this.#client,
      wanted.map(({ token, amount }) => ({ token, amount: amount * REFILL })),
    )
    const end = Date.now() + DEPOSIT_TIMEOUT_MS
    while ((await missing()).length > 0 && Date.now() < end) {
      await new Promise(resolve => setTimeout(resolve, BALANCE_INTERVAL_MS))
    }
  }
}
