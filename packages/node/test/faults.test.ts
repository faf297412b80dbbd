import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { OutputId } from '@omg/protocol'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { MAX_TIME_STEP_SECONDS } from '../src/application/schedule.ts'
import { FakeEthereum } from './fake.ts'
import { faultyFiles } from './files.ts'
import {
  FEE,
  ownerOf,
  pay,
  type TestNode,
  type TestNodeOptions,
  temporaryDirectory,
  testNode,
  until,
} from './harness.ts'

const ETH = 10n ** 18n
let directory: ReturnType<typeof temporaryDirectory>
let nodes: TestNode[] = []

beforeEach(() => {
  directory = temporaryDirectory()
})

afterEach(async () => {
  await Promise.all(nodes.map(node => node.close()))
  nodes = []
  directory.remove()
})

async function start(options: Partial<TestNodeOptions> = {}): Promise<TestNode> {
  const node = await testNode({ directory: directory.path, ...options })
  nodes.push(node)
  return node
}

const depositIsIn = (node: TestNode, count = 1n) =>
  until(() => node.services.ledger.tip.inboxCursor === count, 'the deposit is in a block')
const paid = (node: TestNode, hash: string) =>
  until(async () => {
    const { status } = (await node.call('omg_getTransaction', [hash])) as { status: string }
    return status !== 'pending'
  }, 'the payment is in a block')

test('disk full: no block, nothing taken, a clear alarm; with room again it goes on and nothing is lost', async () => {
  const files = faultyFiles()
  const node = await start({ files })
  const coin = node.ethereum.deposit(ownerOf(1), ETH)
  await depositIsIn(node)
  files.full = true
  const first = pay({ from: 1, inputs: [coin], outputs: [{ to: 2, amount: ETH - FEE }] })
  await node.call('omg_submit', [first.hex])
  await until(() => node.services.engine().stalled?.code === 'store.full', 'the node notices')
  const height = node.services.ledger.tip.height
  const second = pay({ from: 2, inputs: [first.outputs[0]!], outputs: [{ to: 1, amount: ETH - 2n * FEE }] })
  await expect(node.call('omg_submit', [second.hex])).rejects.toMatchObject({ code: 'store.full' })
  const status = (await node.call('omg_status')) as { alarms: { code: string; action: string }[] }
  expect(status.alarms).toContainEqual(expect.objectContaining({ code: 'node.stalled' }))
  expect((await fetch(`${node.url}/health`)).status).toBe(503)
  expect(node.services.ledger.tip.height).toBe(height)

  files.full = false
  await paid(node, first.hash)
  await node.call('omg_submit', [second.hex])
  await paid(node, second.hash)
  await until(async () => (await fetch(`${node.url}/health`)).status === 200, 'healthy again')
})

test('the port is taken: the start says so and leaves nothing behind', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await expect(start({ settings: { port } })).rejects.toMatchObject({ code: 'node.port_taken' })
  server.close()
  await start({ settings: { port } })
})

test('a second start on the same data is refused, and does no harm', async () => {
  const node = await start()
  await expect(start()).rejects.toMatchObject({ code: 'store.locked' })
  node.ethereum.deposit(ownerOf(1), ETH)
  await depositIsIn(node)
})

test('data of another chain is refused', async () => {
  const node = await start()
  await node.close()
  await expect(
    start({ settings: { 'fees.recipients': `[{"owner":"${ownerOf(7)}","weight":"1"}]` } }),
  ).rejects.toMatchObject({
    code: 'store.mismatch',
  })
})

test('clock skew: block time never goes back, and no jump takes it far', async () => {
  let now = 1_800_000_000n
  const node = await start({ clock: () => now })
  const times: bigint[] = []
  node.services.events.on('block', ({ execution }) => times.push(execution.block.time))
  const step = async (clock: bigint, count: bigint) => {
    now = clock
    node.ethereum.deposit(ownerOf(1), ETH)
    await depositIsIn(node, count)
  }
  await step(now, 1n)
  await step(now - 86_400n, 2n)
  await step(now + 10n ** 9n, 3n)
  const [first] = times
  expect(times.every((time, i) => i === 0 || time >= times[i - 1]!)).toBe(true)
  expect(times.at(-1)! - first!).toBeLessThanOrEqual(MAX_TIME_STEP_SECONDS * BigInt(times.length))
})

