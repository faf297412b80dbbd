import { type Address, parseAddress } from '@omg/protocol'
import { forget, read, write } from '@omg/ui/account/database.ts'
import { isSealedKey, openKey, type SealedKey, sealKey } from '@omg/ui/account/sealedKey.ts'
import { generatePrivateKey, type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'

/**
 * The key with which this browser signs orders for its owner. The chain lets it place, change and cancel orders, and never withdraw or pay
 * (A38b), so it may sign without asking: no pop-up for each order.
 */
export interface Agent {
  readonly owner: Address
  readonly address: Address
  readonly account: PrivateKeyAccount
  /** When this browser stops using it, in milliseconds since 1970. The chain itself knows no such time: revoking is what ends it there. */
  readonly until: number
}

/** How long this browser uses an agent before it asks for a new one. */
export const AGENT_DAYS = 7
const DAY_MS = 86_400_000

const nameOf = (owner: Address) => `agent ${owner}`

/** The agent of an owner in this browser; undefined where there is none, or its time is over. */
export async function readAgent(owner: Address, now = Date.now()): Promise<Agent | undefined> {
  const kept = (await read(nameOf(owner))) as { key?: unknown; until?: unknown } | undefined
  if (!isSealedKey(kept?.key) || typeof kept.until !== 'number') return undefined
  if (kept.until <= now) return undefined
  return agentOf(owner, await accountIn(kept.key), kept.until)
}

/** A fresh agent, kept before it is used. */
export async function createAgent(owner: Address, now = Date.now()): Promise<Agent> {
  const privateKey = generatePrivateKey()
  const until = now + AGENT_DAYS * DAY_MS
  await write(nameOf(owner), { key: await sealKey(privateKey), until })
  return agentOf(owner, privateKeyToAccount(privateKey), until)
}

/** The address of an agent whose time is over here, so that what it may still trade with can be moved to the next. */
export async function expiredAgent(owner: Address, now = Date.now()): Promise<Address | undefined> {
  const kept = (await read(nameOf(owner))) as { key?: unknown; until?: unknown } | undefined
  if (!isSealedKey(kept?.key) || typeof kept.until !== 'number' || kept.until > now) return undefined
  const parsed = parseAddress((await accountIn(kept.key)).address)
  return parsed.ok ? parsed.value : undefined
}

export const forgetAgent = (owner: Address): Promise<void> => forget(nameOf(owner))

const accountIn = async (key: SealedKey) => privateKeyToAccount(await openKey(key))

function agentOf(owner: Address, account: PrivateKeyAccount, until: number): Agent {
  return { owner, address: account.address.toLowerCase() as Address, account, until }
}
