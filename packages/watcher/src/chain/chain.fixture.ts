import { type BlockInputs, encodeBlock, Ledger, Locks, NO_EXCHANGE } from '@omg/ledger'
import {
  depositIds,
  deposits,
  GWEI,
  nextInputs,
  PARAMETERS,
  type Payment,
  recordOf,
} from '@omg/ledger/testing'
import { type Deposit, hash, type Output, type OutputId } from '@omg/protocol'
import type { StoredDeposit, StoredOrigin } from '../store/facts.ts'
import type { RootChainView } from './replica.ts'

/** A chain made in memory, honest or not, for tests and benchmarks of the watcher. */

/** Fee of a payment in ETH. */
export const FEE = 10n * GWEI
const ORIGIN: StoredOrigin = { number: 10n, hash: hash(`0x${'0e'.repeat(32)}`), timestamp: 1000n }
/** The Ethereum block of all deposits. */
const DEPOSITED_AT = 5n

/** A chain and the Ethereum it stands on. */
export class TestChain {
  readonly ledger = new Ledger(PARAMETERS)
  readonly #deposits: Deposit[] = []
  readonly blocks: Uint8Array[] = []
  readonly locks = new Locks()
  /** The markets that Ethereum lists. */
  exchange = NO_EXCHANGE

  readonly view: RootChainView = {
    time: () => ORIGIN.timestamp,
    origin: number => (number === ORIGIN.number ? ORIGIN : undefined),
    deposit: index => storedDeposit(this.#deposits[Number(index)]),
    lockedAt: origin => this.locks.at(origin),
    exchangeAt: () => this.exchange,
  }

  /** Records deposits on Ethereum; the next block takes them. */
  deposit(outputs: readonly Output[]): OutputId[] {
    const made = deposits(outputs, this.#deposits.length)
    this.#deposits.push(...made)
    return depositIds(made)
  }

  /** Makes the next block of these payments and applies it. Returns its record. */
  make(payments: readonly Pick<Payment, 'signed'>[], change: Partial<BlockInputs> = {}): Uint8Array {
    const { execution, dropped } = this.assemble(payments, change)
    if (dropped.length > 0) throw dropped[0]!.error
    this.ledger.applyBlock(execution)
    const bytes = encodeBlock(execution.block)
    this.blocks.push(bytes)
    return bytes
  }

  assemble(payments: readonly Pick<Payment, 'signed'>[], change: Partial<BlockInputs> = {}) {
    return this.ledger.assembleBlock(
      payments.map(({ signed }) => recordOf(signed)),
      this.inputs(change),
    )
  }

  inputs(change: Partial<BlockInputs> = {}): BlockInputs {
    return nextInputs(this.ledger, {
      origin: ORIGIN.number,
      originHash: ORIGIN.hash,
      originTime: ORIGIN.timestamp,
      exchange: this.exchange,
      deposits: this.#deposits.slice(Number(this.ledger.tip.inboxCursor)),
      ...change,
    })
  }
}

function storedDeposit(deposit: Deposit | undefined): StoredDeposit | undefined {
  if (deposit === undefined) return undefined
  const { inboxIndex: index, output, position } = deposit
  return { index, id: depositIds([deposit])[0]!, output, position, block: DEPOSITED_AT }
}
