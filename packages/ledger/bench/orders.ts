import { fileURLToPath } from 'node:url'
import { installKeccak256, type OrderTerms } from '@omg/protocol'
import {
  type Account,
  account,
  batchOf,
  coin,
  fund,
  nextInputs,
  PARAMETERS,
  PLAIN,
  USD,
} from '../src/chain.fixture.ts'
import { fastKeccak256 } from '../src/keccak.ts'
import { Ledger } from '../src/ledger.ts'
import { NO_LOCKED_OUTPUTS } from '../src/locks.ts'
import { createMapper } from '../src/map.ts'
import { exchangeOf, instruction, MARKET, order, orderPayment } from '../src/order/market.fixture.ts'
import { recordAt } from '../src/record.ts'
import type { Block, Execution, LedgerParameters, MappedRecord } from '../src/types.ts'
import { type BenchOptions, type BenchResult, main, median, missesOf, threadSeconds } from './result.ts'

installKeccak256(fastKeccak256)

const STEPS = 15
const FUNDS = 10n ** 9n
const UNRATIONED: LedgerParameters = {
  ...PARAMETERS,
  exchange: {
    makerBps: 2,
    takerBps: 5,
    moveBudget: { steps: 1_000_000, unitsPerStep: 1n, cancels: 1_000_000 },
  },
}
const exchange = exchangeOf([MARKET])
const map = createMapper(PARAMETERS.domain)

interface Times {
  readonly map: number[]
  readonly check: number[]
  readonly assemble: number[]
  readonly execute: number[]
  readonly apply: number[]
}

const noTimes = (): Times => ({ map: [], check: [], assemble: [], execute: [], apply: [] })

/** Takes signed messages through a producer and a follower, and notes what each part cost this thread. */
function through(
  [producer, follower]: readonly [Ledger, Ledger],
  signed: readonly Uint8Array[],
  times: Times,
): void {
  const { bytes, bounds } = batchOf(signed)
  let batch = map(new Uint8Array(0), new Uint32Array(0))
  times.map.push(threadSeconds(() => (batch = map(bytes, bounds))))
  const records: MappedRecord[] = signed.map((_, i) => recordAt(batch, i)!)
  const admitted = () =>
    records.every(record => producer.checkTransaction(record, NO_LOCKED_OUTPUTS, undefined, exchange).ok)
  times.check.push(threadSeconds(admitted))
  let execution!: Execution
  const inputs = nextInputs(producer, { exchange, closes: true })
  times.assemble.push(threadSeconds(() => (execution = producer.assembleBlock(records, inputs).execution)))
  const { block }: { block: Block } = execution
  const mapped = map(block.body, block.bounds)
  times.execute.push(
    threadSeconds(() => {
      const result = follower.executeBlock(block, mapped, NO_LOCKED_OUTPUTS, exchange)
      if (!result.ok) throw result.error
      follower.applyBlock(result.value)
    }),
  )
  times.apply.push(threadSeconds(() => producer.applyBlock(execution)))
}

/** What orders cost a ledger: amendments of 15 steps a signature, and a block that fills every order of a book. */
export async function run({ quick }: BenchOptions = {}): Promise<BenchResult> {
  const owners = Array.from({ length: quick ? 100 : 400 }, (_, i) => account(i + 10))
  const ledgers = [new Ledger(UNRATIONED), new Ledger(UNRATIONED)] as const
  const sellers = owners.map((_, i) => account(i + 10_000))
  const coins = [...owners, ...sellers].flatMap(owner => [coin(owner, FUNDS, USD), coin(owner, FUNDS, PLAIN)])
  const [ids] = ledgers.map(ledger => fund(ledger, coins))
  const place = (owner: Account, i: number) => {
    const orders = Array.from({ length: STEPS }, (_, j) => order(owner, 'buy', 50 + j, { lots: 10 }))
    const left = orders.reduce((rest, { output }) => rest - output.amount, FUNDS - 5n)
    const outputs = [...orders.map(({ output }) => output), coin(owner, left, USD)]
    const terms = orders.map(each => each.terms)
    return { terms, signed: orderPayment([owner], [ids![2 * i]!], outputs, terms).signed }
  }
  const placed = owners.map(place)
  const setup = noTimes()
  through(
    ledgers,
    placed.map(({ signed }) => signed),
    setup,
  )

  let live = placed.map(({ terms }) => terms)
  const amends = noTimes()
  for (let round = 0; round < (quick ? 3 : 6); round++) {
    const next = owners.map(owner =>
      Array.from({ length: STEPS }, (_, j): OrderTerms => order(owner, 'buy', 50 + j, { lots: 10 }).terms),
    )
    const moves = owners.map((owner, i) => {
      const steps = live[i]!.map((from, j) => ({ from, to: next[i]![j]! }))
      return instruction(owner, steps).signed
    })
    live = next
    through(ledgers, moves, amends)
  }
  const sells = sellers.map((owner, i) => {
    const { terms, output } = order(owner, 'sell', 50, { lots: 10 * STEPS })
    const [usd, plain] = [2 * (owners.length + i), 2 * (owners.length + i) + 1].map(at => ids![at]!)
    const outputs = [output, coin(owner, FUNDS - output.amount, PLAIN), coin(owner, FUNDS - 5n, USD)]
    return orderPayment([owner], [plain!, usd!], outputs, [terms]).signed
  })
  through(ledgers, sells, noTimes())
  const clearing = noTimes()
  through(ledgers, [], clearing)
  const orders = owners.length * (STEPS + 1)
  const each = (list: number[], count: number) => (median(list) / count) * 1e6
  const steps = owners.length * STEPS
  const unit = 'us per step'
  const rows = [
    { label: 'map an instruction (workers)', ours: each(amends.map, steps), unit },
    { label: 'admission', ours: each(amends.check, steps), unit },
    { label: 'assemble a block', ours: each(amends.assemble, steps), unit },
    { label: 'apply, with books and commitments', ours: each(amends.apply, steps), unit },
    { label: 'execute and apply a block of another node', ours: each(amends.execute, steps), unit },
    {
      label: 'a batch that fills a whole book: assemble',
      ours: each(clearing.assemble, orders),
      unit: 'us per order',
    },
    { label: 'the same: execute and apply', ours: each(clearing.execute, orders), unit: 'us per order' },
  ]
  const hash = ledgers[0].tip.appHash.slice(0, 18)
  return {
    name: `orders: ${steps} amendments a block, ${STEPS} a signature; a batch of ${orders}; state ${hash}`,
    rows,
    misses: missesOf(rows),
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(run)
