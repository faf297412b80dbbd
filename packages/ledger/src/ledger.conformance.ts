import { blockConformance } from './block.conformance.ts'
import { paymentConformance } from './payment.conformance.ts'
import type { LedgerParameters, StateTransition } from './types.ts'

/** What every implementation of {@link StateTransition} must do. */
export function ledgerConformance(
  name: string,
  create: (parameters: LedgerParameters) => StateTransition,
): void {
  paymentConformance(name, create)
  blockConformance(name, create)
}
