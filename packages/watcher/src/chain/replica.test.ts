import { createMapPool, decodeBlock, encodeBlock, Ledger, type MapPool, writeEntry } from '@omg/ledger'
import { alice, bob, coin, PARAMETERS, payment } from '@omg/ledger/testing'
import { fromHex, hash, type OutputId, position, unwrap } from '@omg/protocol'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { FEE, TestChain } from './chain.fixture.ts'
import {
  decodeChange,
  decodeLeaves,
  encodeChange,
  encodeLeaves,
  inputsOfExecution,
  type Outcome,
  Replica,
  type RootChainView,
} from './replica.ts'

const pool: MapPool = createMapPool({ domain: PARAMETERS.domain, workers: 0 })
afterAll(() => pool.close())

let chain: TestChain
let replica: Replica
let coins: OutputId[]

beforeEach(() => {
  chain = new TestChain()
  replica = new Replica(new Ledger(PARAMETERS), pool, chain.view)
  coins = chain.deposit([coin(alice.address, 50n * FEE), coin(alice.address, 60n * FEE)])
})

async function execute(bytes: Uint8Array, by = replica): Promise<Outcome> {
  const prepared = by.prepare(bytes, by.ledger.tip.height + 1n)
  return prepared.ok ? by.execute(prepared.value) : { kind: 'refused', error: prepared.error }
}

const refusal = (outcome: Outcome) => (outcome.kind === 'refused' ? outcome.error.code : outcome.kind)

/** Puts an output into the dishonest chain's state, out of nothing. */
function conjure(id: OutputId, output = coin(alice.address, 50n * FEE)): void {
  const at = position({ checkpoint: 0n, sequence: 1, shard: 0, index: 0, output: 0 })
  chain.ledger.unspent.add(writeEntry({ id, output, position: at, height: 0n }))
}

describe('an honest chain', () => {
  it('is followed to the same app hash and checkpoint', async () => {
    const first = payment([alice], [coins[0]!], [coin(bob.address, 49n * FEE)])
    const second = payment([bob], [first.ids[0]!], [coin(alice.address, 48n * FEE)])
    const outcomes = [
      await execute(chain.make([])),
      await execute(chain.make([first, second])),
      await execute(chain.make([], { closes: true })),
    ]
    expect(outcomes.map(outcome => outcome.kind)).toEqual(['applied', 'applied', 'applied'])
    expect(replica.ledger.tip).toEqual(chain.ledger.tip)
    expect(replica.ledger.unspent.setHash()).toEqual(chain.ledger.unspent.setHash())
    expect(outcomes[2]).toMatchObject({ closed: { checkpoint: 1n, txCount: 2 } })
  })

  it('leaves behind what proofs and restarts need', async () => {
    const pay = payment([alice], coins, [coin(bob.address, 109n * FEE)])
    await execute(chain.make([]))
    const outcome = await execute(chain.make([pay]))
    if (outcome.kind !== 'applied') throw new Error(outcome.kind)
    const { inputs, indices } = inputsOfExecution(outcome.execution)
    expect(Buffer.from(inputs)).toEqual(Buffer.concat(coins.map(fromHex)))
    expect([...indices]).toEqual([0, 0])
    const change = decodeChange(encodeChange(outcome.execution))
    expect([change.spent.length, change.created.length]).toEqual([64, 120])
    const leaves = decodeLeaves(encodeLeaves(outcome.execution))
    expect([leaves.count, [...leaves.paths], leaves.nodes.length]).toEqual([1, [0], 64])
  })
})

