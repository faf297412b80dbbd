import {
  type Guard,
  type OmgError,
  type OrderTerms,
  type Output,
  type OutputId,
  orderGuard,
  outputId,
  type Result,
  type TxHash,
  toHex,
} from '@omg/protocol'
import { expect } from 'vitest'
import { decodeBlock, encodeBlock } from '../block.ts'
import { type Account, coin, fund, nextInputs, PARAMETERS, PLAIN, recordOf, USD } from '../chain.fixture.ts'
import { readEntry } from '../entry.ts'
import { createMapper } from '../map.ts'
import { describeRecord } from '../record.ts'
import type {
  Block,
  BlockInputs,
  ClosedCheckpoint,
  Execution,
  LedgerParameters,
  MappedRecord,
  StateTransition,
} from '../types.ts'
import { exchangeOf, orderPayment } from './market.fixture.ts'

const map = createMapper(PARAMETERS.domain)

/** Something that goes into a block. */
export interface Signed {
  readonly signed: Uint8Array
}

/** Drives one implementation of {@link StateTransition} through blocks with orders. */
export function orderDriver(create: (parameters: LedgerParameters) => StateTransition) {
  /** A ledger where each account has `each` coins of 100,000 USD, 10,000 PLAIN and 1 ETH, that is ids[account][coin][token]. */
  function start(accounts: readonly Account[], parameters = PARAMETERS, each = 4) {
    const ledger = create(parameters)
    const outputs = accounts.flatMap(owner =>
      Array.from({ length: each }, () => [
        coin(owner, 100_000n, USD),
        coin(owner, 10_000n, PLAIN),
        coin(owner, 10n ** 18n),
      ]).flat(),
    )
    const ids = fund(ledger, outputs)
    const coins = accounts.map((_, a) =>
      Array.from({ length: each }, (_, c) => ids.slice(3 * (a * each + c), 3 * (a * each + c) + 3)),
    ) as [OutputId, OutputId, OutputId][][]
    return { ledger, coins }
  }

  function inputsOf(ledger: StateTransition, changes: Partial<BlockInputs>): BlockInputs {
    return nextInputs(ledger, { exchange: exchangeOf(), ...changes })
  }

  function assemble(ledger: StateTransition, signed: readonly Signed[], changes: Partial<BlockInputs> = {}) {
    return ledger.assembleBlock(
      signed.map(one => recordOf(one.signed)),
      inputsOf(ledger, changes),
    )
  }

  /** Assembles, sends through bytes, executes and applies a block, as a follower would. */
  function include(
    ledger: StateTransition,
    signed: readonly Signed[] = [],
    changes: Partial<BlockInputs> = {},
  ): { execution: Execution; closed: ClosedCheckpoint | undefined; codes: string[] } {
    const { execution, dropped } = assemble(ledger, signed, changes)
    const executed = execute(ledger, execution.block, changes)
    if (!executed.ok) throw executed.error
    const closed = ledger.applyBlock(executed.value)
    return { execution: executed.value, closed, codes: dropped.map(({ error }) => error.code) }
  }

  /** As {@link include}, where nothing may be left out. */
  function includeAll(
    ledger: StateTransition,
    signed: readonly Signed[],
    changes: Partial<BlockInputs> = {},
  ) {
    const included = include(ledger, signed, changes)
    expect(included.codes).toEqual([])
    return included
  }

  function execute(
    ledger: StateTransition,
    block: Block,
    changes: Partial<BlockInputs> = {},
  ): Result<Execution, OmgError> {
    const decoded = decodeBlock(encodeBlock(block))
    if (!decoded.ok) return decoded
    const { body, bounds } = decoded.value
    const { locked, exchange } = inputsOf(ledger, changes)
    return ledger.executeBlock(decoded.value, map(body, bounds), locked, exchange)
  }

  /** Both admission and assembly refuse, with this code. */
  function expectRefused(
    ledger: StateTransition,
    { signed }: Signed,
    code: string,
    changes: Partial<BlockInputs> = {},
  ): void {
    const { locked, exchange } = inputsOf(ledger, changes)
    const admitted = ledger.checkTransaction(recordOf(signed), locked, undefined, exchange)
    expect(admitted.ok ? undefined : admitted.error.code).toBe(code)
    const { dropped } = assemble(ledger, [{ signed }], changes)
    expect(dropped.map(({ error }) => error.code)).toEqual([code])
  }

  function expectAdmitted(ledger: StateTransition, { signed }: Signed, changes: Partial<BlockInputs> = {}) {
    const { locked, exchange } = inputsOf(ledger, changes)
    expect(ledger.checkTransaction(recordOf(signed), locked, undefined, exchange)).toMatchObject({ ok: true })
  }

  return { start, assemble, include, includeAll, execute, expectRefused, expectAdmitted }
}

