import type { Address } from '@omg/protocol'
import { erc20Abi } from 'viem'
import type { SendOptions } from '../send/transactionSender.ts'
import { type Writer, writeContract } from '../send/writeContract.ts'

/** An allowance that an action needs. */
export interface Approval {
  readonly token: Address
  readonly spender: Address
  /** What the action takes, in token units. */
  readonly amount: bigint
  /** What to approve where that is not allowed yet; default exactly the amount, so that no allowance is left behind. */
  readonly value?: bigint
}

/** Approves in a transaction of its own, unless the sender's allowance is enough already. */
export async function approve(
  rootChain: Writer,
  { token, spender, amount, value = amount }: Approval,
  options: SendOptions,
): Promise<void> {
  const { ethereum, sender } = rootChain
  const contract = { address: token, abi: erc20Abi } as const
  if (sender) {
    const args = [sender.address, spender] as const
    const allowance = await ethereum.readContract({ ...contract, functionName: 'allowance', args })
    if (allowance >= amount) return
  }
  const call = { ...contract, functionName: 'approve', args: [spender, value] } as const
  await writeContract(rootChain, call, options)
}
