import {
  type Address,
  addressOfKey,
  amount,
  coinGuard,
  encodeTransaction,
  encodeWitness,
  fromHex,
  type Hash,
  type Hex,
  type OutputId,
  type Pay,
  signDigest,
  type TxHash,
  toHex,
  transactionHash,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@omg/protocol'
import { describe, expect, it } from 'vitest'
import type { ExitClaim, InFlightClaim } from './claim.ts'
import { Docket, type ExitEvent } from './docket.ts'

/** Second account of the public test mnemonic. */
const KEY = '0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d'
const OWNER = addressOfKey(KEY)
const domain = { chainId: 31337n, verifyingContract: `0x${'c0'.repeat(20)}` as Address }
const id = (byte: string) => `0x${byte.repeat(32)}` as Hash & OutputId & TxHash

const pay: Pay = {
  kind: 'pay',
  inputs: [id('01')],
  outputs: [{ type: 'coin', guard: coinGuard(OWNER), token: ZERO_ADDRESS, amount: amount(5n) }],
  validUntil: 1000n,
  memo: ZERO_HASH,
}
const txHash = transactionHash(pay, domain)
const witness = { signatures: [signDigest(txHash, KEY)], orderTerms: [], swapTerms: [] }

const place = (number: bigint) => ({
  block: { number, timestamp: 1000n + number },
  transactionHash: id('ee') as Hex,
})
const money = {
  token: ZERO_ADDRESS,
  item: false,
  amount: 5n,
  exitableAt: 5000n,
  bond: 7n,
  owner: OWNER.toUpperCase().replace('X', 'x') as Hex,
}

const started: ExitEvent = {
  ...place(10n),
  eventName: 'ExitStarted',
  args: { ...money, exitId: id('01'), position: 77n, creator: id('05') },
}
const inFlight: ExitEvent = {
  ...place(11n),
  eventName: 'InFlightExitStarted',
  args: {
    transactionHash: txHash,
    piggybackUntil: 3000n,
    exitableAt: 5000n,
    expired: false,
    transaction: toHex(encodeTransaction(pay)),
    witness: toHex(encodeWitness(witness)),
  },
}
const piggybacked: ExitEvent = {
  ...place(12n),
  eventName: 'Piggybacked',
  args: { ...money, exitId: id('0b'), transactionHash: txHash, side: 1, index: 0, outputId: id('0c') },
}

function docketOf(...events: readonly ExitEvent[]): Docket {
  const docket = new Docket()
  for (const event of events) docket.fold(event)
  return docket
}

const exitIn = (docket: Docket, key: Hex) => docket.claims().get(key) as ExitClaim
const inFlightIn = (docket: Docket) => docket.claims().get(txHash) as InFlightClaim

function locked(docket: Docket, origin: bigint, output: Hex, spender: Hex = id('ff')): boolean {
  return docket.locks.at(origin).blocks(fromHex(output), fromHex(spender))
}

describe('Docket', () => {
  it('knows an exit, its owner in lower case, and since when the output is locked', () => {
    const docket = docketOf(started)
    expect(exitIn(docket, id('01'))).toMatchObject({
      owner: OWNER,
      startedAt: 1010n,
      state: 'open',
      piggyback: null,
    })
    expect(locked(docket, 9n, id('01'))).toBe(false)
    expect(locked(docket, 10n, id('01'))).toBe(true)
    expect(docket.isExiting(id('01'))).toBe(true)
  })

  it('follows an exit to its end', () => {
    const challenged: ExitEvent = {
      ...place(12n),
      eventName: 'ExitChallenged',
      args: { exitId: id('01'), challenger: OWNER },
    }
    expect(exitIn(docketOf(started, challenged), id('01'))).toMatchObject({
      state: 'challenged',
      answeredBy: OWNER,
    })
    for (const [eventName, state] of [
      ['ExitPaid', 'paid'],
      ['ExitDropped', 'dropped'],
    ] as const) {
      const over: ExitEvent = { ...place(12n), eventName, args: { exitId: id('01') } }
      expect(exitIn(docketOf(started, over), id('01')).state).toBe(state)
    }
  })

  it('knows in-flight exits and their piggybacks, and gives the payment as evidence once', () => {
    const docket = docketOf(inFlight, piggybacked)
    expect(inFlightIn(docket)).toMatchObject({ pay, verdict: 'canonical', state: 'open' })
    expect(exitIn(docket, id('0b'))).toMatchObject({
      outputId: id('0c'),
      piggyback: { transaction: txHash, side: 'output', index: 0 },
    })
    expect(locked(docket, 11n, id('0c'))).toBe(false)
    expect(locked(docket, 12n, id('0c'))).toBe(true)
    expect(docket.takeShownPayments()).toHaveLength(1)
    expect(docket.takeShownPayments()).toHaveLength(0)
    expect([...docket.openInFlight()].map(claim => claim.id)).toEqual([txHash])
  })

  it('knows who disputed and who proved, and the verdict', () => {
    const disputed: ExitEvent = {
      ...place(13n),
      eventName: 'CanonicityChallenged',
      args: { transactionHash: txHash, challenger: OWNER },
    }
    const proven: ExitEvent = {
      ...place(14n),
      eventName: 'InclusionProven',
      args: { transactionHash: txHash },
      sender: OWNER,
    }
    const voided: ExitEvent = {
      ...place(15n),
      eventName: 'TransactionVoid',
      args: { transactionHash: txHash },
      sender: OWNER,
    }
    const docket = docketOf(inFlight, disputed, proven)
    expect(inFlightIn(docket)).toMatchObject({ challengedBy: OWNER, provenBy: OWNER })
    docket.setVerdict(txHash, { verdict: 'void', decided: false }, 4999n)
    expect(inFlightIn(docket)).toMatchObject({ verdict: 'void', state: 'open' })
    expect(docket.isVoid(txHash)).toBe(false)
    docket.setVerdict(txHash, { verdict: 'void', decided: false }, 5000n)
    expect(inFlightIn(docket).state).toBe('over')
    expect(docket.isVoid(txHash)).toBe(false)
    docket.setVerdict(txHash, { verdict: 'void', decided: true }, 5000n)
    expect(inFlightIn(docket).state).toBe('decided')
    expect(docket.isVoid(txHash)).toBe(true)
    expect(inFlightIn(docketOf(inFlight, voided))).toMatchObject({ state: 'decided', verdict: 'void' })
    expect([...docketOf(inFlight, voided).openInFlight()]).toEqual([])
  })

  it('locks the inputs of a payment in flight until it is void, and then what was contested; nothing if it was dead (A14, A15)', () => {
    const voided: ExitEvent = {
      ...place(15n),
      eventName: 'TransactionVoid',
      args: { transactionHash: txHash },
      sender: OWNER,
    }
    const contested: ExitEvent = {
      ...place(14n),
      eventName: 'SpendContested',
      args: { outputId: id('01'), rivalHash: id('0f') },
    }
    const [input, other, none] = [id('01'), id('0e'), false]
    const docket = docketOf(inFlight, voided)
    expect([10n, 11n, 14n, 15n].map(block => locked(docket, block, input, other))).toEqual([
      none,
      true,
      true,
      none,
    ])
    expect([10n, 11n, 14n, 15n].map(block => locked(docket, block, input, txHash))).toEqual([
      none,
      none,
      none,
      true,
    ])
    expect(docket.isContested(input)).toBe(false)
    const disputed = docketOf(inFlight, contested, voided)
    expect([13n, 14n, 15n].map(block => locked(disputed, block, input, other))).toEqual([true, true, true])
    expect([13n, 14n, 15n].map(block => locked(disputed, block, input, txHash))).toEqual([none, true, true])
    expect(disputed.isContested(input)).toBe(true)
    const dead = { ...inFlight, args: { ...inFlight.args, expired: true } } as ExitEvent
    expect(locked(docketOf(dead), 11n, input, other)).toBe(false)
  })

  it('holds an expired transaction void until its inclusion is shown', () => {
    const expired = { ...inFlight, args: { ...inFlight.args, expired: true } } as ExitEvent
    expect(inFlightIn(docketOf(expired)).verdict).toBe('void')
  })

  it('knows who is paid for a challenge', () => {
    const reward: ExitEvent = {
      ...place(13n),
      eventName: 'RewardAssigned',
      args: { exitId: id('01'), challenger: OWNER, payableAt: 20n },
    }
    expect(docketOf(started, reward).rewardOf(id('01'))).toEqual({
      challenger: OWNER,
      payableAt: 20n,
    })
  })

  it('knows what was paid out of a bond, until the exit is started again', () => {
    const reward: ExitEvent = {
      ...place(13n),
      eventName: 'RewardAssigned',
      args: { exitId: id('01'), challenger: OWNER, payableAt: 20n },
    }
    const paid: ExitEvent = {
      ...place(14n),
      eventName: 'BondPaid',
      args: { exitId: id('01'), recipient: money.owner, amount: 4n },
    }
    const docket = docketOf(started, reward)
    expect(docket.payoutOf(id('01'))).toBeUndefined()
    docket.fold(paid)
    expect(docket.payoutOf(id('01'))).toEqual({ recipient: OWNER, amount: 4n })
    docket.fold(started)
    expect([docket.payoutOf(id('01')), docket.rewardOf(id('01'))]).toEqual([undefined, undefined])
  })

  it('knows which open exits wait for their maker', () => {
    const deposit = {
      ...started,
      args: { ...started.args, exitId: id('02'), creator: ZERO_HASH },
    } as ExitEvent
    const docket = docketOf(started, deposit, piggybacked)
    expect([...docket.openWithoutMaker()]).toMatchObject([
      { id: id('01'), startedBy: id('ee'), origin: { txHash: id('05'), position: 77n } },
    ])
    const shown = {
      txHash: id('05'),
      inputs: [],
      creator: { transaction: '0x', outputIndex: 0 },
      leaf: 1n,
    } as const
    docket.setMaker(id('01'), shown)
    expect([...docket.openWithoutMaker()]).toEqual([])
    expect(exitIn(docket, id('01')).shown).toBe(shown)
  })

  it('knows whether Ethereum was shown the inclusion of a payment in flight, before or after its exit', () => {
    const shownAt = (leaf: bigint): ExitEvent => ({
      ...place(10n),
      eventName: 'SpendShown',
      args: { outputId: id('01'), transactionHash: txHash, leaf },
    })
    const pending = (1n << 56n) - 1n
    const of = (...events: ExitEvent[]) => inFlightIn(docketOf(...events)).inclusionShown
    expect([of(inFlight), of(inFlight, shownAt(pending)), of(inFlight, shownAt(pending - 1n))]).toEqual([
      false,
      false,
      true,
    ])
    expect(of(shownAt(5n), inFlight)).toBe(true)
    expect([...docketOf(inFlight).shownSpent()]).toEqual([id('01')])
    expect([...docketOf(shownAt(5n)).shownSpent()]).toEqual([id('01')])
    expect([
      ...docketOf({ ...inFlight, args: { ...inFlight.args, expired: true } } as ExitEvent).shownSpent(),
    ]).toEqual([])
  })

  it('ignores what happens to exits it does not know', () => {
    const paid: ExitEvent = { ...place(12n), eventName: 'ExitPaid', args: { exitId: id('09') } }
    expect(docketOf(paid).claims().size).toBe(0)
  })
})
