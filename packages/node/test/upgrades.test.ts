import { afterEach, expect, test, vi } from 'vitest'
import { decodeRecord } from '../src/application/record.ts'
import { Upgrades } from '../src/upgrades.ts'
import { FEE, ownerOf, pay, type TestNode, until } from './harness.ts'
import { startValidators, type ValidatorNetwork } from './validators.ts'

vi.setConfig({ testTimeout: 300_000 })
const PATIENCE = 120_000

let network: ValidatorNetwork
afterEach(() => network?.close())

const ETH = 10n ** 18n
const UPGRADES = [
  { height: '2', parameters: { deposits: 1 } },
  { height: '12', parameters: { deposits: 2, bytes: 65_536 } },
]
const SETTINGS = { 'consensus.upgrades': UPGRADES }
/** Somebody forgot the second one. */
const FORGOTTEN = { 'consensus.upgrades': UPGRADES.slice(0, 1) }
const upgrades = new Upgrades(UPGRADES.map(({ height, ...rest }) => ({ height: BigInt(height), ...rest })))

async function everywhere(condition: (node: TestNode) => boolean, what: string, of = network.nodes) {
  await until(
    () => {
      if (network.bft.failure) throw network.bft.failure
      return of.every(condition)
    },
    what,
    PATIENCE,
  )
}

/** Three deposits at once, and a payment of one of them, are on every node. */
async function work(of = network.nodes): Promise<void> {
  const coins = [1, 2, 3].map(() => network.ethereum.deposit(ownerOf(1), ETH))
  const has = (id: (typeof coins)[number]) => (node: TestNode) => node.services.outputs.get(id) !== undefined
  for (const coin of coins) await everywhere(has(coin), 'a deposit', of)
  const { hex, outputs } = pay({ from: 1, inputs: [coins[0]!], outputs: [{ to: 2, amount: ETH - FEE }] })
  await of[0]!.call('omg_submit', [hex])
  await everywhere(has(outputs[0]!), 'the payment', of)
}

const decisions = () =>
  network.bft.decisions.map(({ txs }) => {
    const record = decodeRecord(Buffer.concat(txs))
    if (!record.ok) throw record.error
    return record.value
  })

test('upgrades by height: on all at once, named by every block, over restarts, and for who syncs state across them', async () => {
  network = await startValidators(4, { settings: SETTINGS, snapshotCheckpoints: 2n })
  await work()
  await network.node(3).close()
  await work(network.nodes.slice(0, 3))
  await network.start(3)
  const [source] = network.nodes
  const isAcross = async () => (await source!.application.listSnapshots()).some(({ height }) => height > 20n)
  while (!(await isAcross())) await work()

  for (const { block, upgrades: named } of decisions()) {
    expect(named).toBe(upgrades.hashAt(block.height))
    expect(block.deposits.length).toBeLessThanOrEqual(upgrades.at(block.height).deposits)
  }
  const before = decisions().filter(({ block: { height } }) => height > 1n && height < 12n)
  expect(before.some(({ block: { deposits } }) => deposits.length === 1)).toBe(true)
  expect(await network.node(3).call('omg_status', {})).toMatchObject({
    upgrades: { inForce: upgrades.at(12n), next: null },
  })

  // Who has another list of what is past is told before it does anything.
  await network.node(3).close()
  await expect(network.start(3, { settings: FORGOTTEN })).rejects.toMatchObject({ code: 'engine.parameters' })
  await network.start(3)

  const offer = (await source!.application.listSnapshots()).at(-1)!
  const trusted = Buffer.from(network.bft.decisions[Number(offer.height) - 1]!.appHash.slice(2), 'hex')
  const restore = async ({ application }: TestNode) => {
    expect(await application.offerSnapshot(offer, trusted)).toEqual({ accept: true })
    const results: string[] = []
    for (let i = 0; i < offer.chunks; i++) {
      const chunk = await source!.application.loadSnapshotChunk(offer.height, offer.format, i)
      results.push((await application.applySnapshotChunk(i, chunk)).result)
    }
    return results.at(-1)
  }
  const fresh = await network.prepare(4)
  expect(await restore(fresh)).toBe('accept')
  expect((await fresh.application.info()).lastBlockHeight).toBe(offer.height)
  await fresh.join()
  await work()
})

test('a node with another list of upgrades follows up to the first difference, and says what it is', async () => {
  network = await startValidators(4, { settings: SETTINGS })
  while (network.bft.decisions.length < 13) await work()
  const stranger = await network.start(4, {
    settings: FORGOTTEN,
    // Its blocks come by hand.
    engine: () => ({
      start: async () => {},
      wake: () => {},
      stop: async () => {},
      status: () => ({ name: 'none', running: true, height: 0n }),
    }),
  })
  const { application, services } = stranger
  for (const { height, time, txs } of network.bft.decisions.slice(0, 11)) {
    await application.finalizeBlock({ height, time, txs, misbehavior: [], lastCommit: [] })
    await application.commit()
  }
  const { height, time, txs } = network.bft.decisions[11]!
  expect(await application.processProposal({ height, time, txs })).toEqual({
    accept: false,
    reason: 'proposal.parameters',
  })
  await expect(
    application.finalizeBlock({ height, time, txs, misbehavior: [], lastCommit: [] }),
  ).rejects.toMatchObject({
    code: 'engine.parameters',
  })
  expect(services.ledger.tip.height).toBe(11n)
  // The settings are put right: it goes on where it stood.
  await stranger.close()
  network.nodes.pop()
  const corrected = await network.start(4)
  await everywhere(({ services: { ledger } }) => ledger.tip.height >= height, 'the others')
  expect(corrected.services.ledger.tip.height).toBeGreaterThanOrEqual(height)
})
