import { createHash } from 'node:crypto'
import { headerHash } from '@omg/protocol'
import { afterEach, expect, test } from 'vitest'
import { type BlockRecord, decodeRecord, encodeRecord } from '../src/application/record.ts'
import { encodeBundle } from '../src/mempool/bundle.ts'
import type { CheckpointSink } from '../src/rootchain/seam.ts'
import { turnOf } from '../src/rootchain/submitter.ts'
import { FakeEthereum } from './fake.ts'
import { FEE, ownerOf, pay, type TestNode, until } from './harness.ts'
import { members, startValidators, type ValidatorNetwork, validatorAddress } from './validators.ts'

let network: ValidatorNetwork
afterEach(() => network?.close())

const ETH = 10n ** 18n
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest()

async function everywhere(
  condition: (node: TestNode) => boolean,
  what: string,
  of = network.nodes,
): Promise<void> {
  await until(() => {
    if (network.bft.failure) throw network.bft.failure
    return of.every(condition)
  }, what)
}

/** A deposit is everywhere, is paid on through node `i`, and every node of `of` has the payment. */
async function payThrough(i: number, of = network.nodes): Promise<void> {
  const coin = network.ethereum.deposit(ownerOf(1), ETH)
  await everywhere(({ services }) => services.outputs.get(coin) !== undefined, 'the deposit', of)
  const { hex, outputs } = pay({ from: 1, inputs: [coin], outputs: [{ to: 2, amount: ETH - FEE }] })
  await network.node(i).call('omg_submit', [hex])
  await everywhere(({ services }) => services.outputs.get(outputs[0]!) !== undefined, 'the payment', of)
}

/** All nodes have executed what was decided, to one app hash; the network itself fails where they differ. */
async function agree(of = network.nodes): Promise<void> {
  await until(() => network.ethereum.submitted.length > 0, 'a checkpoint on Ethereum')
  await everywhere(
    ({ services }) => services.ledger.tip.height >= BigInt(network.bft.decisions.length),
    'what was decided',
    of,
  )
}

test('four validators: payments through any of them are in one chain, and checkpoints with a quorum of signatures on Ethereum', async () => {
  network = await startValidators(4)
  for (const i of [0, 3]) await payThrough(i)
  await until(() => network.ethereum.submitted.length >= 2, 'checkpoints on Ethereum')
  await agree()
  for (const header of network.ethereum.submitted) {
    for (const { services } of network.nodes) {
      const checkpoint = services.checkpoints.get(header.checkpoint)!
      expect(checkpoint.headerHash).toBe(headerHash(header))
      expect(services.checkpoints.hasQuorum(checkpoint)).toBe(true)
    }
  }
  const proposers = new Set(network.bft.verdicts.map(({ proposer }) => proposer))
  expect(proposers.size).toBe(4)
})

test('A37: every kind of invalid proposal is refused with its reason, and the next proposer goes on', async () => {
  network = await startValidators(4)
  await payThrough(0)
  const [liar, judge] = [validatorAddress(1), network.node(2)]
  const reasons = new Map<string, string | undefined>()
  network.bft.corrupt(liar, {
    propose: async (txs, request) => {
      const record = decoded(txs)
      for (const [name, bytes] of Object.entries(lies(record, judge))) {
        const answer = await judge.application.processProposal({ ...request, txs: [bytes] })
        reasons.set(name, answer.accept ? 'accepted' : answer.reason)
      }
      return [encodeRecord({ ...record, block: { ...record.block, appHash: record.block.originHash } })]
    },
  })
  for (let i = 0; reasons.size < 13 && i < 24; i++) {
    // One block more now and then, so that the liar's turn comes with every kind of block.
    const coin = i % 2 === 1 ? network.ethereum.deposit(ownerOf(1), ETH) : undefined
    if (coin) await everywhere(({ services }) => services.outputs.get(coin) !== undefined, 'a deposit')
    await payThrough(0)
  }
  expect(Object.fromEntries(reasons)).toEqual({
    garbage: 'encoding.kind',
    'cut off': 'encoding.truncated',
    'a later origin': 'ethereum.unavailable',
    'the hash of another origin': 'ethereum.inconsistent',
    'a deposit left out': 'ethereum.inconsistent',
    'a deposit made up': 'ethereum.inconsistent',
    'its own time': 'proposal.time',
    'a batch cut off': expect.stringMatching(/^block\.|^encoding\./),
    'another result': 'block.app_hash',
    'the fees unpaid': 'block.fees',
    'a signature made up': 'proposal.seal',
    'a signature twice': 'proposal.seal',
    'a renewal without need': 'proposal.origin',
  })
  expect(network.bft.verdicts.some(({ proposer, decided }) => proposer === liar && !decided)).toBe(true)
  await agree()
})

