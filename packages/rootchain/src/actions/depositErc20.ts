import type { Address } from '@omg/protocol'
import { maxUint256, parseSignature } from 'viem'
import { erc20VaultAbi } from '../abi.ts'
import type { RootChain } from '../client.ts'
import { rootChainError } from '../error.ts'
import { getPermit2 } from '../reads/vaults.ts'
import type { SendOptions } from '../send/transactionSender.ts'
import { writeContract } from '../send/writeContract.ts'
import { approve } from './approve.ts'
import { type Deposit, depositIn, ownerOr } from './deposit.ts'

/** An EIP-2612 permit of the sender for the vault: 65 bytes of signature, `deadline` in seconds. */
export interface Permit {
  readonly deadline: bigint
  readonly signature: `0x${string}`
}

/** A Permit2 signature of the sender that lets the vault take exactly this deposit, once: any `nonce` not used before. */
export interface Permit2Transfer extends Permit {
  readonly nonce: bigint
}

export interface DepositErc20Parameters extends SendOptions {
  readonly token: Address
  /** Token units. What a fee-on-transfer token takes on the way does not arrive. */
  readonly amount: bigint
  /** Whose coin it becomes; default the sender's. */
  readonly owner?: Address
  /** Instead of an allowance. Without it, a missing allowance is approved first, in its own transaction. */
  readonly permit?: Permit
  /** Instead of an allowance for the vault. Permit2 itself needs one, for ever: where that is missing it is approved first. */
  readonly permit2?: Permit2Transfer
}

/** Deposits an ERC-20 token as a coin of `owner`. */
export async function depositErc20(
  rootChain: RootChain,
  parameters: DepositErc20Parameters,
): Promise<Deposit> {
  const { token, amount, permit, permit2 } = parameters
  const owner = ownerOr(rootChain, parameters.owner)
  const vault = { address: rootChain.deployment.erc20Vault, abi: erc20VaultAbi } as const
  if (permit) {
    const { r, s, v, yParity } = parseSignature(permit.signature)
    const args = [token, amount, owner, permit.deadline, Number(v ?? 27 + yParity), r, s] as const
    const call = { ...vault, functionName: 'depositWithPermit', args } as const
    return depositIn(rootChain, await writeContract(rootChain, call, parameters))
  }
  if (permit2) {
    const approval = { token, spender: await readPermit2(rootChain), amount, value: maxUint256 }
    await approve(rootChain, approval, parameters)
    const { nonce, deadline, signature } = permit2
    const args = [{ permitted: { token, amount }, nonce, deadline }, amount, owner, signature] as const
    const call = { ...vault, functionName: 'depositWithPermit2', args } as const
    return depositIn(rootChain, await writeContract(rootChain, call, parameters))
  }
  await approve(rootChain, { token, spender: vault.address, amount }, parameters)
  const call = { ...vault, functionName: 'deposit', args: [token, amount, owner] } as const
  return depositIn(rootChain, await writeContract(rootChain, call, parameters))
}

async function readPermit2(rootChain: RootChain): Promise<Address> {
  const permit2 = await getPermit2(rootChain)
  if (!permit2) throw rootChainError('ethereum.no_permit2', 'the ERC-20 vault knows no Permit2 contract')
  return permit2
}