describe('A23: an invalid block that is available', () => {
  beforeEach(async () => {
    await execute(chain.make([]))
  })

  it('is refused when it mints', async () => {
    const minted = hash(`0x${'4d'.repeat(32)}`) as OutputId
    conjure(minted)
    expect(
      refusal(await execute(chain.make([payment([alice], [minted], [coin(alice.address, 49n * FEE)])]))),
    ).toBe('input.missing')
  })

  it('is refused when it spends twice', async () => {
    await execute(chain.make([payment([alice], [coins[0]!], [coin(bob.address, 49n * FEE)])]))
    conjure(coins[0]!)
    const again = payment([alice], [coins[0]!], [coin(alice.address, 48n * FEE)])
    expect(refusal(await execute(chain.make([again])))).toBe('input.missing')
  })

  it('is refused when somebody else signed', async () => {
    chain.ledger.unspent.remove(fromHex(coins[0]!))
    conjure(coins[0]!, coin(bob.address, 50n * FEE))
    const theft = payment([bob], [coins[0]!], [coin(bob.address, 49n * FEE)])
    expect(refusal(await execute(chain.make([theft])))).toBe('signature.wrong_signer')
  })

  it('is refused when it spends an output whose exit has started (R6)', async () => {
    const bytes = chain.make([payment([alice], [coins[0]!], [coin(bob.address, 49n * FEE)])])
    chain.locks.add({ kind: 'exit', outputId: coins[0]!, block: 1n })
    expect(refusal(await execute(bytes))).toBe('input.locked')
  })

  it('is refused when it spends what a payment in flight waits for (A15), unless it holds that payment', async () => {
    const rival = chain.assemble([payment([alice], [coins[0]!], [coin(bob.address, 49n * FEE)])])
    const flying = payment([alice], coins, [coin(alice.address, 109n * FEE)])
    chain.locks.add({ kind: 'flight', txHash: flying.hash, inputs: coins, block: 1n })
    expect(refusal(await execute(encodeBlock(rival.execution.block)))).toBe('input.locked')
    expect(refusal(await execute(chain.make([flying])))).toBe('applied')
  })

  it('is refused when its transactions stand in another order', async () => {
    const payments = [0, 1].map(i => payment([alice], [coins[i]!], [coin(bob.address, 49n * FEE)]))
    const block = unwrap(
      decodeBlock(chain.make([payments[0]!, payment([alice], [coins[1]!], [coin(bob.address, 59n * FEE)])])),
    )
    const half = block.bounds[1]! + 12
    const body = Buffer.concat([block.body.subarray(half), block.body.subarray(0, half)])
    expect(refusal(await execute(encodeBlock({ ...block, body })))).toBe('block.order')
  })

  it('is refused when it claims another result, such as other fee lanes', async () => {
    const block = unwrap(decodeBlock(chain.make([])))
    const appHash = hash(`0x${'5a'.repeat(32)}`)
    expect(refusal(await execute(encodeBlock({ ...block, appHash })))).toBe('block.app_hash')
  })

  it('is refused when it is cut off, has bytes behind it, or is another block', async () => {
    const bytes = chain.make([])
    expect(refusal(await execute(bytes.subarray(0, -1)))).toMatch(/^encoding\./)
    expect(refusal(await execute(Buffer.concat([bytes, Buffer.of(0)])))).toBe('encoding.trailing')
    expect(refusal(await execute(chain.make([])))).toBe('block.unexpected')
  })

  it('changes nothing, so that a valid block at the same height is taken afterwards', async () => {
    const before = replica.ledger.tip
    const honest = chain.make([])
    const bad = encodeBlock({ ...unwrap(decodeBlock(honest)), appHash: hash(`0x${'5a'.repeat(32)}`) })
    await execute(bad)
    expect(replica.ledger.tip).toBe(before)
    expect((await execute(honest)).kind).toBe('applied')
  })
})

describe('what a block says of Ethereum', () => {
  const against = (view: Partial<RootChainView>) =>
    new Replica(new Ledger(PARAMETERS), pool, { ...chain.view, ...view })

  it('is refused when the deposit is not there, is another one, or is newer than the origin', async () => {
    const bytes = chain.make([])
    const deposit = chain.view.deposit(0n)!
    const views: Partial<RootChainView>[] = [
      { deposit: () => undefined },
      { deposit: () => ({ ...deposit, output: coin(bob.address, 50n * FEE) }) },
      { deposit: index => ({ ...chain.view.deposit(index)!, block: 11n }) },
    ]
    for (const view of views) expect(refusal(await execute(bytes, against(view)))).toBe('block.deposits')
  })

  it('is refused when the origin is another block', async () => {
    const bytes = chain.make([])
    const origin = chain.view.origin(10n)!
    const other = { ...origin, hash: hash(`0x${'77'.repeat(32)}`) }
    expect(refusal(await execute(bytes, against({ origin: () => other })))).toBe('block.origin')
  })

  it('waits for an Ethereum that is read later, however late, and is refused once that passed the origin without it', async () => {
    const bytes = chain.make([])
    const { timestamp } = chain.view.origin(10n)!
    const readUpTo = (time: bigint) => against({ origin: () => undefined, time: () => time })
    for (const time of [0n, timestamp - 1n, timestamp])
      expect(refusal(await execute(bytes, readUpTo(time)))).toBe('waiting')
    expect(refusal(await execute(bytes, readUpTo(timestamp + 1n)))).toBe('block.origin')
  })
})
