import { ledgerConformance } from './ledger.conformance.ts'
import { ReferenceLedger } from './ledger.reference.ts'
import { Ledger } from './ledger.ts'

ledgerConformance('Ledger', parameters => new Ledger(parameters))
ledgerConformance('ReferenceLedger', parameters => new ReferenceLedger(parameters))
