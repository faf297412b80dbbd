import {
  type Address,
  amount,
  encodeInstruction,
  type Guard,
  type Hex,
  instructionHash,
  type MoveInstruction,
  signDigest,
  toHex,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@omg/protocol'
import { createClient, type Market } from '@omg/sdk'
import type { Page } from 'playwright-core'
import { privateKeyToAccount } from 'viem/accounts'
import { expect } from 'vitest'
import type { TestNetwork } from './network.ts'

// The key that a page trades with, and what it cannot do.

export interface TradingPlace {
  readonly network: TestNetwork
  readonly market: Market
}

/** Signs out with the end of the trading key, on the chain: what it traded with is its owner's alone, and it can do nothing. */
export async function keyIsRevoked(
  page: Page,
  owner: Address,
  { network, market }: TradingPlace,
): Promise<void> {
  const reader = network.client('alice')
  const key = privateKeyToAccount((await page.evaluate(readAgentKey, owner)) as Hex)
  const sheet = page.getByRole('dialog', { name: 'Account' })
  await sheet.getByRole('button', { name: 'Sign out', exact: true }).click()
  await sheet.getByRole('button', { name: 'Revoke the key and sign out' }).click()
  await page.getByRole('button', { name: 'Start', exact: true }).waitFor()
  const balances = await reader.getTradingBalances({ owner })
  expect(balances.length).toBeGreaterThan(0)
  expect(new Set(balances.map(({ terms }) => terms.agent))).toEqual(new Set([ZERO_ADDRESS]))
  const { nodeUrl: node, ethereumUrl: ethereum } = network.facts
  const agent = createClient({ node, ethereum, account: key, owner })
  const order = { market, side: 'sell', price: market.priceOf('2200'), lots: 100n } as const
  await expect(agent.placeOrder(order)).rejects.toMatchObject({ code: 'move.unknown_guard' })
}

/** Whoever has everything that the page keeps of its trading key: the SDK, and the chain itself, refuse to pay her (A38b). */
export async function agentCannotWithdraw(
  page: Page,
  owner: Address,
  { network }: Pick<TradingPlace, 'network'>,
): Promise<void> {
  const privateKey = await page.evaluate(readAgentKey, owner)
  const account = privateKeyToAccount(privateKey as Hex)
  const { nodeUrl, ethereumUrl } = network.facts
  const agent = createClient({ node: nodeUrl, ethereum: ethereumUrl, account, owner })
  const balances = await agent.getTradingBalances()
  const held = balances.find(({ terms }) => terms.agent === account.address.toLowerCase())!
  await expect(agent.closeTradingBalance({ balance: held, token: held.token })).rejects.toMatchObject({
    code: 'agent.owner_only',
  })
  const { domain } = await agent.network()
  // What one output holds: nothing has to be gathered, and so nothing has to be seasoned first.
  const move: MoveInstruction = {
    steps: [{ guard: held.guard, amount: amount(1n), to: ZERO_HASH as Guard }],
    validUntil: BigInt(Math.floor(Date.now() / 1_000)) + 600n,
    nonce: 1n,
  }
  const signature = signDigest(instructionHash(move, domain), privateKey as Hex)
  const witness = { signatures: [signature], orderTerms: [], swapTerms: [] }
  const transaction = toHex(encodeInstruction({ instruction: move, witness }))
  await expect(agent.node.request('omg_submit', { transaction })).rejects.toMatchObject({
    code: 'move.withdrawal',
  })
}

/** The trading key that a page keeps for an owner, as a script in that page could read it. Runs in the page. */
async function readAgentKey(owner: string): Promise<string> {
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open('omg-exchange')
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
  type Kept = { key: { wrapping: CryptoKey; iv: BufferSource; sealed: ArrayBuffer } }
  const { key } = await new Promise<Kept>((resolve, reject) => {
    const request = database.transaction('kept').objectStore('kept').get(`agent ${owner}`)
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
  database.close()
  if (key.wrapping.extractable) throw new Error('the wrapping key can be taken out')
  const bytes = new Uint8Array(
    await crypto.subtle.decrypt({ name: 'AES-GCM', iv: key.iv }, key.wrapping, key.sealed),
  )
  return `0x${[...bytes].map(byte => byte.toString(16).padStart(2, '0')).join('')}`
}
