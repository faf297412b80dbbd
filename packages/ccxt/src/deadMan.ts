import type { DeadManSwitch } from '@omg/sdk'
import { BadRequest, type Dict } from 'ccxt'
import { ccxtError } from './errors.ts'
import { TransferExchange } from './transfer.ts'

/** Milliseconds that a dead-man switch may wait. */
const LEAST_TIMEOUT = 1_000
const MOST_TIMEOUT = 7_200_000

/** Orders that are taken back when nobody is there any more. */
export abstract class DeadManExchange extends TransferExchange {
  #armed: DeadManSwitch | undefined

  /**
   * The orders that are open now are canceled in `timeout` ms, unless this is called again before; 0 ends it. The node holds cancels that
   * were signed ahead: orders placed later are covered by the next call.
   */
  override async cancelAllOrdersAfter(timeout: number): Promise<Dict> {
    await this.loadMarkets()
    const client = this.signer()
    try {
      if (timeout === 0) {
        const disarmed = this.#armed ? await client.disarmCancelAll({ switch: this.#armed }) : false
        this.#armed = undefined
        return { timeout, disarmed }
      }
      const isRight = Number.isInteger(timeout) && timeout >= LEAST_TIMEOUT && timeout <= MOST_TIMEOUT
      if (!isRight)
        throw new BadRequest(
          `${this.id} a timeout of ${timeout} ms, where ${LEAST_TIMEOUT} to ${MOST_TIMEOUT} are possible`,
        )
      const seconds = Math.floor(timeout / 1000)
      this.#armed = await client.cancelAllAfter({ seconds, ...(this.#armed && { refresh: this.#armed }) })
      const { firesAt, instructions } = this.#armed
      const triggerTime = firesAt === undefined ? undefined : Number(firesAt) * 1000
      return { timeout, triggerTime, orders: [...instructions.keys()] }
    } catch (error) {
      throw ccxtError(error)
    }
  }
}
