import type { OutputId } from '@omg/protocol'
import { rootChainAbi } from '../abi.ts'
import type { RootChain } from '../client.ts'

export interface Inbox {
  /** Items that were ever deposited. */
  readonly count: bigint
  /** Items that the last accepted checkpoint has consumed. */
  readonly cursor: bigint
}

/** How far the inbox is filled and consumed. */
export async function getInbox({ ethereum, deployment }: RootChain): Promise<Inbox> {
  const contract = { address: deployment.rootChain, abi: rootChainAbi } as const
  const [count, cursor] = await ethereum.readContract({ ...contract, functionName: 'inbox' })
  return { count, cursor }
}

/** What Ethereum remembers of a deposit. Times in seconds. */
export interface DepositRecord {
  readonly index: bigint
  /** Upper 64 bits of the position. */
  readonly number: bigint
  readonly blockNumber: bigint
  readonly time: bigint
}

/** The record of a deposit, undefined if the output is not one. */
export async function getDeposit(
  { ethereum, deployment }: RootChain,
  { id }: { id: OutputId },
): Promise<DepositRecord | undefined> {
  const contract = { address: deployment.rootChain, abi: rootChainAbi } as const
  const record = await ethereum.readContract({ ...contract, functionName: 'depositRecord', args: [id] })
  return record.number === 0n ? undefined : record
}