test('Ethereum down: the chain goes on without a new origin, with an alarm, and submits when it is back', async () => {
  const node = await start()
  const coin = node.ethereum.deposit(ownerOf(1), ETH)
  await depositIsIn(node)
  node.ethereum.down = true
  await until(() => node.services.follower().error?.code === 'ethereum.unavailable', 'the follower notices')
  const payment = pay({ from: 1, inputs: [coin], outputs: [{ to: 2, amount: ETH - FEE }] })
  await node.call('omg_submit', [payment.hex])
  await paid(node, payment.hash)
  const health = await (await fetch(`${node.url}/health`)).json()
  expect(health).toMatchObject({ status: 'degraded', alarms: [{ code: 'ethereum.unavailable' }] })

  node.ethereum.down = false
  await until(async () => {
    const { status } = (await node.call('omg_getTransaction', [payment.hash])) as { status: string }
    return status === 'committed'
  }, 'the payment is committed')
})

test('A19: a reorganisation above the finality depth drops a deposit that the chain never saw', async () => {
  const ethereum = new FakeEthereum()
  ethereum.finalityDepth = 3
  const node = await start({ ethereum })
  ethereum.deposit(ownerOf(1), ETH)
  ethereum.mine()
  ethereum.reorganise(2)
  ethereum.deposit(ownerOf(2), ETH)
  for (let i = 0; i < 5; i++) ethereum.mine()
  await depositIsIn(node)
  expect(node.services.outputs.list(ownerOf(1), undefined, undefined, 10).outputs).toEqual([])
  expect(node.services.outputs.list(ownerOf(2), undefined, undefined, 10).outputs).toHaveLength(1)
})

test('A19: a reorganisation of blocks that the chain has used halts it with an alarm', async () => {
  const node = await start()
  const coin = node.ethereum.deposit(ownerOf(1), ETH)
  await depositIsIn(node)
  node.ethereum.reorganise(Number(node.ethereum.head.number))
  await until(() => node.services.halted() !== undefined, 'the node halts')
  const { hex } = pay({ from: 1, inputs: [coin], outputs: [{ to: 2, amount: ETH - FEE }] })
  await expect(node.call('omg_submit', [hex])).rejects.toMatchObject({ code: 'ethereum.reorg' })
  expect((await fetch(`${node.url}/health`)).status).toBe(503)
})

test('R6: an output whose exit has started on Ethereum cannot be spent', async () => {
  const node = await start()
  const [a, b] = node.ethereum.depositMany([
    { owner: ownerOf(1), amount: ETH },
    { owner: ownerOf(1), amount: ETH },
  ])
  await depositIsIn(node, 2n)
  node.ethereum.startExit(a!)
  const locked = pay({ from: 1, inputs: [a!], outputs: [{ to: 2, amount: ETH - FEE }] })
  const free = pay({ from: 1, inputs: [b!], outputs: [{ to: 2, amount: ETH - FEE }] })
  const { number } = node.ethereum.head
  await until(() => (node.services.view.newest?.number ?? 0n) >= number, 'the exit is read')
  await node.call('omg_submit', [free.hex])
  await paid(node, free.hash)
  expect(node.services.ledger.tip.origin).toBeGreaterThanOrEqual(number)
  await expect(node.call('omg_submit', [locked.hex])).rejects.toMatchObject({ code: 'input.locked' })
  expect(await node.call('omg_getOutput', [a])).toMatchObject({ locked: true })
  expect(await node.call('omg_getOutput', [free.outputs[0]])).toMatchObject({ locked: false })
  expect(await node.call('omg_getOutputs', [ownerOf(1)])).toMatchObject({
    outputs: [{ id: a, locked: true }],
  })
  expect(await node.call('omg_getBalances', [ownerOf(1)])).toMatchObject({
    balances: [{ amount: '0', outputs: 0, locked: { amount: String(ETH), outputs: 1 } }],
  })
})

test('R6, A15: the inputs of a payment in flight wait for it, over a restart, until it is void', async () => {
  const ethereum = new FakeEthereum()
  let node = await start({ ethereum })
  const [a, b] = ethereum.depositMany([
    { owner: ownerOf(1), amount: ETH },
    { owner: ownerOf(1), amount: ETH },
  ]) as [OutputId, OutputId]
  await depositIsIn(node, 2n)
  const flying = pay({ from: 1, inputs: [a, b], outputs: [{ to: 1, amount: 2n * ETH - FEE }] })
  const rival = pay({ from: 1, inputs: [a], outputs: [{ to: 2, amount: ETH - FEE }] })
  const other = pay({ from: 1, inputs: [b], outputs: [{ to: 2, amount: ETH - FEE }] })
  let deposits = 2n
  // A deposit, because the origin moves with the next block.
  const read = async () => {
    ethereum.deposit(ownerOf(4), ETH)
    await depositIsIn(node, ++deposits)
  }
  expect(await node.call('omg_getOutput', [a])).toMatchObject({ locked: false })
  ethereum.fly(flying.hash, [a, b])
  await read()
  for (const id of [a, b]) expect(await node.call('omg_getOutput', [id])).toMatchObject({ locked: true })
  await expect(node.call('omg_submit', [rival.hex])).rejects.toMatchObject({ code: 'input.locked' })
  await node.close()
  node = await start({ ethereum })
  for (const { hex } of [rival, other])
    await expect(node.call('omg_submit', [hex])).rejects.toMatchObject({ code: 'input.locked' })
  // Another payment with the same input: now nobody knows which of the two will be canonical.
  const second = pay({ from: 1, inputs: [b], outputs: [{ to: 3, amount: ETH - FEE }] })
  ethereum.fly(second.hash, [b])
  await read()
  await expect(node.call('omg_submit', [flying.hex])).rejects.toMatchObject({ code: 'input.locked' })
  ethereum.declareVoid(second.hash)
  await read()
  await node.call('omg_submit', [flying.hex])
  await paid(node, flying.hash)
})

