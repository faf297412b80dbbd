import {
  address,
  amount,
  coinGuard,
  type Hash,
  type OutputId,
  outputId,
  type Pay,
  type TxHash,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@omg/protocol'
import { describe, expect, it } from 'vitest'
import {
  type Claim,
  deadlineOf,
  type ExitClaim,
  type InFlightClaim,
  keyOfViolation,
  type Sightings,
  type Spend,
  safeUntil,
  type Violation,
} from './claim.ts'
import { judge } from './judge.ts'

const ALICE = address(`0x${'aa'.repeat(20)}`)
const id = (byte: string) => `0x${byte.repeat(32)}` as Hash & OutputId & TxHash

const INPUT = id('01')
const OTHER_INPUT = id('02')
const OWN = id('10')
const RIVAL = id('20')
const OUTPUT = outputId(OWN, 0)

const exit = (change: Partial<ExitClaim> = {}): ExitClaim => ({
  kind: 'exit',
  id: INPUT,
  outputId: INPUT,
  piggyback: null,
  owner: ALICE,
  token: ZERO_ADDRESS,
  item: false,
  amount: 5n,
  bond: 1n,
  startedAt: 100n,
  startedBy: id('ee'),
  exitableAt: 200n,
  state: 'open',
  answeredBy: null,
  origin: null,
  ...change,
})

const pay: Pay = {
  kind: 'pay',
  inputs: [INPUT, OTHER_INPUT],
  outputs: [{ type: 'coin', guard: coinGuard(ALICE), token: ZERO_ADDRESS, amount: amount(5n) }],
  validUntil: 1000n,
  memo: ZERO_HASH,
}

const inFlight = (verdict: InFlightClaim['verdict'], change: Partial<InFlightClaim> = {}): InFlightClaim => ({
  kind: 'inFlight',
  id: OWN,
  pay,
  startedAt: 100n,
  piggybackUntil: 150n,
  exitableAt: 200n,
  expired: false,
  inclusionShown: false,
  verdict,
  state: 'open',
  challengedBy: null,
  provenBy: null,
  voidedBy: null,
  ...change,
})

interface Seen {
  readonly output: OutputId
  readonly by: TxHash
  readonly leaf?: bigint
}

function sightings(...seen: readonly Seen[]): Sightings {
  return {
    spendsOf: output =>
      seen
        .filter(spend => spend.output === output)
        .map(({ by, leaf = null }) => ({ txHash: by, signed: '0x', inputIndex: 0, leaf, validUntil: 1000n })),
    leafOf: txHash => seen.find(spend => spend.by === txHash && spend.leaf !== undefined)?.leaf ?? null,
  }
}

const judged = (
  claims: readonly Claim[],
  seen: Sightings,
  declaredVoid: readonly TxHash[] = [],
  now = 120n,
) => judge({ claims, sightings: seen, declaredVoid, now })

describe('standard exits', () => {
  it('stand while no spend was seen', () => {
    expect(judged([exit()], sightings())).toEqual([])
  })

  it('are wrong once any spend was seen, included or only signed', () => {
    for (const seen of [
      { output: INPUT, by: RIVAL },
      { output: INPUT, by: RIVAL, leaf: 7n },
    ]) {
      expect(judged([exit()], sightings(seen))).toMatchObject([
        { kind: 'exit.spent', spend: { txHash: RIVAL } },
      ])
    }
  })

  it('are answered with the included spend if there is one', () => {
    const seen = sightings({ output: INPUT, by: OWN }, { output: INPUT, by: RIVAL, leaf: 7n })
    expect(judged([exit()], seen)).toMatchObject([{ spend: { txHash: RIVAL, leaf: 7n } }])
  })

  it('are not judged when they are over', () => {
    const over = (['challenged', 'paid', 'dropped'] as const).map(state => exit({ state }))
    expect(judged(over, sightings({ output: INPUT, by: RIVAL }))).toEqual([])
  })
})

describe('what was never made', () => {
  const decided = (verdict: InFlightClaim['verdict']) => inFlight(verdict, { id: RIVAL, state: 'decided' })
  const exiting = exit({ id: outputId(RIVAL, 1), outputId: outputId(RIVAL, 1) })
  const child = inFlight('canonical', { pay: { ...pay, inputs: [id('03'), outputId(RIVAL, 1)] } })

  it('cannot exit, once its transaction is void by declaration or by time', () => {
    const violation = { kind: 'exit.void', maker: { txHash: RIVAL, outputIndex: 1 } }
    expect(judged([exiting], sightings(), [RIVAL])).toMatchObject([{ ...violation, lost: null }])
    expect(judged([exiting, decided('void')], sightings())).toMatchObject([violation])
    for (const other of [decided('canonical'), inFlight('void', { id: RIVAL, state: 'over' })])
      expect(judged([exiting, other], sightings())).toEqual([])
  })

  it('is not given back to who spends it in flight (I2)', () => {
    const claimed = (side: 'input' | 'output') =>
      exit({ outputId: outputId(RIVAL, 1), piggyback: { transaction: OWN, side, index: 1 } })
    const violation = { kind: 'exit.void', maker: { txHash: RIVAL, outputIndex: 1 }, lost: null }
    expect(judged([claimed('input')], sightings(), [RIVAL])).toMatchObject([violation])
    expect(judged([claimed('output')], sightings(), [RIVAL])).toEqual([])
  })

  it('cannot be spent in flight', () => {
    expect(judged([child], sightings(), [RIVAL])).toMatchObject([
      { kind: 'inFlight.void', inputIndex: 1, parent: { txHash: RIVAL, outputIndex: 1 } },
    ])
    expect(judged([child], sightings())).toEqual([])
  })

  it('cannot be spent in flight either when it is final by an exit or by another transaction', () => {
    const violation = { kind: 'inFlight.void', inputIndex: 0, parent: null }
    expect(judged([inFlight('canonical'), exit({ state: 'paid' })], sightings())).toMatchObject([violation])
    expect(judged([inFlight('canonical'), decided('canonical')], sightings())).toMatchObject([violation])
    expect(judged([inFlight('canonical'), decided('void'), exit()], sightings())).toEqual([])
  })

  it('cannot exit when its transaction stands behind another spend of its input (A5)', () => {
    const shown = {
      txHash: OWN,
      inputs: [OTHER_INPUT, INPUT],
      creator: { transaction: '0x', outputIndex: 0 },
    } as const
    const late = exit({ id: OUTPUT, outputId: OUTPUT, shown: { ...shown, leaf: 9n } })
    const spentAt = (leaf?: bigint) =>
      judged([late], sightings({ output: INPUT, by: RIVAL, ...(leaf === undefined ? {} : { leaf }) }))
    expect(spentAt(8n)).toMatchObject([{ kind: 'exit.losing', inputIndex: 1, spend: { txHash: RIVAL } }])
    expect(spentAt(10n)).toEqual([])
    expect(spentAt()).toEqual([])
    expect(judged([late], sightings({ output: INPUT, by: OWN, leaf: 4n }))).toEqual([])
  })

  it('cannot exit when an input of its transaction is final by another (A1)', () => {
    const creator = { transaction: '0x', outputIndex: 0 } as const
    const shown = { txHash: OWN, inputs: [OTHER_INPUT, INPUT], creator, leaf: 9n }
    const orphan = exit({ id: OUTPUT, outputId: OUTPUT, shown })
    const violation = {
      kind: 'exit.void',
      maker: { txHash: OWN, outputIndex: 0 },
      lost: { shown, inputIndex: 1 },
    }
    const winner = decided('canonical')
    const other = { ...winner, pay: { ...pay, inputs: [INPUT] } }
    expect(judged([orphan, exit({ state: 'paid' })], sightings())).toMatchObject([violation])
    expect(judged([orphan, other], sightings())).toMatchObject([violation])
    expect(judged([orphan, exit()], sightings())).toEqual([])
    expect(judged([orphan, { ...other, id: OWN }], sightings())).toEqual([])
    // An exit that can no longer be stopped counts as paid, unless Ethereum knows a spend and will drop it.
    expect(judged([orphan, exit()], sightings(), [], 200n)).toMatchObject([violation])
    const dropped = {
      claims: [orphan, exit()],
      sightings: sightings(),
      shownSpent: new Set([INPUT]),
      now: 200n,
    }
    expect(judge(dropped)).toEqual([])
  })

  it('is answered as spent while Ethereum takes that, and as never made afterwards', () => {
    const spent = sightings({ output: exiting.outputId, by: OWN, leaf: 3n })
    const kindAt = (now: bigint) => judged([exiting], spent, [RIVAL], now).map(({ kind }) => kind)
    expect([kindAt(199n), kindAt(200n)]).toEqual([['exit.spent'], ['exit.void']])
    expect(judged([exiting], spent, [], 200n)).toMatchObject([{ kind: 'exit.spent' }])
  })
})

describe('piggybacks', () => {
  const onInput = exit({ id: id('31'), piggyback: { transaction: OWN, side: 'input', index: 0 } })
  const onOutput = exit({
    id: id('32'),
    outputId: OUTPUT,
    piggyback: { transaction: OWN, side: 'output', index: 0 },
  })

  it('stand on inputs that only the in-flight transaction spends, and on unspent outputs', () => {
    expect(judged([onInput, onOutput], sightings({ output: INPUT, by: OWN, leaf: 5n }))).toEqual([])
  })

  it('are wrong on an input that another transaction spends', () => {
    const seen = sightings({ output: INPUT, by: OWN }, { output: INPUT, by: RIVAL })
    expect(judged([onInput], seen)).toMatchObject([{ kind: 'piggyback.spent', spend: { txHash: RIVAL } }])
  })

  it('are wrong on a spent output', () => {
    expect(judged([onOutput], sightings({ output: OUTPUT, by: RIVAL }))).toMatchObject([
      { kind: 'piggyback.spent' },
    ])
  })
})

describe('canonicity of in-flight exits', () => {
  const own = (leaf: bigint): Seen => ({ output: INPUT, by: OWN, leaf })
  const rival = (leaf?: bigint): Seen => ({
    output: OTHER_INPUT,
    by: RIVAL,
    ...(leaf === undefined ? {} : { leaf }),
  })
  const cases: [string, InFlightClaim, Seen[], string | undefined][] = [
    ['held canonical, alone', inFlight('canonical'), [], undefined],
    ['held canonical, alone and included', inFlight('canonical'), [own(5n)], undefined],
    ['held canonical, rival in flight too', inFlight('canonical'), [rival()], 'inFlight.rival'],
    ['held canonical, rival included', inFlight('canonical'), [rival(5n)], 'inFlight.rival'],
    ['held canonical, included, rival in flight', inFlight('canonical'), [own(5n), rival()], undefined],
    ['held canonical, included before the rival', inFlight('canonical'), [own(5n), rival(6n)], undefined],
    [
      'held canonical, included after the rival',
      inFlight('canonical'),
      [own(5n), rival(4n)],
      'inFlight.rival',
    ],
    ['held void, not included', inFlight('void'), [rival()], undefined],
    ['held void, rival not seen', inFlight('void'), [], undefined],
    ['held void, included, rival in flight', inFlight('void'), [own(5n), rival()], 'inFlight.included'],
    ['held void, included before the rival', inFlight('void'), [own(5n), rival(6n)], 'inFlight.included'],
    ['held void, included after the rival', inFlight('void'), [own(5n), rival(4n)], undefined],
    [
      'held void because expired, but included',
      inFlight('void', { expired: true }),
      [own(5n)],
      'inFlight.included',
    ],
    ['decided', inFlight('canonical', { state: 'decided' }), [rival()], undefined],
  ]

  it.each(cases)('%s', (_, claim, seen, expected) => {
    expect(judged([claim], sightings(...seen)).map(violation => violation.kind)).toEqual(
      expected ? [expected] : [],
    )
  })

  it('shows the earliest of several rivals, over all inputs', () => {
    const seen = sightings(
      { output: INPUT, by: RIVAL },
      { output: INPUT, by: id('21'), leaf: 9n },
      { output: OTHER_INPUT, by: id('22'), leaf: 8n },
    )
    expect(judged([inFlight('canonical')], seen)).toMatchObject([
      { input: OTHER_INPUT, spend: { txHash: id('22') } },
    ])
  })
})

describe('the time of an answer', () => {
  const spend = (leaf: bigint | null): Spend => {
    return { txHash: RIVAL, signed: '0x', inputIndex: 0, leaf, validUntil: 130n }
  }
  const shown = {
    txHash: OWN,
    inputs: [INPUT],
    creator: { transaction: '0x', outputIndex: 0 },
    leaf: 9n,
  } as const
  const maker = { txHash: OWN, outputIndex: 0 }
  const flight = inFlight('canonical')
  const proven = inFlight('canonical', { inclusionShown: true })
  // First half until 150, exitable at 200, a spend in no checkpoint alive at 130.
  const cases: [string, Violation, deadline: bigint | null, safe: bigint][] = [
    ['exit.spent, included', { kind: 'exit.spent', claim: exit(), spend: spend(7n) }, 200n, 200n],
    ['exit.spent, signed', { kind: 'exit.spent', claim: exit(), spend: spend(null) }, 200n, 131n],
    ['piggyback.spent, included', { kind: 'piggyback.spent', claim: exit(), spend: spend(7n) }, 200n, 200n],
    ['piggyback.spent, signed', { kind: 'piggyback.spent', claim: exit(), spend: spend(null) }, 200n, 131n],
    ['exit.void', { kind: 'exit.void', claim: exit(), maker, lost: null }, null, 200n],
    [
      'exit.void, to be shown',
      { kind: 'exit.void', claim: exit(), maker, lost: { shown, inputIndex: 0 } },
      null,
      200n,
    ],
    [
      'exit.losing',
      { kind: 'exit.losing', claim: exit(), shown, inputIndex: 0, spend: spend(7n) },
      null,
      200n,
    ],
    [
      'inFlight.rival, included',
      { kind: 'inFlight.rival', claim: flight, input: INPUT, spend: spend(7n) },
      150n,
      150n,
    ],
    [
      'inFlight.rival, signed',
      { kind: 'inFlight.rival', claim: flight, input: INPUT, spend: spend(null) },
      150n,
      131n,
    ],
    [
      'inFlight.rival, both included',
      { kind: 'inFlight.rival', claim: proven, input: INPUT, spend: spend(7n) },
      200n,
      200n,
    ],
    [
      'inFlight.rival, only the payment included',
      { kind: 'inFlight.rival', claim: proven, input: INPUT, spend: spend(null) },
      150n,
      131n,
    ],
    ['inFlight.void', { kind: 'inFlight.void', claim: flight, inputIndex: 0, parent: null }, 200n, 200n],
    ['inFlight.included', { kind: 'inFlight.included', claim: flight, leaf: 7n }, 200n, 200n],
  ]

  it.each(cases)('ends as the contracts say: %s', (_, violation, deadline, safe) => {
    expect([deadlineOf(violation), safeUntil(violation)]).toEqual([deadline, safe])
    expect(keyOfViolation(violation)).toBe(`${violation.kind}:${violation.claim.id}`)
  })
})
