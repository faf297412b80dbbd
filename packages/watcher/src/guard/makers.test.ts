import {
  type Address,
  address,
  amount,
  coinGuard,
  encodeTransaction,
  type Hash,
  type Hex,
  type OutputId,
  outputId,
  type Pay,
  position,
  type TxHash,
  toHex,
  transactionHash,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@omg/protocol'
import type { Creator } from '@omg/rootchain'
import { describe, expect, it } from 'vitest'
import type { ExitClaim } from './claim.ts'
import { Makers } from './makers.ts'

const ALICE = address(`0x${'aa'.repeat(20)}`)
const domain = { chainId: 31337n, verifyingContract: `0x${'c0'.repeat(20)}` as Address }
const id = (byte: string) => `0x${byte.repeat(32)}` as Hash & OutputId & TxHash

function payOf(input: OutputId): Pay {
  const output = { type: 'coin', guard: coinGuard(ALICE), token: ZERO_ADDRESS, amount: amount(5n) } as const
  return { kind: 'pay', inputs: [input], outputs: [output, output], validUntil: 1000n, memo: ZERO_HASH }
}
const creatorOf = (pay: Pay, outputIndex = 1): Creator => {
  return { transaction: toHex(encodeTransaction(pay)), outputIndex }
}

const maker = payOf(id('01'))
const txHash = transactionHash(maker, domain)
const at = position({ checkpoint: 3n, sequence: 0, shard: 2, index: 5, output: 1 })
const EXIT = outputId(txHash, 1)
const STARTED_BY = id('ee') as Hex

const claim: ExitClaim = {
  kind: 'exit',
  id: EXIT,
  outputId: EXIT,
  piggyback: null,
  owner: ALICE,
  token: ZERO_ADDRESS,
  item: false,
  amount: 5n,
  bond: 1n,
  startedAt: 100n,
  startedBy: STARTED_BY,
  exitableAt: 200n,
  state: 'open',
  answeredBy: null,
  origin: { txHash, position: at },
}
const found = {
  txHash,
  inputs: [id('01')],
  creator: creatorOf(maker),
  leaf: (3n << 24n) | (2n << 16n) | 5n,
}

/** Makers over a chain with one transaction, and an Ethereum with one call. */
function world({ block, calldata = [] }: { block?: Creator; calldata?: Creator[] | Error }) {
  const asked: Hex[] = []
  const makers = new Makers({
    domain,
    blocks: { creatorAt: position => (position === at ? block : undefined) },
    async shownIn(transactionHash) {
      asked.push(transactionHash)
      if (calldata instanceof Error) throw calldata
      return calldata
    },
  })
  return { makers, asked }
}

describe('Makers', () => {
  it('finds what made an output in the own blocks, and asks Ethereum for nothing', async () => {
    const { makers, asked } = world({ block: creatorOf(maker) })
    expect(await makers.find(claim)).toEqual(found)
    expect(asked).toEqual([])
  })

  it('reads what no own block holds from the transaction that started the exit', async () => {
    const { makers, asked } = world({ calldata: [creatorOf(maker)] })
    expect(await makers.find(claim)).toEqual(found)
    expect(asked).toEqual([STARTED_BY])
  })

  it('reads it there too where the own block holds another transaction: the checkpoint was not the one shown', async () => {
    const { makers } = world({ block: creatorOf(payOf(id('02'))), calldata: [creatorOf(maker)] })
    expect(await makers.find(claim)).toEqual(found)
  })

  it('takes its own out of a batch', async () => {
    const { makers } = world({
      calldata: [creatorOf(payOf(id('02'))), creatorOf(maker, 0), creatorOf(maker)],
    })
    expect(await makers.find(claim)).toEqual(found)
  })

  it('believes no calldata of another output, and asks for it once', async () => {
    for (const creator of [
      creatorOf(payOf(id('02'))),
      creatorOf(maker, 0),
      { transaction: '0xff', outputIndex: 1 } as const,
    ]) {
      const calldata = [creator]
      const { makers, asked } = world({ calldata })
      expect([await makers.find(claim), await makers.find(claim)]).toEqual([undefined, undefined])
      expect(asked).toEqual([STARTED_BY])
    }
  })

  it("looks again for a block that was not there yet, and no more where block and calldata are another's", async () => {
    let looked = 0
    const other = creatorOf(payOf(id('02')))
    const answers = [undefined, undefined, other, other]
    const makers = new Makers({
      domain,
      blocks: { creatorAt: () => answers[looked++] },
      shownIn: async () => [],
    })
    for (let round = 0; round < 6; round++) expect(await makers.find(claim)).toBeUndefined()
    expect(looked).toBe(3)
  })

  it('asks again after a provider has failed', async () => {
    const { makers, asked } = world({ calldata: new Error('down') })
    expect([await makers.find(claim), await makers.find(claim)]).toEqual([undefined, undefined])
    expect(asked).toHaveLength(2)
  })

  it('looks for nothing that made a deposit', async () => {
    const { makers, asked } = world({ calldata: [creatorOf(maker)] })
    expect(await makers.find({ ...claim, origin: null })).toBeUndefined()
    expect(asked).toEqual([])
  })
})
