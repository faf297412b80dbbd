import { ReferenceLedger } from '../ledger.reference.ts'
import { Ledger } from '../ledger.ts'
import type { LedgerParameters, StateTransition } from '../types.ts'
import { batchConformance } from './batch.conformance.ts'
import { dataModeConformance } from './data-mode.conformance.ts'
import { instructionConformance } from './instruction.conformance.ts'
import { lockConformance } from './lock.conformance.ts'
import { proposerConformance } from './proposer.conformance.ts'
import { routeConformance } from './route.conformance.ts'
import { seasoningConformance } from './seasoning.conformance.ts'

const IMPLEMENTATIONS: Record<string, (parameters: LedgerParameters) => StateTransition> = {
  Ledger: parameters => new Ledger(parameters),
  ReferenceLedger: parameters => new ReferenceLedger(parameters),
}

for (const [name, create] of Object.entries(IMPLEMENTATIONS)) {
  batchConformance(name, create)
  dataModeConformance(name, create)
  instructionConformance(name, create)
  lockConformance(name, create)
  proposerConformance(name, create)
  routeConformance(name, create)
  seasoningConformance(name, create)
}