function decoded(txs: readonly Uint8Array[]): BlockRecord {
  const record = decodeRecord(Buffer.concat(txs))
  if (!record.ok) throw record.error
  return record.value
}

function lies(record: BlockRecord, { services }: TestNode): Record<string, Uint8Array> {
  const { block } = record
  const lie = (changes: Partial<BlockRecord['block']>) =>
    encodeRecord({ ...record, block: { ...block, ...changes } })
  const [deposit] = block.deposits
  const forged = {
    checkpoint: services.ledger.tip.checkpoint - 1n,
    validator: validatorAddress(3),
    signature: `0x${'11'.repeat(64)}1b` as const,
  }
  const [valid] = services.checkpoints
    .recent(forged.checkpoint)
    .flatMap(({ number, signatures }) => signatures.map(known => ({ checkpoint: number, ...known })))
  const honest = encodeRecord(record)
  // With nothing else beside a deposit, what a block has is the distribution of the fees of the checkpoint before.
  const isFees = deposit && block.bounds.length === 2 && services.mempool.size === 0
  const unpaid = { 'the fees unpaid': lie({ body: new Uint8Array(0), bounds: new Uint32Array(0) }) }
  // A proposal with a deposit in it shows the most of the rest.
  if (!deposit) return {}
  return {
    ...(isFees ? unpaid : {}),
    garbage: Buffer.alloc(200, 7),
    'cut off': honest.subarray(0, 2),
    'a later origin': lie({ origin: block.origin + 1_000n, originTime: block.originTime + 1_000n }),
    'the hash of another origin': lie({ originHash: block.appHash }),
    'a deposit left out': lie({ deposits: [], inboxCursor: block.inboxCursor - 1n, closes: false }),
    'a deposit made up': lie({
      deposits: [{ ...deposit, output: { ...deposit.output, amount: 7n as never } }],
    }),
    'its own time': lie({ time: block.time + 1n }),
    'a batch cut off': honest.subarray(0, honest.length - 40),
    'another result': lie({ appHash: block.originHash }),
    'a signature made up': encodeRecord({ ...record, seals: [forged] }),
    'a signature twice': encodeRecord({ ...record, seals: [valid!, valid!] }),
    'a renewal without need': encodeRecord({ ...record, renews: forged.checkpoint }),
  }
}

test('votes: garbage in an extension costs the vote, an empty one costs nothing, and a third silent stops nobody', async () => {
  network = await startValidators(4)
  network.bft.corrupt(validatorAddress(0), { extend: () => Buffer.alloc(93, 7) })
  await payThrough(1)
  network.bft.corrupt(validatorAddress(0), { extend: extension => Buffer.concat([extension, extension]) })
  await payThrough(2)
  network.bft.corrupt(validatorAddress(0), { extend: () => new Uint8Array(0) })
  await payThrough(3)
  network.bft.setAway(validatorAddress(0), true)
  await payThrough(1, network.nodes.slice(1))
  const before = network.ethereum.submitted.length
  await until(() => network.ethereum.submitted.length > before, 'a checkpoint without the fourth')
  network.bft.setAway(validatorAddress(0), false)
  await agree()
})

test('more than a third away: the chain stands still and loses nothing; back, and after a crash, it goes on as one', async () => {
  network = await startValidators(4)
  await payThrough(0)
  network.bft.setAway(validatorAddress(2), true)
  await network.node(3).close()
  const coin = network.ethereum.deposit(ownerOf(1), ETH)
  await until(() => network.node(0).services.view.inboxCount === 2, 'the deposit on Ethereum')
  const height = network.bft.decisions.length
  await new Promise(resolve => setTimeout(resolve, 200))
  expect(network.bft.decisions.length).toBe(height)
  network.bft.setAway(validatorAddress(2), false)
  await until(() => network.node(2).services.outputs.get(coin) !== undefined, 'the deposit')
  // Started again on its own directory, it gets what it missed.
  await network.start(3)
  await payThrough(3)
  await agree()
})

test('who begins, or comes back, when Ethereum has accepted checkpoints already, knows of all that they are', async () => {
  network = await startValidators(4)
  await payThrough(0)
  await network.node(3).close()
  const known = network.ethereum.submitted.length
  await payThrough(1, network.nodes.slice(0, 3))
  await until(() => network.ethereum.submitted.length > known, 'another checkpoint on Ethereum')
  const isKnown = ({ services }: TestNode) =>
    network.ethereum.submitted.every(header => {
      const accepted = services.checkpoints.get(header.checkpoint)?.accepted
      return accepted?.headerHash === headerHash(header)
    })
  await network.start(3)
  await network.start(4)
  await agree()
  await everywhere(isKnown, 'what Ethereum has accepted')
})

