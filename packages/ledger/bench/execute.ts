import { fileURLToPath } from 'node:url'
import { batchOf, nextInputs, PARAMETERS } from '../src/chain.fixture.ts'
import { NO_LOCKED_OUTPUTS } from '../src/locks.ts'
import { createMapper } from '../src/map.ts'
import { recordAt } from '../src/record.ts'
import type { Execution, MappedRecord } from '../src/types.ts'
import { bareRecovery, fundedLedger, ordinaryPayments } from './payments.ts'
import { type BenchOptions, type BenchResult, main, median, missesOf, threadSeconds } from './result.ts'

const BLOCK_PAYMENTS = 4000
/** Of the time of one bare signature recovery: two threads recover, the main thread does the rest of everything. */
const BUDGET = 0.25

/** Cost per payment of everything but signatures: admission, and the producer's and a follower's way through a block. */
export async function run({ quick }: BenchOptions = {}): Promise<BenchResult> {
  const count = BLOCK_PAYMENTS * (quick ? 3 : 8)
  const { ledger, ids } = fundedLedger(count)
  const { ledger: follower } = fundedLedger(count)
  const { bytes, bounds } = batchOf(ordinaryPayments(ids).map(({ signed }) => signed))
  const batch = createMapper(PARAMETERS.domain)(bytes, bounds)
  const recover = bareRecovery(batch)
  const times = {
    recover: [] as number[],
    check: [] as number[],
    assemble: [] as number[],
    execute: [] as number[],
    apply: [] as number[],
  }
  for (let from = 0; from < count; from += BLOCK_PAYMENTS) {
    const records: MappedRecord[] = Array.from(
      { length: BLOCK_PAYMENTS },
      (_, i) => recordAt(batch, from + i)!,
    )
    times.recover.push(threadSeconds(() => recover(BLOCK_PAYMENTS)))
    times.check.push(
      threadSeconds(() => records.every(record => ledger.checkTransaction(record, NO_LOCKED_OUTPUTS).ok)),
    )
    let execution!: Execution
    const inputs = nextInputs(ledger, { closes: true })
    times.assemble.push(threadSeconds(() => (execution = ledger.assembleBlock(records, inputs).execution)))
    const { block } = execution
    const mapped = createMapper(PARAMETERS.domain)(block.body, block.bounds)
    let followed!: Execution
    times.execute.push(
      threadSeconds(() => {
        const result = follower.executeBlock(block, mapped, NO_LOCKED_OUTPUTS)
        if (!result.ok) throw result.error
        followed = result.value
      }),
    )
    times.apply.push(threadSeconds(() => ledger.applyBlock(execution)))
    follower.applyBlock(followed)
  }
  const each = (list: number[]) => (median(list.slice(1)) / BLOCK_PAYMENTS) * 1e6
  const [check, assemble, execute, apply] = [times.check, times.assemble, times.execute, times.apply].map(
    each,
  ) as [number, number, number, number]
  const peer = (median(times.recover) / BLOCK_PAYMENTS) * 1e6
  const unit = 'us per payment'
  const total = (label: string, ours: number) => ({
    label,
    ours,
    peer,
    ratio: ours / peer,
    unit,
    budget: `<= ${BUDGET}`,
  })
  const rows = [
    { label: 'admission (checkTransaction)', ours: check, unit },
    { label: 'assemble a block', ours: assemble, unit },
    { label: 'execute a block of another node', ours: execute, unit },
    { label: 'apply, with the checkpoint tree', ours: apply, unit },
    total('producer: admission + assemble + apply; peer: bare ecdsaRecover', check + assemble + apply),
    total('follower: execute + apply; peer: bare ecdsaRecover', execute + apply),
  ]
  return {
    name: `execution of ${count.toLocaleString('en')} payments, 1 input, 2 outputs`,
    rows,
    misses: missesOf(rows),
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(run)
