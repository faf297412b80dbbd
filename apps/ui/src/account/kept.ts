import { type Address, type Hex, parseAddress, parseHex } from '@omg/protocol'
import { forget, read, write } from './database.ts'
import { isSealedKey, type SealedKey } from './sealedKey.ts'

/** Who trades here. What must stay secret is sealed, or not here at all. */
export type KeptAccount = {
  readonly address: Address
} & (
  | {
      readonly kind: 'browser'
      readonly key: SealedKey /** Whether its owner has a copy elsewhere. */
      readonly saved: boolean
    }
  | { readonly kind: 'passkey'; readonly credential: Hex }
  | { readonly kind: 'wallet'; readonly rdns: string; readonly name: string }
)

const NAME = 'account'

export async function readAccount(): Promise<KeptAccount | undefined> {
  return accountFrom(await read(NAME))
}

export async function keepAccount(account: KeptAccount): Promise<KeptAccount> {
  await write(NAME, account)
  return account
}

export const forgetAccount = (): Promise<void> => forget(NAME)

function accountFrom(value: unknown): KeptAccount | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const kept = value as Partial<Record<string, unknown>>
  const parsed = parseAddress(kept.address)
  if (!parsed.ok) return undefined
  const address = parsed.value
  const { kind, key, credential, rdns, name } = kept
  if (kind === 'browser' && isSealedKey(key)) return { kind, address, key, saved: kept.saved === true }
  if (kind === 'passkey' && parseHex(credential).ok) return { kind, address, credential: credential as Hex }
  if (kind === 'wallet' && typeof rdns === 'string' && typeof name === 'string')
    return { kind, address, rdns, name }
  return undefined
}