test('a validator whose Ethereum is behind waits a little, then refuses; what others decide it executes when Ethereum is there', async () => {
  network = await startValidators(4)
  await payThrough(0)
  await network.node(3).close()
  let released = false
  const real = network.ethereum
  await network.start(3, {
    rootChain: {
      source: cursor => {
        const source = real.sourceFrom(cursor)
        return { poll: async () => (released ? source.poll() : { kind: 'idle', head: 0n }) }
      },
      sink: real,
      validatorSet: { id: 1n, validators: members([0, 1, 2, 3]) },
    },
  })
  const others = network.nodes.slice(0, 3)
  const coin = real.deposit(ownerOf(1), ETH)
  await until(
    () => network.bft.verdicts.some(({ refusals }) => refusals.includes('ethereum.unavailable')),
    'a refusal',
  )
  released = true
  await everywhere(({ services }) => services.outputs.get(coin) !== undefined, 'the deposit', others)
  await everywhere(({ services }) => services.outputs.get(coin) !== undefined, 'the deposit, late too')
  await agree()
})

test('a set that Ethereum publishes rules from the origin that has seen it: others vote, others sign, and the chain has gone on', async () => {
  network = await startValidators(4)
  await network.start(4)
  await payThrough(4)
  const asked = await network.node(4).call('omg_getValidators', [{}])
  expect(asked).toMatchObject({
    id: '1',
    validators: members([0, 1, 2, 3]).map(({ address }) => ({ address })),
  })
  // Two leave, one joins, one weighs more.
  network.ethereum.publishSet(2n, members([0, 1, 4], [100n, 250n, 100n]))
  await payThrough(0)
  await until(
    () => network.ethereum.submitted.some(({ validatorSetId }) => validatorSetId === 2n),
    'a header of set 2',
  )
  await payThrough(4)
  const powers = network.bft.powersAt(BigInt(network.bft.decisions.length) + 1n)
  expect(Object.fromEntries(powers)).toEqual({
    [validatorAddress(0)]: 100n,
    [validatorAddress(1)]: 250n,
    [validatorAddress(4)]: 100n,
  })
  const header = network.ethereum.submitted.findLast(({ validatorSetId }) => validatorSetId === 2n)!
  for (const { services } of network.nodes) {
    await until(() => services.checkpoints.get(header.checkpoint) !== undefined, 'the checkpoint')
    const checkpoint = services.checkpoints.get(header.checkpoint)!
    expect(services.checkpoints.setOf(checkpoint)?.id).toBe(2n)
    expect(checkpoint.signatures.map(({ validator }) => validator)).not.toContain(validatorAddress(3))
  }
  // Those that left execute on, and a restart knows the sets.
  await network.node(2).close()
  await network.start(2)
  await payThrough(2)
  expect(await network.node(2).call('omg_getValidators', [{}])).toMatchObject({ id: '2', newest: '2' })
  await agree()
})

test('checkpoints are submitted in turns, and who sleeps is stood in for', async () => {
  const submitters: number[] = []
  const ethereum = new FakeEthereum()
  const sinkOf = (i: number): CheckpointSink => ({
    lastCheckpoint: () => ethereum.lastCheckpoint(),
    feePerBlobGas: () => ethereum.feePerBlobGas(),
    async submit(header, signatures, options) {
      // The second one sleeps: what it is to bring never arrives.
      if (i === 1)
        return new Promise((_, reject) =>
          options.signal.addEventListener('abort', () => reject(new Error('stopped'))),
        )
      const outcome = await ethereum.submit(header, signatures, options)
      submitters.push(i)
      return outcome
    },
  })
  network = await startValidators(4, { ethereum, sinkOf, settings: { 'checkpoint.takeoverSeconds': 1 } })
  for (let i = 0; i < 6; i++) await payThrough(0)
  await until(() => ethereum.submitted.length >= 6, 'six checkpoints on Ethereum')
  // Each of the others had its turns, nobody submitted what stood on Ethereum already, and nothing waits for the sleeper.
  expect(new Set(submitters)).toEqual(new Set([0, 2, 3]))
  expect(ethereum.submitted.map(({ checkpoint }) => checkpoint)).toEqual(
    ethereum.submitted.map((_, i) => BigInt(i) + 1n),
  )
  expect(submitters.length).toBe(ethereum.submitted.length)
})

test('the order of submitters turns with the number of the checkpoint', () => {
  const set = { id: 1n, validators: members([0, 1, 2]) }
  const [first, second, third] = set.validators.map(({ address }) => address)
  expect([first, second, third].map(each => turnOf(3n, set, each))).toEqual([0, 1, 2])
  expect([first, second, third].map(each => turnOf(4n, set, each))).toEqual([2, 0, 1])
  expect(turnOf(4n, set, undefined)).toBe(3)
})

