import {
  address,
  amount,
  coinGuard,
  encodeTransaction,
  type Hash,
  type OutputId,
  type Pay,
  type TxHash,
  toHex,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@omg/protocol'
import { RevertedError } from '@omg/rootchain'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { Docket, type ExitEvent } from './docket.ts'
import { TURNS_UNTIL_RETRY, VoidNotes } from './note-void.ts'
import { TURNS } from './turn.ts'

const ME = address(`0x${'77'.repeat(20)}`)
const id = (byte: string) => `0x${byte.repeat(32)}` as Hash & OutputId & TxHash
const [HERS, CUSTOMERS] = [id('a1'), id('a2')]
const FLYING = id('f1')
const EXITABLE_AT = 1000n
const TURN = 10n

const pay: Pay = {
  kind: 'pay',
  inputs: [HERS, CUSTOMERS],
  outputs: [{ type: 'coin', guard: coinGuard(ME), token: ZERO_ADDRESS, amount: amount(5n) }],
  validUntil: 2000n,
  memo: ZERO_HASH,
}
const place = (timestamp: bigint) => ({ block: { number: timestamp, timestamp }, transactionHash: id('ee') })
const startedFlight = (expired = false): ExitEvent => ({
  ...place(100n),
  eventName: 'InFlightExitStarted',
  args: {
    transactionHash: FLYING,
    piggybackUntil: 500n,
    exitableAt: EXITABLE_AT,
    expired,
    transaction: toHex(encodeTransaction(pay)),
    witness: '0x',
  },
})
const contested = (outputId: OutputId): ExitEvent => ({
  ...place(200n),
  eventName: 'SpendContested',
  args: { outputId, rivalHash: id('f2') },
})
const noted: ExitEvent = {
  ...place(1001n),
  eventName: 'TransactionVoid',
  args: { transactionHash: FLYING },
  sender: ME,
}

function world(events: ExitEvent[], answer: () => Promise<Hash> = async () => id('e1')) {
  const docket = new Docket()
  for (const event of events) docket.fold(event)
  const state = { now: EXITABLE_AT + TURNS * TURN, sent: [] as TxHash[] }
  const notes = new VoidNotes({
    records: { docket, time: () => state.now },
    isCustomers: output => output === CUSTOMERS,
    note: txHash => {
      state.sent.push(txHash)
      return answer()
    },
    watcher: ME,
    turnSeconds: TURN,
    log: pino({ level: 'silent' }),
  })
  const decide = (verdict: 'canonical' | 'void') =>
    docket.setVerdict(FLYING, { verdict, decided: true }, state.now)
  return { docket, notes, state, decide }
}

describe('VoidNotes', () => {
  it('notes once what time made void, if that frees an output of a customer', async () => {
    const { docket, notes, state, decide } = world([startedFlight(), contested(HERS)])
    await notes.round()
    expect(state.sent).toEqual([])
    decide('void')
    await notes.round()
    await notes.round()
    expect(state.sent).toEqual([FLYING])
    docket.fold(noted)
    state.now += 100n * TURN
    await notes.round()
    expect(state.sent).toEqual([FLYING])
  })

  it('waits for its turn after the decision', async () => {
    const { notes, state, decide } = world([startedFlight(), contested(HERS)])
    decide('void')
    state.now = EXITABLE_AT - 1n
    await notes.round()
    expect(state.sent).toEqual([])
  })

  it('sends again what Ethereum does not show: dropped, or failed', async () => {
    const { notes, state, decide } = world([startedFlight(), contested(HERS)], () =>
      Promise.reject(new Error('lost')),
    )
    decide('void')
    await notes.round()
    state.now += TURNS_UNTIL_RETRY * TURN
    await notes.round()
    expect(state.sent).toEqual([FLYING, FLYING])
  })

  it('loses nothing when somebody was faster', async () => {
    const faster = () => Promise.reject(new RevertedError('noteVoid', 'AlreadyDecided', []))
    const { notes, state, decide } = world([startedFlight(), contested(HERS)], faster)
    decide('void')
    await notes.round()
    await notes.round()
    expect(state.sent).toEqual([FLYING])
  })

  it.each([
    ['canonical', [startedFlight()], 'canonical'],
    ['dead at its start', [startedFlight(true)], 'void'],
    ['void by evidence', [startedFlight(), noted], 'void'],
    ['freeing nothing of a customer', [startedFlight(), contested(CUSTOMERS)], 'void'],
  ] as const)('leaves alone what is %s', async (_, events, verdict) => {
    const { notes, state, decide } = world([...events])
    decide(verdict)
    await notes.round()
    expect(state.sent).toEqual([])
  })
})