/** Funds orders from one USD coin and one PLAIN coin, with change, and a fee of 5 USD. */
export function place(
  owner: Account,
  [usd, plain]: readonly [OutputId, OutputId, OutputId],
  made: readonly { readonly terms: OrderTerms; readonly output: Output }[],
  chained: readonly OrderTerms[] = [],
) {
  const left = (token: Output['token'], held: bigint) =>
    made.reduce((rest, { output }) => rest - (output.token === token ? output.amount : 0n), held)
  const outputs = [...made.map(({ output }) => output), coin(owner, left(USD, 100_000n) - 5n, USD)]
  const plainLeft = left(PLAIN, 10_000n)
  if (plainLeft > 0n) outputs.push(coin(owner, plainLeft, PLAIN))
  return orderPayment([owner], [usd, plain], outputs, [...made.map(({ terms }) => terms), ...chained])
}

/** Live outputs that match, in no particular order. */
export function outputsOf(ledger: StateTransition, wanted: (output: Output) => boolean) {
  const all = [...ledger.unspent.entries()].flatMap(chunk =>
    Array.from({ length: chunk.length / 120 }, (_, i) => readEntry(chunk, 120 * i)),
  )
  return all.filter(({ output }) => wanted(output))
}

export function underGuard(ledger: StateTransition, terms: OrderTerms) {
  const guard = orderGuard(terms)
  return outputsOf(ledger, output => output.guard === guard)
}

/** What an account has in COIN of a token. */
export function balance(ledger: StateTransition, owner: Account, token: Output['token']): bigint {
  const { guard } = coin(owner, 1n)
  return outputsOf(
    ledger,
    output => output.type === 'coin' && output.guard === guard && output.token === token,
  )
    .map(({ output }) => output.amount as bigint)
    .reduce((sum, value) => sum + value, 0n)
}

/** All units of a token: live outputs, and fees that are still lanes. */
export function supply(ledger: StateTransition, token: Output['token']): bigint {
  const live = outputsOf(ledger, output => output.token === token && output.type !== 'item')
  const sum = live.reduce((total, { output }) => total + output.amount, 0n)
  const fee = ledger.parameters.feeTokens.find(each => each.token === token)
  if (!fee) return sum
  const lanes = [ledger.tip.feeLanes, ledger.tip.feesToDistribute].map(
    packed => (packed >> BigInt(64 * (3 - fee.lane))) & (2n ** 64n - 1n),
  )
  return sum + (lanes[0]! + lanes[1]!) * fee.unit
}

/** The kinds of a block's transactions, in canonical order. */
export function kindsOf({ records }: Execution): string[] {
  return records.map(record => describeRecord(record as MappedRecord).transaction.kind)
}

/** Everything that two implementations must agree on. */
export function stateOf(ledger: StateTransition) {
  return [ledger.tip, ledger.unspent.size, toHex(ledger.unspent.setHash()), ledger.orders.hash]
}

export const madeBy = (hash: TxHash, index: number): OutputId => outputId(hash, index)
export type { Guard }
