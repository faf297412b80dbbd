import type { Address } from '@omg/protocol'
import { BadRequest, type Dict, type TransferEntry } from 'ccxt'
import { ccxtError } from './errors.ts'
import { unitsIn } from './grid.ts'
import { POLL_MS } from './rest.ts'
import { TradingExchange } from './trading.ts'

/** The accounts of an owner, by CCXT's names: coins, and the trading balance that orders are placed from. */
const FUNDING = 'funding'
const TRADING = 'trading'

/** Money between coins and the trading balance. */
export abstract class TransferExchange extends TradingExchange {
  /** Returns when it is in a block. Costs the fee of a payment; only the owner's key can. @throws PermissionDenied, InsufficientFunds */
  override async transfer(
    code: string,
    amount: number,
    fromAccount: string,
    toAccount: string,
  ): Promise<TransferEntry> {
    await this.loadMarkets()
    const currency = this.currency(code)
    const units = unitsIn(this.decimal(amount), Number(currency.info.decimals))
    if (units === 0n) throw new BadRequest(`${this.id} ${amount} ${code} is less than its smallest unit`)
    const given = { token: currency.id as Address, amount: units, finality: 'fast' } as const
    const client = this.signer()
    try {
      const { payment } = await this.#moved(client, given, `${fromAccount} ${toAccount}`)
      const { hash } = payment
      const receipt = await client.waitForReceipt({ hash, timeout: this.timeout, interval: POLL_MS })
      await this.untilIndexed(receipt.height)
      const timestamp = this.milliseconds()
      return {
        id: hash,
        timestamp,
        datetime: this.iso8601(timestamp),
        currency: currency.code,
        amount: this.parseNumber(this.amountText(currency.code, units)),
        fromAccount,
        toAccount,
        status: 'ok',
        info: { hash, height: String(receipt.height) } as Dict,
      }
    } catch (error) {
      throw ccxtError(error)
    }
  }

  #moved(
    client: ReturnType<TransferExchange['signer']>,
    given: { readonly token: Address; readonly amount: bigint; readonly finality: 'fast' },
    direction: string,
  ) {
    if (direction === `${FUNDING} ${TRADING}`) return client.openTradingBalance(given)
    if (direction === `${TRADING} ${FUNDING}`) return client.closeTradingBalance(given)
    throw new BadRequest(`${this.id} transfers go between ${FUNDING} and ${TRADING}`)
  }
}
