import { type LockFact, lockedOutputsReference } from '@omg/ledger'
import { fromHex, type Hash, type OutputId, type TxHash } from '@omg/protocol'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { temporaryDirectory } from '../../test/harness.ts'
import { openTables } from '../store/tables.ts'
import type { OriginBlock } from './seam.ts'
import { EthereumView } from './view.ts'

const [OUTPUTS, PAYMENTS] = [4, 3]
const outputOf = (index: number) => `0x${`a${index}`.repeat(32)}` as Hash & OutputId
const paymentOf = (index: number) => `0x${`b${index}`.repeat(32)}` as Hash & TxHash
const output = fc.nat(OUTPUTS - 1).map(outputOf)
const payment = fc.nat(PAYMENTS - 1)

const fact = fc.oneof(
  output.map(outputId => ({ kind: 'exit' as const, outputId })),
  output.map(outputId => ({ kind: 'contest' as const, outputId })),
  payment.map(i => ({
    kind: 'flight' as const,
    txHash: paymentOf(i),
    inputs: [outputOf(i), outputOf((i + 1) % OUTPUTS)],
  })),
  payment.map(i => ({ kind: 'void' as const, txHash: paymentOf(i) })),
)

/** What happens to a node: blocks with facts in them, a reorganisation of the newest blocks, a restart. */
const history = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.array(fc.array(fact, { maxLength: 3 }), { minLength: 1, maxLength: 3 }) },
    { weight: 2, arbitrary: fc.record({ dropped: fc.integer({ min: 1, max: 3 }) }) },
    { weight: 1, arbitrary: fc.constant('restart' as const) },
  ),
  { maxLength: 10 },
)

const origin = (number: bigint): OriginBlock => {
  return { number, hash: `0x${'00'.repeat(32)}` as Hash, timestamp: number }
}

it('R6: the node locks at every origin what the plain words lock, over reorganisations and restarts', async () => {
  await fc.assert(
    fc.asyncProperty(history, async steps => {
      const directory = temporaryDirectory()
      const tables = openTables(directory.path, 2 ** 24)
      try {
        let view = new EthereumView(tables)
        let facts: LockFact[] = []
        let head = 0n
        for (const step of steps) {
          if (step === 'restart') view = new EthereumView(tables)
          else if ('dropped' in step) {
            const dropped = BigInt(step.dropped)
            head = head > dropped ? head - dropped : 0n
            facts = facts.filter(({ block }) => block <= head)
            await view.rollBack(origin(head), String(head))
          } else {
            const blocks = step.map((_, i) => head + BigInt(i) + 1n)
            const locks = step.flatMap((list, i) => list.map(rest => ({ ...rest, block: blocks[i]! })))
            head = blocks.at(-1)!
            facts.push(...locks)
            const none = { deposits: [], checkpoints: [], head, cursor: String(head) }
            await view.advance({ kind: 'advanced', blocks: blocks.map(origin), locks, ...none })
          }
          expectSame(view, facts, head)
        }
      } finally {
        await tables.close()
        directory.remove()
      }
    }),
    { numRuns: 40 },
  )
}, 60_000)

function expectSame(view: EthereumView, facts: readonly LockFact[], head: bigint): void {
  for (let at = 0n; at <= head; at++) {
    const [cached, plain] = [view.locked(at), lockedOutputsReference(facts, at)]
    expect(view.hasLockAfter(at)).toBe(facts.some(({ block }) => block > at))
    for (let o = 0; o < OUTPUTS; o++) {
      for (let p = 0; p < PAYMENTS; p++) {
        const [id, spender] = [fromHex(outputOf(o)), fromHex(paymentOf(p))]
        expect([at, o, p, cached.blocks(id, spender)]).toEqual([at, o, p, plain.blocks(id, spender)])
      }
    }
  }
}
