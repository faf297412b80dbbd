import { decodeHeader, fromHex, type Header, type Hex, isRenewal, renewableOf, unwrap } from '@omg/protocol'
import { getLastCheckpoint } from '@omg/rootchain'
import { rootChainOf } from '@omg/rootchain/testing'
import type { FaultNetwork } from './network.ts'
import type { FaultCase } from './outcome.ts'

/** Half of the power: no checkpoint has a quorum of signatures without them. */
const SILENT = [2, 3]
/** Closed checkpoints that Ethereum must lack before it goes on. */
const LOST_CHECKPOINTS = 2n

/** R4, F1: checkpoints that nobody could bring to Ethereum in time are signed and accepted under later origins, with the same payments in them. */
export const MISSED_ETHEREUM: FaultCase = {
  name: 'two sign no checkpoint until Ethereum takes none',
  async run(network, load) {
    const rootChain = rootChainOf(network.ethereum, network.deployment, 0)
    const accepted = () => getLastCheckpoint(rootChain)
    await restart(network, 'withholds-extensions')
    // What had a quorum before may still arrive.
    await load.more(4)
    await network.until(
      async () => (await closedBy(network)) >= (await accepted()) + LOST_CHECKPOINTS,
      'checkpoints without a quorum',
    )
    const lost = (await accepted()) + 1n
    const before = await headerOf(network, lost)
    const { maxOriginAgeBlocks } = network.deployment.parameters
    // Late for those that closed last, too.
    await network.ethereum.mine(2 * maxOriginAgeBlocks)
    await restart(network)
    await load.more(4)
    await network.until(async () => (await accepted()) >= lost, 'Ethereum takes what it had missed')
    const after = await headerOf(network, lost)
    if (!isRenewal(renewableOf(before), renewableOf(after), BigInt(maxOriginAgeBlocks)))
      throw new Error(`checkpoint ${lost} was accepted without a renewal`)
  },
}

async function restart(network: FaultNetwork, fault?: 'withholds-extensions'): Promise<void> {
  await network.kill(SILENT, 'SIGTERM')
  await Promise.all(SILENT.map(i => network.start(i, fault)))
}

async function closedBy(network: FaultNetwork): Promise<bigint> {
  return BigInt((await network.status(0))?.checkpoints.closed ?? 0)
}

async function headerOf(network: FaultNetwork, number: bigint): Promise<Header> {
  const { result } = await network.answer<{ header: Hex }>(0, 'omg_getCheckpoint', { number: String(number) })
  return unwrap(decodeHeader(fromHex(result!.header)))
}
