import type { Address } from '@omg/protocol'
import type { Client } from '../client.ts'
import { Fields } from '../node/decode.ts'

export interface GetBalancesParameters {
  /** Default: the client's account. */
  readonly owner?: Address
}

export interface Balance {
  /** Zero is ETH. */
  readonly token: Address
  /** What can be spent, in token units. */
  readonly amount: bigint
  /** How many outputs it is made of. */
  readonly outputs: number
  /** What exits and payments in flight forbid to spend (R6), not counted above. What has left stays here. */
  readonly locked: { readonly amount: bigint; readonly outputs: number }
}

/** What an owner has, per token. Of an ERC-721 token only the number of outputs counts. */
export async function getBalances(
  client: Client,
  parameters: GetBalancesParameters = {},
): Promise<Balance[]> {
  const { owner = client.address() } = parameters
  const answer = new Fields(await client.node.request('omg_getBalances', { owner }), 'balances')
  return answer.list('balances', value => {
    const fields = new Fields(value, 'balance')
    const locked = fields.object('locked')
    return {
      token: fields.address('token'),
      amount: fields.integer('amount'),
      outputs: fields.count('outputs'),
      locked: { amount: locked.integer('amount'), outputs: locked.count('outputs') },
    }
  })
}
