import { askTrustedBlock, writeTrustedBlock } from '@omg/node'
import { FIRST_PARAMETERS } from '../../packages/node/src/upgrades.ts'
import { SNAPSHOT_CHECKPOINTS } from './fault.ts'
import type { Load } from './load.ts'
import type { FaultNetwork, Status } from './network.ts'
import type { FaultCase } from './outcome.ts'

/** A node that begins with a snapshot while payments go on: it has the same chain from there, after restarts too. */
export const FRESH_NODE: FaultCase = {
  name: 'a fresh node by state sync',
  async run(network, load) {
    const node = await addFresh(network)
    try {
      await takesOver(network, node)
      const since = load.included.length
      await load.more(8)
      await load.check({ node, since })
      await lacksBlock(network, node, 1)
      // Its own records must be enough to go on from.
      await network.kill([node], 'SIGTERM')
      await network.start(node)
      await load.more(4)
      await load.check({ node, since })
      await crash(network, load, node)
      await load.check({ node, since })
    } finally {
      await network.kill([node])
    }
  },
}

/** Most transactions of a block behind the upgrade. */
const UPGRADED_TRANSACTIONS = 5_000
/** From the block before the stop in which everybody learns of it. */
const BLOCKS_UNTIL_UPGRADE = 40

/**
 * One fresh node takes a snapshot over before the chain's parameters change and lives through that, one comes behind it, and one that does
 * not know of the upgrade is told so instead of a state.
 */
export const FRESH_ACROSS_UPGRADE: FaultCase = {
  name: 'fresh nodes by state sync, before and behind an upgrade',
  async run(network, load) {
    await closes(network, 2 * Number(SNAPSHOT_CHECKPOINTS), 'a snapshot')
    // Hardly a block is made while nothing is paid: so it is still to come for the first fresh node.
    await load.pause()
    const upgradedAt = await announceUpgrade(network)
    const early = await addFresh(network)
    const added = [early]
    try {
      await takesOver(network, early)
      await expectTransactions(network, early, FIRST_PARAMETERS.transactions)
      load.resume()
      await network.until(async () => (await network.height(early)) > upgradedAt, 'the upgrade is there')
      await expectTransactions(network, early, UPGRADED_TRANSACTIONS)
      const late = await behindSnapshot(network, load, upgradedAt, added)
      const since = load.included.length
      await load.more(8)
      for (const node of [early, late]) {
        await load.check({ node, since })
        await expectTransactions(network, node, UPGRADED_TRANSACTIONS)
      }
      const ignorant = await addFresh(network, { OMG_CONSENSUS_UPGRADES: '[]' })
      added.push(ignorant)
      await network.until(
        async () => network.logged(ignorant, 'engine.parameters').length > 0,
        'a node that does not know of the upgrade says so',
      )
      if ((await network.height(ignorant)) > 0) throw new Error('it has taken a state over')
    } finally {
      await network.kill(added)
    }
  },
}

/** Everybody stops and comes back with the upgrade in the settings. Returns its height. */
async function announceUpgrade(network: FaultNetwork): Promise<number> {
  const height = (await network.height(0)) + BLOCKS_UNTIL_UPGRADE
  const upgrade = { height: String(height), parameters: { transactions: UPGRADED_TRANSACTIONS } }
  network.configure({ OMG_CONSENSUS_UPGRADES: JSON.stringify([upgrade]) })
  await network.kill(network.all, 'SIGTERM')
  await Promise.all(network.all.map(i => network.start(i)))
  return height
}

/** A fresh node whose snapshot is of a block behind the upgrade: it has never seen that. */
async function behindSnapshot(
  network: FaultNetwork,
  load: Load,
  upgradedAt: number,
  added: number[],
): Promise<number> {
  // Two snapshots later, the one before is of a block behind it.
  const enough = (await closed(network)) + 2 * Number(SNAPSHOT_CHECKPOINTS) + 1
  await closes(network, enough, 'snapshots of blocks behind the upgrade')
  await load.more(4)
  const node = await addFresh(network)
  added.push(node)
  await takesOver(network, node)
  await lacksBlock(network, node, upgradedAt)
  return node
}

const closed = async (network: FaultNetwork) => Number((await network.status(0))?.checkpoints.closed ?? 0)

const closes = (network: FaultNetwork, number: number, what: string) =>
  network.until(async () => (await closed(network)) >= number, `checkpoint ${number} closes: ${what}`)

async function expectTransactions(network: FaultNetwork, node: number, most: number): Promise<void> {
  const found = (await network.answer<Status>(node, 'omg_status', {})).result!.upgrades.inForce.transactions
  if (found !== most) throw new Error(`node ${node} goes by ${found} transactions a block, not ${most}`)
}

/** A node without a block, which trusts what the validators tell now. */
async function addFresh(network: FaultNetwork, environment: Record<string, string> = {}): Promise<number> {
  let settings: Record<string, string> | undefined
  // An engine that has just started does not tell blocks yet.
  await network.until(async () => {
    settings = await stateSyncSettings(network).catch(() => undefined)
    return settings !== undefined
  }, 'two validators tell a block')
  return network.add({ ...environment, ...settings })
}

async function stateSyncSettings(network: FaultNetwork): Promise<Record<string, string>> {
  const servers = await Promise.all([0, 1].map(i => rpcOf(network, i)))
  return {
    OMG_CONSENSUS_STATE_SYNC_SERVERS: servers.join(','),
    OMG_CONSENSUS_STATE_SYNC_TRUST: writeTrustedBlock(await askTrustedBlock(servers)),
  }
}

const takesOver = (network: FaultNetwork, node: number) =>
  network.until(async () => (await network.height(node)) > 0, 'the snapshot is taken over')

async function rpcOf(network: FaultNetwork, i: number): Promise<string> {
  const { result } = await network.answer<{ engine: { network: { rpc: string } } }>(i, 'omg_status', {})
  return `http://${result!.engine.network.rpc}`
}

/** It has not executed the chain from its beginning, and says so. */
async function lacksBlock(network: FaultNetwork, node: number, height: number): Promise<void> {
  const { error } = await network.answer(node, 'omg_getBlock', [height])
  if (error?.data.code !== 'request.pruned')
    throw new Error(`block ${height} at a fresh node: ${error?.data.code ?? 'is there'}`)
}

async function crash(network: FaultNetwork, load: Load, node: number): Promise<void> {
  await network.kill([node])
  await load.more(4)
  await network.start(node)
}
