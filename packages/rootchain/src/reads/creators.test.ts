import type { Hex } from '@omg/protocol'
import { concatHex, encodeAbiParameters, encodeFunctionData } from 'viem'
import { describe, expect, it } from 'vitest'
import { standardExitsAbi } from '../abi.ts'
import type { RootChain } from '../client.ts'
import { getShownCreators, MAX_SHOWN_CREATORS } from './creators.ts'

const empty = `0x${'00'.repeat(32)}` as const
const inclusion = {
  header: '0x',
  path: 0,
  witnessHash: empty,
  inputPositions: '0x',
  lanes: 0n,
  proof: '0x',
} as const
const delegation = { validUntil: 0n, signature: '0x' } as const

const creator = (transaction: Hex) => ({ transaction, outputIndex: 3 })
const callOf = (transaction: Hex) =>
  encodeFunctionData({
    abi: standardExitsAbi,
    functionName: 'startExit',
    args: [creator(transaction), inclusion, delegation],
  })

/** What is found in the calldata of a transaction. */
function shownIn(input: Hex) {
  const ethereum = { getTransaction: async () => ({ input }) } as unknown as RootChain['ethereum']
  return getShownCreators({ ethereum }, { transactionHash: empty })
}

describe('getShownCreators', () => {
  it('reads the call of the exit game', async () => {
    expect(await shownIn(callOf('0x1234'))).toEqual([creator('0x1234')])
  })

  it('reads each call that a batch carries, at whatever offset', async () => {
    const batch = encodeAbiParameters([{ type: 'bytes[]' }], [[callOf('0x11'), '0xabcdef', callOf('0x22')]])
    expect(await shownIn(concatHex(['0x8d80ff0a', batch]))).toEqual([creator('0x11'), creator('0x22')])
    expect(await shownIn(concatHex(['0x00', callOf('0x33')]))).toEqual([creator('0x33')])
  })

  it('finds nothing in other calls, in half a call, and between two bytes', async () => {
    const call = callOf('0x1234')
    expect(await shownIn('0x')).toEqual([])
    expect(await shownIn('0x3ccfd60b')).toEqual([])
    expect(await shownIn(call.slice(0, 100) as Hex)).toEqual([])
    expect(await shownIn(`0x0${call.slice(2)}0`)).toEqual([])
  })

  it('looks at a bounded number of calls', async () => {
    const noise = call4().repeat(MAX_SHOWN_CREATORS - 1)
    expect(await shownIn(`0x${noise}${callOf('0x44').slice(2)}`)).toContainEqual(creator('0x44'))
    expect(await shownIn(`0x${noise}${call4()}${callOf('0x44').slice(2)}`)).not.toContainEqual(
      creator('0x44'),
    )
  })
})

/** The selector alone. */
function call4(): string {
  return callOf('0x').slice(2, 10)
}
