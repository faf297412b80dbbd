import {
  type Address,
  address,
  amount,
  coinGuard,
  type Hash,
  type OutputId,
  outputId,
  type Pay,
  type Position,
  type TxHash,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@omg/protocol'
import { describe, expect, it } from 'vitest'
import {
  deadlineOf,
  type InFlightClaim,
  keyOfViolation,
  type Sightings,
  type Spend,
  type StandardClaim,
} from './claim.ts'
import { judge } from './judge.ts'

const ALICE = address(`0x${'aa'.repeat(20)}`)
const WATCHER = address(`0x${'77'.repeat(20)}`)
const id = (byte: string) => `0x${byte.repeat(32)}` as Hash & OutputId & TxHash
const at = (place: bigint) => place as Position

const INPUT = id('01')
const OTHER_INPUT = id('02')
const OWN = id('10')
const RIVAL = id('20')

const standard = (change: Partial<StandardClaim> = {}): StandardClaim => ({
  kind: 'standard',
  id: '0x01',
  outputId: INPUT,
  owner: ALICE,
  token: ZERO_ADDRESS,
  amount: amount(5n),
  startedAt: 100n,
  deadline: 200n,
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

const inFlight = (change: Partial<InFlightClaim> = {}): InFlightClaim => ({
  kind: 'inFlight',
  id: '0x02',
  txHash: OWN,
  pay,
  startedAt: 100n,
  canonicityDeadline: 150n,
  deadline: 200n,
  competitor: null,
  inclusion: null,
  piggybacks: [],
  state: 'open',
  ...change,
})

interface Seen {
  readonly output: OutputId
  readonly by: TxHash
  readonly position?: bigint
}

function sightings(...seen: readonly Seen[]): Sightings {
  return {
    spendsOf: output =>
      seen
        .filter(spend => spend.output === output)
        .map(
          (spend): Spend => ({
            txHash: spend.by,
            signed: '0x',
            inputIndex: 0,
            position: spend.position === undefined ? null : at(spend.position),
          }),
        ),
    positionOf: txHash => {
      const found = seen.find(spend => spend.by === txHash && spend.position !== undefined)
      return found?.position === undefined ? null : at(found.position)
    },
  }
}

const competitor = (by: TxHash, position: bigint | null, who: Address = WATCHER) => ({
  txHash: by,
  position: position === null ? null : at(position),
  by: who,
})

describe('standard exits', () => {
  it('stands while no spend was seen', () => {
    expect(judge([standard()], sightings())).toEqual([])
  })

  it('is wrong once any spend was seen, included or only signed', () => {
    for (const position of [undefined, 7n]) {
      const seen =
        position === undefined ? { output: INPUT, by: RIVAL } : { output: INPUT, by: RIVAL, position }
      const [violation] = judge([standard()], sightings(seen))
      expect(violation).toMatchObject({ kind: 'exit.spent', spend: { txHash: RIVAL } })
    }
  })

  it('is proven by the included spend if there is one', () => {
    const seen = sightings({ output: INPUT, by: OWN }, { output: INPUT, by: RIVAL, position: 7n })
    expect(judge([standard()], seen)).toMatchObject([{ spend: { txHash: RIVAL, position: 7n } }])
  })

  it('is not judged when it is over', () => {
    const seen = sightings({ output: INPUT, by: RIVAL })
    expect(judge([standard({ state: 'challenged' }), standard({ state: 'paid' })], seen)).toEqual([])
  })
})

describe('canonicity of in-flight exits', () => {
  const cases: [string, InFlightClaim, Seen[], string | undefined][] = [
    ['alone in flight', inFlight(), [], undefined],
    ['alone and included', inFlight(), [{ output: INPUT, by: OWN, position: 5n }], undefined],
    ['rival in flight too', inFlight(), [{ output: INPUT, by: RIVAL }], 'inFlight.competitor'],
    ['rival included', inFlight(), [{ output: OTHER_INPUT, by: RIVAL, position: 5n }], 'inFlight.competitor'],
    [
      'included, rival in flight',
      inFlight(),
      [
        { output: INPUT, by: OWN, position: 5n },
        { output: INPUT, by: RIVAL },
      ],
      undefined,
    ],
    [
      'included before the rival',
      inFlight(),
      [
        { output: INPUT, by: OWN, position: 5n },
        { output: INPUT, by: RIVAL, position: 6n },
      ],
      undefined,
    ],
    [
      'included after the rival',
      inFlight(),
      [
        { output: INPUT, by: OWN, position: 5n },
        { output: INPUT, by: RIVAL, position: 4n },
      ],
      'inFlight.competitor',
    ],
    [
      'disputed in flight, included in truth',
      inFlight({ competitor: competitor(RIVAL, null) }),
      [{ output: INPUT, by: OWN, position: 5n }],
      'inFlight.included',
    ],
    [
      'disputed by a later one, included in truth',
      inFlight({ competitor: competitor(RIVAL, 6n) }),
      [{ output: INPUT, by: OWN, position: 5n }],
      'inFlight.included',
    ],
    [
      'rightly disputed by an earlier one',
      inFlight({ competitor: competitor(RIVAL, 4n) }),
      [{ output: INPUT, by: OWN, position: 5n }],
      undefined,
    ],
    [
      'rightly disputed in flight',
      inFlight({ competitor: competitor(RIVAL, null) }),
      [{ output: INPUT, by: RIVAL }],
      undefined,
    ],
    [
      'disputed without a place, the place is known',
      inFlight({ competitor: competitor(RIVAL, null) }),
      [{ output: INPUT, by: RIVAL, position: 4n }],
      'inFlight.competitor',
    ],
    [
      'answered with an inclusion after the rival',
      inFlight({ inclusion: { position: at(5n), by: ALICE } }),
      [{ output: INPUT, by: RIVAL, position: 4n }],
      'inFlight.competitor',
    ],
    [
      'answered with an inclusion before the rival',
      inFlight({ inclusion: { position: at(5n), by: ALICE } }),
      [{ output: INPUT, by: RIVAL, position: 6n }],
      undefined,
    ],
    ['finalised', inFlight({ state: 'finalised' }), [{ output: INPUT, by: RIVAL }], undefined],
  ]

  it.each(cases)('%s', (_, claim, seen, expected) => {
    expect(judge([claim], sightings(...seen)).map(violation => violation.kind)).toEqual(
      expected ? [expected] : [],
    )
  })

  it('shows the earliest of several rivals, over all inputs', () => {
    const seen = sightings(
      { output: INPUT, by: RIVAL },
      { output: INPUT, by: id('21'), position: 9n },
      { output: OTHER_INPUT, by: id('22'), position: 8n },
    )
    expect(judge([inFlight()], seen)).toMatchObject([{ inputIndex: 1, spend: { txHash: id('22') } }])
  })
})

describe('piggybacks', () => {
  const output = outputId(OWN, 0)
  const onInput = inFlight({
    competitor: competitor(RIVAL, 1n),
    piggybacks: [{ side: 'input', index: 0, blockedBy: null }],
  })
  const onOutput = inFlight({ piggybacks: [{ side: 'output', index: 0, blockedBy: null }] })

  it('allows unspent inputs and outputs', () => {
    expect(judge([onInput, onOutput], sightings({ output: INPUT, by: OWN, position: 5n }))).toEqual([])
  })

  it('refuses an input that another transaction spends', () => {
    expect(judge([onInput], sightings({ output: INPUT, by: RIVAL, position: 1n }))).toMatchObject([
      { kind: 'piggyback.input', index: 0, spend: { txHash: RIVAL } },
    ])
  })

  it('refuses an output that was spent', () => {
    expect(judge([onOutput], sightings({ output, by: RIVAL }))).toMatchObject([
      { kind: 'piggyback.output', index: 0 },
    ])
  })

  it('is done once somebody showed the spend', () => {
    const blocked = { ...onOutput, piggybacks: [{ side: 'output' as const, index: 0, blockedBy: ALICE }] }
    expect(judge([blocked], sightings({ output, by: RIVAL }))).toEqual([])
  })
})

describe('names and deadlines of violations', () => {
  it('gives each a stable key and its own deadline', () => {
    const claim = inFlight({
      piggybacks: [
        { side: 'input', index: 0, blockedBy: null },
        { side: 'input', index: 1, blockedBy: null },
      ],
    })
    const seen = sightings({ output: INPUT, by: RIVAL }, { output: OTHER_INPUT, by: RIVAL })
    const violations = [...judge([claim], seen), ...judge([standard()], seen)]
    expect(violations.map(violation => [keyOfViolation(violation), deadlineOf(violation)])).toEqual([
      ['inFlight.competitor:0x02', 150n],
      ['piggyback.input:0x02:0', 200n],
      ['piggyback.input:0x02:1', 200n],
      ['exit.spent:0x01', 200n],
    ])
  })
})
