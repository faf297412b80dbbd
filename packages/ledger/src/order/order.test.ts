import { ReferenceLedger } from '../ledger.reference.ts'
import { Ledger } from '../ledger.ts'
import { batchConformance } from './batch.conformance.ts'

batchConformance('ReferenceLedger', parameters => new ReferenceLedger(parameters))
batchConformance('Ledger', parameters => new Ledger(parameters))
