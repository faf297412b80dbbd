import { Reader, Writer } from '@omg/protocol'
import type { StakeFact } from '@omg/stake'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { alice, bob, coin, fund, GWEI, nextInputs, PARAMETERS, payment, recordOf } from './chain.fixture.ts'
import { feesConformance } from './fees.conformance.ts'
import { genesisFees, readFees, writeFees } from './fees.ts'
import { ReferenceLedger } from './ledger.reference.ts'
import { Ledger } from './ledger.ts'
import { Listings, seasoningOf } from './order/listings.ts'

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

test('both ledgers come to the same fees, block by block, whatever is voted and however full blocks are', () => {
  const accounts = fc.constantFrom(alice, bob)
  const story = fc.array(
    fc.record({ passes: fc.nat(250), payments: fc.nat(3), voted: fc.bigInt(1n, 60n), staker: accounts }),
    { minLength: 1, maxLength: 6 },
  )
  fc.assert(
    fc.property(story, steps => {
      const policy = { epoch: 100n, targetBytes: 300, maxMultiple: 3 }
      const parameters = { ...PARAMETERS, feePolicy: policy }
      const ledgers = [new Ledger(parameters), new ReferenceLedger(parameters)]
      const coins = Array.from({ length: 24 }, () => coin(alice, 10n ** 18n))
      const ids = ledgers.map(ledger => fund(ledger, coins))[0]!
      const facts: StakeFact[] = []
      let originTime = 1_000n
      for (const { passes, payments, voted, staker } of steps) {
        for (const ledger of ledgers) {
          ledger.applyBlock(ledger.assembleBlock([], nextInputs(ledger, { closes: true })).execution)
        }
        const { schedule } = ledgers[0]!.tip.fees
        const preference = { ...schedule, payment: [voted, voted, 1n, 1n] }
        facts.push(
          {
            kind: 'staked',
            block: 11n,
            validator: staker.address,
            holder: staker.address,
            amount: voted,
            shares: voted,
          },
          { kind: 'preferred', block: 11n, account: staker.address, preference },
        )
        originTime += BigInt(passes)
        const exchange = new Listings(seasoningOf({ maxSeasoning: 600, blobSeasoning: 60 }), facts).at(
          11n,
          originTime,
        )
        const changes = { origin: ledgers[0]!.tip.origin + 1n, originTime, exchange }
        const records = ids
          .splice(0, payments)
          .map(id => recordOf(payment([alice], [id], [coin(alice, 10n ** 18n - 200n * GWEI)]).signed))
        const [fast, plain] = ledgers.map(ledger => {
          return ledger.assembleBlock(records, nextInputs(ledger, changes)).execution
        })
        expect(plain!.block.appHash).toBe(fast!.block.appHash)
        // The fee distribution stands in it besides.
        expect(plain!.leaves.count).toBeGreaterThanOrEqual(payments)
        ledgers[0]!.applyBlock(fast!)
        ledgers[1]!.applyBlock(plain!)
        expect(ledgers[1]!.tip).toEqual(ledgers[0]!.tip)
        expect(ledgers[1]!.inForce).toEqual(ledgers[0]!.inForce)
      }
    }),
    { numRuns: 20 },
  )
})
