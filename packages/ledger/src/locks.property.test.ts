import { fromHex, type Hash, type OutputId, type TxHash } from '@omg/protocol'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { lockedOutputsReference } from './locks.reference.ts'
import { type LockFact, Locks } from './locks.ts'

const [OUTPUTS, PAYMENTS, BLOCKS] = [5, 4, 8]
const outputOf = (index: number) => `0x${`a${index}`.repeat(32)}` as Hash & OutputId
const paymentOf = (index: number) => `0x${`b${index}`.repeat(32)}` as Hash & TxHash
const output = fc.nat(OUTPUTS - 1).map(outputOf)
const payment = fc.nat(PAYMENTS - 1)
/** What a payment spends never changes. */
const inputsOf = (index: number) => [index, (index * 2 + 1) % OUTPUTS].map(outputOf)

const fact: fc.Arbitrary<LockFact> = fc
  .tuple(
    fc.bigInt(1n, BigInt(BLOCKS)),
    fc.oneof(
      output.map(outputId => ({ kind: 'exit' as const, outputId })),
      output.map(outputId => ({ kind: 'contest' as const, outputId })),
      payment.map(i => ({ kind: 'flight' as const, txHash: paymentOf(i), inputs: inputsOf(i) })),
      payment.map(i => ({ kind: 'void' as const, txHash: paymentOf(i) })),
    ),
  )
  .map(([block, rest]) => ({ ...rest, block }))

it('R6: facts in any order, once or more, lock at every origin what the plain words lock', () => {
  fc.assert(
    fc.property(fc.array(fact, { maxLength: 24 }), facts => {
      const locks = new Locks(facts)
      for (let origin = 0n; origin <= BigInt(BLOCKS); origin++) {
        const [fast, plain] = [locks.at(origin), lockedOutputsReference(facts, origin)]
        for (let o = 0; o < OUTPUTS; o++) {
          for (let p = 0; p < PAYMENTS; p++) {
            const [id, spender] = [fromHex(outputOf(o)), fromHex(paymentOf(p))]
            const locked = fast.blocks(id, spender)
            expect([origin, o, p, locked]).toEqual([origin, o, p, plain.blocks(id, spender)])
            if (locked) expect(fast.size).toBeGreaterThan(0)
          }
        }
      }
    }),
  )
})