test('R6, A14: a payment in flight with a contested input is not included, over a restart; void it releases the others', async () => {
  const ethereum = new FakeEthereum()
  let node = await start({ ethereum })
  const [a, b] = ethereum.depositMany([
    { owner: ownerOf(1), amount: ETH },
    { owner: ownerOf(1), amount: ETH },
  ]) as [OutputId, OutputId]
  await depositIsIn(node, 2n)
  const flying = pay({ from: 1, inputs: [a, b], outputs: [{ to: 1, amount: 2n * ETH - FEE }] })
  const [ofA, ofB] = [a, b].map(id =>
    pay({ from: 1, inputs: [id], outputs: [{ to: 2, amount: ETH - FEE }] }),
  ) as [ReturnType<typeof pay>, ReturnType<typeof pay>]
  const refused = async (...hexes: string[]) => {
    for (const hex of hexes)
      await expect(node.call('omg_submit', [hex])).rejects.toMatchObject({ code: 'input.locked' })
  }
  ethereum.fly(flying.hash, [a, b])
  ethereum.contest(a)
  ethereum.deposit(ownerOf(4), ETH)
  await depositIsIn(node, 3n)
  await refused(flying.hex)
  await node.close()
  node = await start({ ethereum })
  await refused(flying.hex, ofA.hex, ofB.hex)
  ethereum.declareVoid(flying.hash)
  const { number } = ethereum.head
  await until(() => (node.services.view.newest?.number ?? 0n) >= number, 'the note is read')
  // Nothing else happens on the chain: the next block will have the new origin, and its locks count.
  await until(() => node.services.schedule.isFresh(node.services.ledger.tip), 'no checkpoint is open')
  await refused(flying.hex, ofA.hex)
  await node.call('omg_submit', [ofB.hex])
  await paid(node, ofB.hash)
})

test('killed during a submission: the restarted node sees what Ethereum has and goes on', async () => {
  const ethereum = new FakeEthereum()
  const node = await start({ ethereum })
  // The submission reaches Ethereum, the answer never reaches the node.
  let hang: (() => void) | undefined
  const submit = ethereum.submit.bind(ethereum)
  ethereum.submit = async (header, signatures, options) => {
    await submit(header, signatures, options)
    await new Promise<void>(resolve => {
      hang = resolve
    })
    return 'accepted'
  }
  ethereum.deposit(ownerOf(1), ETH)
  await until(() => hang !== undefined, 'a submission hangs')
  ethereum.submit = submit
  hang!()
  await node.close()
  const restarted = await start({ ethereum })
  ethereum.deposit(ownerOf(1), ETH)
  await depositIsIn(restarted, 2n)
  await until(async () => (await ethereum.lastCheckpoint()) >= 2n, 'the next checkpoint')
  expect(new Set(ethereum.submitted.map(({ checkpoint }) => checkpoint)).size).toBe(ethereum.submitted.length)
})

test('a submission that a reorganisation loses is sent again; a submitter that is late does no harm', async () => {
  const ethereum = new FakeEthereum()
  ethereum.loseSubmissions = 2
  const node = await start({ ethereum })
  ethereum.deposit(ownerOf(1), ETH)
  await until(async () => (await ethereum.lastCheckpoint()) === 1n, 'the checkpoint arrives at last')
  expect(ethereum.submitted.filter(({ checkpoint }) => checkpoint === 1n)).toHaveLength(3)
  const first = node.services.checkpoints.get(1n)!
  const { signal } = new AbortController()
  const again = ethereum.submit(node.services.checkpoints.header(first), first.signatures, { signal })
  expect(await again).toBe('accepted')
  expect(node.services.submitter()?.error).toBeUndefined()
})
