import { type Address, type OmgError, ZERO_ADDRESS } from '@omg/protocol'
import { type Deposit, depositErc20, depositErc721, depositEth, type Permit } from '@omg/rootchain'
import type { Client } from '../client.ts'
import type { SdkError } from '../error.ts'

export type DepositParameters = (
  | {
      /** Token units, or wei. */
      readonly amount: bigint
      /** Default ETH. */
      readonly token?: Address
      /** For ERC-20 tokens with EIP-2612: saves the transaction that approves. */
      readonly permit?: Permit
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
  const { token = ZERO_ADDRESS, amount, permit } = parameters
  if (token === ZERO_ADDRESS) return depositEth(rootChain, { amount, owner })
  return depositErc20(rootChain, { token, amount, owner, ...(permit && { permit }) })
}
