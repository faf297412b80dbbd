import type { Hash, OutputId, TxHash } from '@omg/protocol'
import { ZERO_ADDRESS } from '@omg/protocol'
import { describe, expect, it } from 'vitest'
import { type Deposit, keepTransfers, readTransfers, transferFrom, type Withdrawal } from './transfer.ts'

const hash = <T extends Hash>(byte: string) => `0x${byte.repeat(32)}` as T
const owner = ZERO_ADDRESS
const deposit: Deposit = {
  ...{
    kind: 'deposit',
    id: 'a',
    token: ZERO_ADDRESS,
    amount: 2n ** 127n,
    created: 1,
    stage: 'final',
    trade: true,
  },
  ...{ since: 5n, block: 6n, output: hash<OutputId>('11'), transaction: hash('22') },
  problem: { title: 'Stopped', text: 'Try again.', code: 'page.unexpected' },
}
const withdrawal: Withdrawal = {
  ...{
    kind: 'withdrawal',
    id: 'b',
    token: ZERO_ADDRESS,
    amount: 1n,
    created: 2,
    stage: 'waiting',
    source: 'trading',
  },
  ...{ payment: hash<TxHash>('33'), output: hash<OutputId>('44'), checkpoint: 9n, exitableAt: 10n },
  ...{ started: hash('55'), paid: undefined, problem: undefined },
}

function memory() {
  const kept = new Map<string, string>()
  return {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, text: string) => void kept.set(name, text),
  }
}

describe('money on its way', () => {
  it('is the same after a reload', () => {
    const storage = memory()
    keepTransfers(owner, [withdrawal, deposit], storage)
    expect(readTransfers(owner, storage)).toEqual([withdrawal, deposit])
  })

  it('is not read where it is not what it should be', () => {
    for (const value of [
      null,
      1,
      {},
      { ...withdrawal, amount: '-1' },
      { ...withdrawal, stage: 'gone' },
      { kind: 'gift' },
    ]) {
      expect(transferFrom(value)).toBeUndefined()
    }
    const storage = memory()
    storage.setItem(`transfers ${owner}`, '[{]')
    expect(readTransfers(owner, storage)).toEqual([])
  })

  it('keeps at most twenty', () => {
    const storage = memory()
    keepTransfers(
      owner,
      Array.from({ length: 50 }, (_, id) => ({ ...deposit, id: String(id) })),
      storage,
    )
    expect(readTransfers(owner, storage)).toHaveLength(20)
  })
})
