import { fromHex, type OmgError, type OutputId, type Result } from '@omg/protocol'
import { expect } from 'vitest'
import { decodeBlock, encodeBlock } from './block.ts'
import {
  alice,
  bob,
  coin,
  fund,
  GWEI,
  item,
  nextInputs,
  PARAMETERS,
  type Payment,
  PLAIN,
  recordOf,
  USD,
} from './chain.fixture.ts'
import { NO_LOCKED_OUTPUTS } from './locks.ts'
import { createMapper } from './map.ts'
import type {
  Block,
  BlockInputs,
  ClosedCheckpoint,
  Execution,
  LedgerParameters,
  StateTransition,
} from './types.ts'

export const FEE = 10n * GWEI
const map = createMapper(PARAMETERS.domain)

/** Drives one implementation of {@link StateTransition} in its conformance tests. */
export function driver(create: (parameters: LedgerParameters) => StateTransition) {
  /** A ledger where alice has 1 ETH, 1000 USD, 500 PLAIN and the items 1 and 2; bob has 2 ETH. */
  function start() {
    const ledger = create(PARAMETERS)
    const ids = fund(ledger, [
      coin(alice, 10n ** 18n),
      coin(alice, 1000n, USD),
      coin(alice, 500n, PLAIN),
      item(alice, 1n),
      item(alice, 2n),
      coin(bob, 2n * 10n ** 18n),
    ])
    const [eth, usd, plain, first, second, bobs] = ids as [
      OutputId,
      OutputId,
      OutputId,
      OutputId,
      OutputId,
      OutputId,
    ]
    return { ledger, eth, usd, plain, first, second, bobs }
  }

  function assemble(
    ledger: StateTransition,
    payments: readonly Payment[],
    changes: Partial<BlockInputs> = {},
  ) {
    return ledger.assembleBlock(
      payments.map(({ signed }) => recordOf(signed)),
      nextInputs(ledger, changes),
    )
  }

  /** Assembles, sends through bytes, executes and applies a block, as a follower would. */
  function include(
    ledger: StateTransition,
    payments: readonly Payment[],
    changes: Partial<BlockInputs> = {},
  ): { execution: Execution; closed: ClosedCheckpoint | undefined; codes: string[] } {
    const { execution, dropped } = assemble(ledger, payments, changes)
    const executed = execute(ledger, execution.block, changes)
    if (!executed.ok) throw executed.error
    const closed = ledger.applyBlock(executed.value)
    return { execution: executed.value, closed, codes: dropped.map(({ error }) => error.code) }
  }

  function execute(
    ledger: StateTransition,
    block: Block,
    changes: Partial<BlockInputs> = {},
  ): Result<Execution, OmgError> {
    const decoded = decodeBlock(encodeBlock(block))
    if (!decoded.ok) throw decoded.error
    const { body, bounds } = decoded.value
    return ledger.executeBlock(decoded.value, map(body, bounds), changes.locked ?? NO_LOCKED_OUTPUTS)
  }

  function codeOf(
    ledger: StateTransition,
    { signed }: Payment,
    changes: Partial<BlockInputs> = {},
  ): string | undefined {
    const result = ledger.checkTransaction(recordOf(signed), changes.locked ?? NO_LOCKED_OUTPUTS)
    return result.ok ? undefined : result.error.code
  }

  /** Both admission and assembly refuse, with this code. */
  function expectRefused(
    ledger: StateTransition,
    refused: Payment,
    code: string,
    changes: Partial<BlockInputs> = {},
  ) {
    expect(codeOf(ledger, refused, changes)).toBe(code)
    const { execution, dropped } = assemble(ledger, [refused], changes)
    expect(dropped.map(({ error }) => error.code)).toEqual([code])
    expect(execution.leaves.count).toBe(0)
  }

  return { start, assemble, include, execute, codeOf, expectRefused }
}

export function inSet(ledger: StateTransition, id: OutputId): boolean {
  return ledger.unspent.has(fromHex(id))
}
