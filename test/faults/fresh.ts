import { askTrustedBlock, writeTrustedBlock } from '@omg/node'
import type { Load } from './load.ts'
import type { FaultNetwork } from './network.ts'
import type { FaultCase } from './outcome.ts'

/** A node that begins with a snapshot while payments go on: it has the same chain from there, after restarts too. */
export const FRESH_NODE: FaultCase = {
  name: 'a fresh node by state sync',
  async run(network, load) {
    const servers = await Promise.all([0, 1].map(i => rpcOf(network, i)))
    const trust = writeTrustedBlock(await askTrustedBlock(servers))
    const node = await network.add({
      OMG_CONSENSUS_STATE_SYNC_SERVERS: servers.join(','),
      OMG_CONSENSUS_STATE_SYNC_TRUST: trust,
    })
    try {
      await network.until(async () => (await network.height(node)) > 0, 'the snapshot is taken over')
      const since = load.included.length
      await load.more(8)
      await load.check({ node, since })
      await lacksFirstBlock(network, node)
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

async function rpcOf(network: FaultNetwork, i: number): Promise<string> {
  const { result } = await network.answer<{ engine: { network: { rpc: string } } }>(i, 'omg_status', {})
  return `http://${result!.engine.network.rpc}`
}

/** It has not executed the chain from its beginning, and says so. */
async function lacksFirstBlock(network: FaultNetwork, node: number): Promise<void> {
  const { error } = await network.answer(node, 'omg_getBlock', [1])
  if (error?.data.code !== 'request.pruned') throw new Error(`block 1 at a fresh node: ${error?.data.code}`)
}

async function crash(network: FaultNetwork, load: Load, node: number): Promise<void> {
  await network.kill([node])
  await load.more(4)
  await network.start(node)
}
