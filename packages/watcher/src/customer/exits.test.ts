import { type OutputId, ZERO_HASH } from '@omg/protocol'
import { exitQueueAbi, inFlightExitsAbi, RevertedError, standardExitsAbi } from '@omg/rootchain'
import { describe, expect, it } from 'vitest'
import { ANSWERED } from '../guard/challenger.ts'
import { type DelegatedExit, type ExitCalls, POINTLESS, PREPARATIONS, startDelegatedExit } from './exits.ts'

const outputId = `0x${'a1'.repeat(32)}` as OutputId
const exit: DelegatedExit = {
  outputId,
  creator: { transaction: '0x01', outputIndex: 2 },
  delegation: { validUntil: 5n, signature: '0x' },
}
const STARTED = { exitId: outputId, exitableAt: 9n, bond: 1n, transactionHash: ZERO_HASH }

/** Ethereum that refuses the starts in turn, and answers the preparations as told. */
function world(refusals: readonly string[], preparation: () => Promise<unknown> = async () => undefined) {
  const left = [...refusals]
  const asked: string[] = []
  const calls: ExitCalls = {
    async start() {
      asked.push('start')
      const reason = left.shift()
      if (reason !== undefined) throw new RevertedError('startExit', reason, [])
      return STARTED
    },
    showInclusion(creator) {
      asked.push(`show ${creator.transaction}`)
      return preparation()
    },
    withdrawBond(id) {
      asked.push(`bond ${id}`)
      return preparation()
    },
  }
  return { calls, asked }
}

const reverted = (reason: string) => async () => {
  throw new RevertedError('call', reason, [])
}

describe('startDelegatedExit', () => {
  it('starts at once where Ethereum takes it', async () => {
    const { calls, asked } = world([])
    expect(await startDelegatedExit(calls, exit)).toEqual(STARTED)
    expect(asked).toEqual(['start'])
  })

  it('I2: shows the inclusion of the payment first where Ethereum wants to see it', async () => {
    const { calls, asked } = world(['SpendNotProven'])
    expect(await startDelegatedExit(calls, exit)).toEqual(STARTED)
    expect(asked).toEqual(['start', 'show 0x01', 'start'])
  })

  it('has the bond of an earlier exit paid out, too', async () => {
    const { calls, asked } = world(['SpendNotProven', 'BondOutstanding'])
    expect(await startDelegatedExit(calls, exit)).toEqual(STARTED)
    expect(asked).toEqual(['start', 'show 0x01', 'start', `bond ${outputId}`, 'start'])
  })

  it.each([...ANSWERED])('goes on where somebody else was faster: %s', async reason => {
    const { calls, asked } = world(['SpendNotProven'], reverted(reason))
    expect(await startDelegatedExit(calls, exit)).toEqual(STARTED)
    expect(asked).toEqual(['start', 'show 0x01', 'start'])
  })

  it('gives up where the preparation is refused, and what it could not show is not shown twice', async () => {
    const refused = world(['SpendNotProven'], reverted('TransactionExpired'))
    await expect(startDelegatedExit(refused.calls, exit)).rejects.toMatchObject({
      reason: 'TransactionExpired',
    })
    const vain = world(['SpendNotProven', 'SpendNotProven'])
    await expect(startDelegatedExit(vain.calls, exit)).rejects.toMatchObject({ reason: 'SpendNotProven' })
    expect(vain.asked).toEqual(['start', 'show 0x01', 'start'])
  })

  it('throws every other refusal and every other error', async () => {
    const { calls, asked } = world(['WrongBond'])
    await expect(startDelegatedExit(calls, exit)).rejects.toMatchObject({ reason: 'WrongBond' })
    expect(asked).toEqual(['start'])
    const offline = { ...calls, start: async () => Promise.reject(new Error('offline')) }
    await expect(startDelegatedExit(offline, exit)).rejects.toThrow('offline')
  })
})

describe('refusals', () => {
  const errorsOf = (abi: readonly { readonly type: string; readonly name?: string }[]) =>
    abi.flatMap(({ type, name }) => (type === 'error' ? [name!] : []))

  it('each has a name that a contract has', () => {
    const known = new Set([exitQueueAbi, inFlightExitsAbi, standardExitsAbi].flatMap(abi => errorsOf(abi)))
    const named = [...POINTLESS, ...PREPARATIONS.keys(), ...ANSWERED]
    expect(named.filter(name => !known.has(name))).toEqual([])
  })

  it('are all that the queue has against the start of an exit: a new one must be thought about', () => {
    const ofOtherCalls = [
      ...[
        'AlreadyDecided',
        'AlreadyInFlight',
        'EvidenceWithoutEffect',
        'ExitNotOpen',
        'NotInFlight',
        'NotVoid',
      ],
      ...['NotAnExitGame', 'ReentrancyGuardReentrantCall'],
    ]
    const thought = [...POINTLESS, ...PREPARATIONS.keys(), ...ofOtherCalls]
    expect(thought.toSorted()).toEqual(errorsOf(exitQueueAbi).toSorted())
  })
})
