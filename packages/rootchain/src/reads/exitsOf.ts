import type { Address, Hash } from '@omg/protocol'
import type { AbiEvent } from 'viem'
import { getAbiItem } from 'viem'
import { inFlightExitsAbi, standardExitsAbi } from '../abi.ts'
import type { RootChain } from '../client.ts'
import { type Exit, getExit } from './exits.ts'

const STARTED = [
  getAbiItem({ abi: standardExitsAbi, name: 'ExitStarted' }),
  getAbiItem({ abi: inFlightExitsAbi, name: 'Piggybacked' }),
] as const satisfies readonly AbiEvent[]

/** Blocks in one request for logs; many endpoints refuse more. */
const BLOCKS_PER_REQUEST = 10_000n

/** Every exit and piggyback that was ever started for an owner, the oldest first. */
export async function getExitsOf(rootChain: RootChain, { owner }: { owner: Address }): Promise<Exit[]> {
  const { ethereum, deployment } = rootChain
  const head = await ethereum.getBlockNumber({ cacheTime: 0 })
  const ids = new Set<Hash>()
  for (let fromBlock = deployment.deployedAtBlock; fromBlock <= head; fromBlock += BLOCKS_PER_REQUEST) {
    const last = fromBlock + BLOCKS_PER_REQUEST - 1n
    const logs = await ethereum.getLogs({
      address: [deployment.standardExits, deployment.inFlightExits],
      events: STARTED,
      fromBlock,
      toBlock: last < head ? last : head,
      strict: true,
    })
    for (const { args } of logs) if (args.owner.toLowerCase() === owner) ids.add(args.exitId as Hash)
  }
  const exits = await Promise.all([...ids].map(id => getExit(rootChain, { id })))
  return exits.filter(exit => exit !== undefined)
}
