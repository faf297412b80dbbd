import { type Address, type OmgError, ZERO_ADDRESS } from '@omg/protocol'
import { type Deposit, depositErc20, depositErc721, depositEth } from '@omg/rootchain'
import { signPermit, signPermit2 } from '../account/permit.ts'
import type { Client } from '../client.ts'
import type { SdkError } from '../error.ts'

/**
 * How the vault comes to be allowed to take an ERC-20 token.
 *
 * - `transaction`: one that approves exactly the deposit, before it; where the allowance is missing.
 * - `permit`: a signature that the token itself takes (EIP-2612). One transaction in all.
 * - `permit2`: a signature that Uniswap's Permit2 takes, of any token. One transaction in all, once the account has
 *   approved Permit2 for the token, which the first such deposit does, without limit, as is usual for Permit2.
 */
export const DEPOSIT_APPROVALS = ['transaction', 'permit', 'permit2'] as const
export type DepositApproval = (typeof DEPOSIT_APPROVALS)[number]

export type DepositParameters = (
  | {
      /** Token units, or wei. */
      readonly amount: bigint
      /** Default ETH. */
      readonly token?: Address
      /** Default `transaction`. Ether needs none. */
      readonly approval?: DepositApproval
    }
  | { readonly token: Address; readonly tokenId: bigint }
) & {
  /** Whose output it becomes; default the client's account. */
  readonly owner?: Address
}

export type DepositReturnType = Deposit

export type DepositErrorType = SdkError | OmgError

/**
 * Brings ETH, an ERC-20 or an ERC-721 token in from Ethereum. Returns when the deposit is in a block of Ethereum; the
 * chain has it once that block is final: `waitForOutput({ id })`.
 */
export async function deposit(client: Client, parameters: DepositParameters): Promise<DepositReturnType> {
  const rootChain = await client.rootChain()
  const owner = parameters.owner ?? client.address()
  if ('tokenId' in parameters) {
    const { token, tokenId } = parameters
    return depositErc721(rootChain, { token, tokenId, owner })
  }
  const { token = ZERO_ADDRESS, amount, approval = 'transaction' } = parameters
  if (token === ZERO_ADDRESS) return depositEth(rootChain, { amount, owner })
  const permitted = { token, amount }
  client.address()
  const account = client.account!
  switch (approval) {
    case 'transaction':
      return depositErc20(rootChain, { ...permitted, owner })
    case 'permit': {
      const permit = await signPermit(account, rootChain, permitted)
      return depositErc20(rootChain, { ...permitted, owner, permit })
    }
    case 'permit2': {
      const permit2 = await signPermit2(account, rootChain, permitted)
      return depositErc20(rootChain, { ...permitted, owner, permit2 })
    }
  }
}
