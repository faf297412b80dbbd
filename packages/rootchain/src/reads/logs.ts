import type { Address } from '@omg/protocol'
import type { RootChain } from '../client.ts'

/** Blocks of one question for logs: what public endpoints allow. */
export const LOG_BLOCKS = 10_000n

/** A range of Ethereum blocks, both ends included; from the deployment where nothing else is said. */
export interface BlockRange {
  readonly from?: bigint
  readonly to: bigint
}

/** Everything that some contracts have logged in a range of blocks, in the order of Ethereum. */
export async function getContractLogs(
  { ethereum, deployment }: Pick<RootChain, 'ethereum' | 'deployment'>,
  address: Address[],
  { from = deployment.deployedAtBlock, to }: BlockRange,
) {
  const logs = []
  for (let fromBlock = from; fromBlock <= to; fromBlock += LOG_BLOCKS) {
    const last = fromBlock + LOG_BLOCKS - 1n
    logs.push(...(await ethereum.getLogs({ address, fromBlock, toBlock: last < to ? last : to })))
  }
  return logs
}
