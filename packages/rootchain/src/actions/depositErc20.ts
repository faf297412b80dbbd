import type { Address } from '@omg/protocol'
import { erc20Abi, parseSignature } from 'viem'
import { erc20VaultAbi } from '../abi.ts'
import type { RootChain } from '../client.ts'
import type { SendOptions } from '../send/transactionSender.ts'
import { writeContract } from '../send/writeContract.ts'
import { type Deposit, depositIn, ownerOr } from './deposit.ts'

/** An EIP-2612 permit of the sender for the vault: 65 bytes of signature, `deadline` in seconds. */
export interface Permit {
  readonly deadline: bigint
  readonly signature: `0x${string}`
}

export interface DepositErc20Parameters extends SendOptions {
  readonly token: Address
  /** Token units. What a fee-on-transfer token takes on the way does not arrive. */
  readonly amount: bigint
  /** Whose coin it becomes; default the sender's. */
  readonly owner?: Address
  /** Instead of an allowance. Without it, a missing allowance is approved first, in its own transaction. */
  readonly permit?: Permit
}

/** Deposits an ERC-20 token as a coin of `owner`. */
export async function depositErc20(
  rootChain: RootChain,
  parameters: DepositErc20Parameters,
): Promise<Deposit> {
  const { token, amount, permit } = parameters
  const owner = ownerOr(rootChain, parameters.owner)
  const vault = { address: rootChain.deployment.erc20Vault, abi: erc20VaultAbi } as const
  if (permit) {
    const { r, s, v, yParity } = parseSignature(permit.signature)
    const args = [token, amount, owner, permit.deadline, Number(v ?? 27 + yParity), r, s] as const
    const call = { ...vault, functionName: 'depositWithPermit', args } as const
    return depositIn(rootChain, await writeContract(rootChain, call, parameters))
  }
  await approve(rootChain, parameters)
  const call = { ...vault, functionName: 'deposit', args: [token, amount, owner] } as const
  return depositIn(rootChain, await writeContract(rootChain, call, parameters))
}

/** Approves exactly what is missing, so that no allowance is left behind. */
async function approve(
  rootChain: RootChain,
  { token, amount, ...options }: DepositErc20Parameters,
): Promise<void> {
  const { ethereum, sender, deployment } = rootChain
  const spender = deployment.erc20Vault
  if (sender) {
    const args = [sender.address, spender] as const
    const allowance = await ethereum.readContract({
      address: token,
      abi: erc20Abi,
      functionName: 'allowance',
      args,
    })
    if (allowance >= amount) return
  }
  const call = { address: token, abi: erc20Abi, functionName: 'approve', args: [spender, amount] } as const
  await writeContract(rootChain, call, options)
}
