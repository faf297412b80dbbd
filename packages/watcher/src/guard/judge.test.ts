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
  exitableAt: 200n,
  state: 'open',
  answeredBy: null,
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
        .map(spend => ({ txHash: spend.by, signed: '0x', inputIndex: 0, leaf: spend.leaf ?? null })),
    leafOf: txHash => seen.find(spend => spend.by === txHash && spend.leaf !== undefined)?.leaf ?? null,
  }
}

const judged = (claims: readonly Claim[], seen: Sightings) => judge({ claims, sightings: seen })

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
    expect(judge({ claims: [exiting], sightings: sightings(), declaredVoid: [RIVAL] })).toMatchObject([
      violation,
    ])
    expect(judged([exiting, decided('void')], sightings())).toMatchObject([violation])
    for (const other of [decided('canonical'), inFlight('void', { id: RIVAL, state: 'over' })])
      expect(judged([exiting, other], sightings())).toEqual([])
  })

  it('cannot be spent in flight', () => {
    expect(judge({ claims: [child], sightings: sightings(), declaredVoid: [RIVAL] })).toMatchObject([
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

it('names each violation by its kind and claim, with the time until which it can be answered', () => {
  const seen = sightings({ output: INPUT, by: RIVAL })
  const included = sightings({ output: INPUT, by: RIVAL, leaf: 3n })
  const claims = [exit(), inFlight('canonical')]
  expect(judged(claims, seen).map(violation => [keyOfViolation(violation), deadlineOf(violation)])).toEqual([
    [`exit.spent:${INPUT}`, 200n],
    [`inFlight.rival:${OWN}`, 150n],
  ])
  expect(judged(claims, included).map(deadlineOf)).toEqual([200n, 200n])
})
