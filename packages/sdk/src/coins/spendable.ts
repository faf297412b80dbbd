import type { Address } from '@omg/protocol'
import { getAllOutputs, type OwnedOutput } from '../actions/getOutputs.ts'
import { getTransaction } from '../actions/getTransaction.ts'
import type { Client } from '../client.ts'

/** The account's outputs that no payment of this client is spending. What a rejected payment wanted is free again. */
export async function getSpendable(client: Client, token?: Address): Promise<OwnedOutput[]> {
  const owned = await getAllOutputs(client, token)
  const waiting = new Set(owned.flatMap(({ id }) => client.reserved.get(id) ?? []))
  for (const hash of waiting) {
    const info = await getTransaction(client, { hash })
    if (info?.status !== 'rejected') continue
    for (const [id, spender] of client.reserved) if (spender === hash) client.reserved.delete(id)
  }
  return owned.filter(({ id }) => !client.reserved.has(id))
}