test('state sync: a fresh node takes over a state that the app hash commits to, and nothing that is not it', async () => {
  network = await startValidators(4, { snapshotCheckpoints: 4n })
  const [source] = network.nodes
  const offers = () => source!.application.listSnapshots()
  for (let i = 0; (await offers()).length === 0 && i < 20; i++) await payThrough(i % 4)
  await until(async () => (await offers()).length > 0, 'a snapshot')
  const [offer] = await offers()
  const { height, format, hash } = offer!
  await agree()
  // Every node has the same bytes.
  for (const { application } of network.nodes) {
    await until(
      async () => (await application.listSnapshots()).some(other => other.height === height),
      'its own',
    )
    const own = (await application.listSnapshots()).find(other => other.height === height)!
    expect(Buffer.from(own.hash).equals(hash)).toBe(true)
  }
  const chunks: Uint8Array[] = []
  for (let i = 0; i < offer!.chunks; i++)
    chunks.push(await source!.application.loadSnapshotChunk(height, format, i))
  const trusted = Buffer.from(network.bft.decisions[Number(height) - 1]!.appHash.slice(2), 'hex')

  const fresh = await network.prepare(4)
  const { application } = fresh
  // Offers that are not of the trusted app hash, or name other chunks than they hash to.
  const other = Buffer.from(trusted).fill(7)
  const forged = Buffer.from(offer!.metadata)
  forged[40]! ^= 1
  const refused: [Partial<typeof offer>, Uint8Array][] = [
    [{}, other],
    [{ metadata: forged }, trusted],
    [{ metadata: forged, hash: sha256(forged) }, trusted],
    [{ metadata: offer!.metadata.subarray(0, 50) }, trusted],
    [{ format: 2 }, trusted],
    [{ chunks: 2 ** 31 }, trusted],
    [{ height: 1n }, trusted],
  ]
  for (const [lie, appHash] of refused) {
    expect(await application.offerSnapshot({ ...offer!, ...lie }, appHash)).toEqual({ accept: false })
    expect(await application.applySnapshotChunk(0, chunks[0]!)).toEqual({ result: 'abort' })
  }
  expect(await application.offerSnapshot(offer!, trusted)).toEqual({ accept: true })
  // Chunks that are damaged, cut off, at another's place, or huge.
  const damaged = Buffer.from(chunks[0]!)
  damaged[100]! ^= 1
  for (const bytes of [
    damaged,
    chunks[0]!.subarray(1),
    chunks[1]!,
    Buffer.alloc(17_000_000),
    new Uint8Array(0),
  ]) {
    expect(await application.applySnapshotChunk(0, bytes)).toEqual({ result: 'retry' })
  }
  expect(await application.applySnapshotChunk(99_999, chunks[0]!)).toEqual({ result: 'retry' })
  // In any order.
  for (let i = chunks.length - 1; i >= 0; i--) {
    expect(await application.applySnapshotChunk(i, chunks[i]!)).toEqual({ result: 'accept' })
  }
  const info = await application.info()
  expect([info.lastBlockHeight, Buffer.from(info.lastBlockAppHash).equals(trusted)]).toEqual([height, true])
  // From here on it is a node like the others, and after a restart too.
  await fresh.join()
  await payThrough(4)
  await network.node(4).close()
  await network.start(4)
  await payThrough(4)
  await agree()
  expect(network.node(4).services.ledger.unspent.setHash()).toEqual(source!.services.ledger.unspent.setHash())
})

test('a crash while a snapshot is written: it is written again, to the same app hash', async () => {
  network = await startValidators(4, { snapshotCheckpoints: 2n })
  for (let i = 0; i < 3; i++) await payThrough(0)
  await network.node(3).close()
  // Neither the snapshots nor their hashes are there any more; where the tables stand decides what can be made again.
  for (let i = 0; i < 4; i++) await payThrough(0, network.nodes.slice(0, 3))
  await network.start(3)
  await payThrough(3)
  await agree()
})

test('garbage of a peer is counted, and harmless', async () => {
  network = await startValidators(1)
  const { application, services } = network.node(0)
  const transaction = pay({
    from: 1,
    inputs: [`0x${'12'.repeat(32)}` as never],
    outputs: [{ to: 2, amount: 1n }],
  })
  const garbage = [
    new Uint8Array(0),
    Buffer.alloc(3),
    Buffer.alloc(1_000, 255),
    encodeBundle([Buffer.alloc(100, 7)]),
    encodeBundle([transaction.bytes]),
    encodeBundle(Array.from({ length: 50 }, () => new Uint8Array(0))),
  ]
  for (const bytes of garbage) expect((await application.insertTx(bytes)).code).toBeGreaterThan(0)
  expect(services.mempool.size).toBe(0)
  expect(await application.reapTxs({ maxTxBytes: 1024 })).toEqual({ txs: [] })
  await payThrough(0)
})
