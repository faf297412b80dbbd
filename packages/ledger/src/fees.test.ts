import { Reader, Writer } from '@omg/protocol'
import { expect, test } from 'vitest'
import { PARAMETERS } from './chain.fixture.ts'
import { feesConformance } from './fees.conformance.ts'
import { genesisFees, readFees, writeFees } from './fees.ts'
import { ReferenceLedger } from './ledger.reference.ts'
import { Ledger } from './ledger.ts'

feesConformance('Ledger', parameters => new Ledger(parameters))
feesConformance('ReferenceLedger', parameters => new ReferenceLedger(parameters))

test('the state of fees is the same after writing and reading, and no other lane can be accepted', () => {
  const fees = { ...genesisFees(PARAMETERS), epoch: 7n, multiple: 1_125_000n }
  const bytes = writeFees(new Writer(256), fees).finish()
  expect(readFees(new Reader(bytes))).toEqual(fees)
  bytes[bytes.length - 9] = 0x10
  const reader = new Reader(bytes)
  readFees(reader)
  expect(reader.failed).toBe(true)
})
