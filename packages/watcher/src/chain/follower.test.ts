import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { followerError, type Nodes } from '@omg/follower'
import { createMapPool, decodeBlock, encodeBlock } from '@omg/ledger'
import { alice, bob, coin, PARAMETERS, payment } from '@omg/ledger/testing'
import { fail, fromHex, hash, type OutputId, ok, unwrap } from '@omg/protocol'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { AlarmBook } from '../alarm/book.ts'
import { Store } from '../store/store.ts'
import { FEE, TestChain } from './chain.fixture.ts'
import { Follower } from './follower.ts'
import { CustomerOutputs, Recorder } from './recorder.ts'
import { Replica } from './replica.ts'
import { Snapshots } from './snapshot.ts'

const pool = createMapPool({ domain: PARAMETERS.domain, workers: 0 })
afterAll(() => pool.close())
const stores: Store[] = []
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close()
})

/** A node that serves a chain, and can be made to misbehave. */
class FakeNodes implements Nodes {
  blocks: Uint8Array[]
  down = false
  withheldFrom = Number.POSITIVE_INFINITY

  constructor(chain: TestChain) {
    this.blocks = chain.blocks
  }

  #down = () => fail(followerError('node.unreachable', 'it is down'))
  head: Nodes['head'] = async () => (this.down ? this.#down() : ok(BigInt(this.blocks.length)))
  block: Nodes['block'] = async height => {
    if (this.down) return this.#down()
    return ok(Number(height) >= this.withheldFrom ? undefined : this.blocks[Number(height) - 1])
  }
  /** What a second, honest node serves. */
  second: Uint8Array[] = []
  alternatives: Nodes['alternatives'] = async (height, refused) => {
    const bytes = this.second[Number(height) - 1]
    return bytes === undefined || bytes === refused ? [] : [{ url: 'second', bytes }]
  }
  call: Nodes['call'] = async () => ok(undefined)
  ask: Nodes['ask'] = this.call
  listen(): void {}
}

async function open(
  chain: TestChain,
  nodes: FakeNodes,
  directory = mkdtempSync(join(tmpdir(), 'watcher-follower-')),
) {
  const store = new Store(directory)
  stores.push(store)
  const snapshots = new Snapshots(directory, store)
  const customers = new CustomerOutputs([bob.address], store.customerOutputs())
  const recorder = new Recorder(store, snapshots, customers)
  const replica = new Replica(await snapshots.restore(PARAMETERS), pool, chain.view)
  const graces = { none: 0n, data: 0n, node: 0n, provider: 0n, submission: 0n, stall: 0n }
  const alarms = new AlarmBook({ now: () => 0, graces })
  const follower = new Follower({ nodes, replica, recorder, alarms })
  const catchUp = async () => {
    while ((await follower.round()) === 'progress');
  }
  const standing = () => alarms.standing().map(alarm => `${alarm.code} ${alarm.subject}`)
  return { directory, store, snapshots, replica, follower, customers, catchUp, standing }
}

function chainOf(length: number) {
  const chain = new TestChain()
  const [first] = chain.deposit([coin(alice.address, 1000n * FEE)])
  chain.make([])
  let last = first!
  for (let i = 1; i < length; i++) {
    const pay = payment(
      [alice],
      [last],
      [coin(alice.address, BigInt(1000 - 2 * i) * FEE), coin(bob.address, FEE)],
    )
    chain.make([pay], { closes: i % 4 === 0 })
    last = pay.ids[0]!
  }
  return { chain, first: first!, last }
}

describe('Follower', () => {
  it('catches up, indexes every spend, and keeps outputs of customers', async () => {
    const { chain, first } = chainOf(10)
    const { catchUp, follower, replica, store, customers } = await open(chain, new FakeNodes(chain))
    await catchUp()
    expect(follower.state).toBe('following')
    expect(replica.ledger.tip).toEqual(chain.ledger.tip)
    expect(store.spendOf(fromHex(first))).toEqual({ height: 2n, index: 0 })
    expect(store.closed(2n)).toMatchObject({ checkpoint: 2n, firstHeight: 6n, lastHeight: 9n })
    expect(customers.of(bob.address)).toHaveLength(9)
    expect(store.customerOutputs()).toHaveLength(9)
  })

  it('resumes where it was after a restart, with and without a snapshot', async () => {
    const { chain } = chainOf(10)
    const nodes = new FakeNodes(chain)
    const first = await open(chain, nodes)
    nodes.blocks = chain.blocks.slice(0, 6)
    await first.catchUp()
    await first.snapshots.save(first.replica.ledger)
    nodes.blocks = chain.blocks.slice(0, 8)
    await first.catchUp()
    await stores.pop()!.close()

    nodes.blocks = chain.blocks
    const second = await open(chain, nodes, first.directory)
    expect(second.replica.ledger.tip.height).toBe(8n)
    expect(second.customers.of(bob.address)).toHaveLength(7)
    await second.catchUp()
    expect(second.replica.ledger.tip).toEqual(chain.ledger.tip)
    expect(second.replica.ledger.unspent.setHash()).toEqual(chain.ledger.unspent.setHash())
  })

  it('stops at an invalid block, says so, and goes on once a valid one is served', async () => {
    const { chain } = chainOf(6)
    const nodes = new FakeNodes(chain)
    const { catchUp, follower, replica, standing } = await open(chain, nodes)
    const bad = encodeBlock({
      ...unwrap(decodeBlock(chain.blocks[3]!)),
      appHash: hash(`0x${'5a'.repeat(32)}`),
    })
    nodes.blocks = chain.blocks.with(3, bad)
    await catchUp()
    expect([follower.state, replica.ledger.tip.height]).toEqual(['refusing', 3n])
    expect(standing()).toEqual(['block.invalid 4'])
    nodes.blocks = chain.blocks.slice(0, 3)
    await catchUp()
    expect(standing()).toEqual(['block.invalid 4'])
    nodes.down = true
    await catchUp()
    expect(standing()).toEqual(['block.invalid 4', 'node.unreachable nodes'])
    nodes.down = false
    nodes.blocks = chain.blocks
    await catchUp()
    expect(standing()).toEqual([])
    expect(replica.ledger.tip).toEqual(chain.ledger.tip)
  })

  it('calls the node wrong and not the chain when another node serves a valid block', async () => {
    const { chain } = chainOf(6)
    const nodes = new FakeNodes(chain)
    const { catchUp, follower, replica, standing } = await open(chain, nodes)
    const forged = { ...unwrap(decodeBlock(chain.blocks[3]!)), appHash: hash(`0x${'5a'.repeat(32)}`) }
    nodes.blocks = chain.blocks.with(3, encodeBlock(forged))
    nodes.second = chain.blocks
    await catchUp()
    expect([follower.state, standing()]).toEqual(['following', ['node.wrong 4']])
    expect(replica.ledger.tip).toEqual(chain.ledger.tip)
  })

  it('tells a node that is down from one that withholds blocks', async () => {
    const { chain } = chainOf(6)
    const nodes = new FakeNodes(chain)
    const { catchUp, follower, standing } = await open(chain, nodes)
    nodes.withheldFrom = 4
    await catchUp()
    expect([follower.state, standing()]).toEqual(['starving', []])
    nodes.down = true
    await catchUp()
    expect([follower.state, standing()]).toEqual(['unreachable', ['node.unreachable nodes']])
    nodes.down = false
    nodes.withheldFrom = Number.POSITIVE_INFINITY
    await catchUp()
    expect([follower.state, standing()]).toEqual(['following', []])
  })

  it('is not at the head of a chain that went on while it caught up with an earlier one (A31)', async () => {
    const { chain } = chainOf(12)
    const nodes = new FakeNodes(chain)
    nodes.blocks = chain.blocks.slice(0, 4)
    const { catchUp, follower, replica } = await open(chain, nodes)
    await follower.round()
    nodes.blocks = chain.blocks
    const states: string[] = []
    while (replica.ledger.tip.height < 12n) {
      await follower.round()
      states.push(`${replica.ledger.tip.height} ${follower.state}`)
    }
    expect(states.filter(state => state.endsWith('following'))).toEqual(['12 following'])
    // And again, from the head that it was at.
    await catchUp()
    chain.make([])
    chain.make([])
    await follower.round()
    expect([replica.ledger.tip.height, follower.state]).toEqual([13n, 'syncing'])
    await follower.round()
    expect([replica.ledger.tip.height, follower.state]).toEqual([14n, 'following'])
  })

  it('forgets outputs of customers when they are spent', async () => {
    const chain = new TestChain()
    const [id] = chain.deposit([coin(bob.address, 10n * FEE)]) as [OutputId]
    chain.make([])
    const { catchUp, customers, store } = await open(chain, new FakeNodes(chain))
    await catchUp()
    expect(customers.of(bob.address).map(output => output.outputId)).toEqual([id])
    chain.make([payment([bob], [id], [coin(alice.address, 9n * FEE)])])
    await catchUp()
    await catchUp()
    expect(customers.of(bob.address)).toEqual([])
    expect(store.customerOutputs()).toEqual([])
  })
})
