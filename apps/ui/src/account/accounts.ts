import { type Address, type Hex, parseHex } from '@omg/protocol'
import { decryptKey, encryptKey } from '@omg/sdk'
import type { LocalAccount } from 'viem'
import { generatePrivateKey, privateKeyToAccount, toAccount } from 'viem/accounts'
import { uiError } from '../error.ts'
import { type KeptAccount, keepAccount } from './kept.ts'
import { askPasskey, createPasskey } from './passkey.ts'
import { openKey, sealKey } from './sealedKey.ts'

const PRIVATE_KEY_BYTES = 32

/** A fresh account in this browser, kept before anybody is told its address. */
export const createBrowserAccount = (): Promise<KeptAccount> => browserAccount(generatePrivateKey(), false)

/** What an account is restored from: the key itself, or a file that a passphrase opens. */
export type Backup =
  | { readonly kind: 'key'; readonly privateKey: Hex }
  | { readonly kind: 'keystore'; readonly file: unknown }

/** An account from its backup. Errors (thrown): `account.key`, `account.keystore`, `account.password`. */
export async function restoreAccount(backup: Backup, passphrase: string): Promise<KeptAccount> {
  const privateKey = backup.kind === 'key' ? backup.privateKey : await decryptKey(backup.file, passphrase)
  return browserAccount(privateKey, true)
}

async function browserAccount(privateKey: Hex, saved: boolean): Promise<KeptAccount> {
  const key = await sealKey(privateKey)
  return keepAccount({ kind: 'browser', address: addressOf(privateKey), key, saved })
}

export async function createPasskeyAccount(): Promise<KeptAccount> {
  const { id, privateKey } = await createPasskey(`OMG Network, ${new Date().toISOString().slice(0, 10)}`)
  return keepAccount({ kind: 'passkey', address: addressOf(privateKey), credential: id })
}

/** The account of a passkey that was made earlier, perhaps in another browser. */
export async function findPasskeyAccount(): Promise<KeptAccount> {
  const { id, privateKey } = await askPasskey()
  return keepAccount({ kind: 'passkey', address: addressOf(privateKey), credential: id })
}

const addressOf = (privateKey: Hex) => privateKeyToAccount(privateKey).address.toLowerCase() as Address

/**
 * What a text is as a backup: an Ethereum keystore file, a file with the bare key as earlier versions of the page wrote it, or the key.
 * Errors (thrown): `account.key`.
 */
export function backupIn(text: string): Backup {
  let given = text.trim()
  try {
    const file = JSON.parse(given) as { privateKey?: unknown; crypto?: unknown }
    if (typeof file?.crypto === 'object') return { kind: 'keystore', file }
    if (typeof file?.privateKey === 'string') given = file.privateKey
  } catch {
    // Not a file: the key itself.
  }
  return { kind: 'key', privateKey: privateKeyIn(given) }
}

function privateKeyIn(given: string): Hex {
  const parsed = parseHex(/^[0-9a-fA-F]{64}$/.test(given) ? `0x${given}` : given)
  if (parsed.ok && parsed.value.length === PRIVATE_KEY_BYTES) {
    const key = `0x${given.replace(/^0x/, '').toLowerCase()}` as Hex
    try {
      privateKeyToAccount(key)
      return key
    } catch {
      // Zero, or beyond the order of the curve.
    }
  }
  throw uiError('account.key', 'That is no key of an account.')
}

type BrowserAccount = Extract<KeptAccount, { kind: 'browser' }>

/** The key of an account in this browser, bare: whoever reads it has the money. */
export const bareKeyOf = (account: BrowserAccount): Promise<Hex> => openKey(account.key)

/** The text of an account's backup file: an Ethereum keystore, which `omg`, geth and MetaMask read as well. It takes a second. */
export async function backupOf(account: BrowserAccount, passphrase: string): Promise<string> {
  return `${JSON.stringify(await encryptKey(await bareKeyOf(account), passphrase), null, 2)}\n`
}

/** Fewest characters of a passphrase: the file may lie about for years. */
export const PASSPHRASE_CHARACTERS = 12

/**
 * The account as the SDK uses it. Its key is unsealed, or asked of the passkey, for each signature, and not held in between.
 */
export function signerOf(account: Extract<KeptAccount, { kind: 'browser' | 'passkey' }>): LocalAccount {
  const open = async () => {
    const privateKey =
      account.kind === 'browser'
        ? await openKey(account.key)
        : (await askPasskey(account.credential)).privateKey
    const signer = privateKeyToAccount(privateKey)
    if (signer.address.toLowerCase() === account.address) return signer
    throw uiError('account.key', 'This passkey belongs to another account.')
  }
  return toAccount({
    address: account.address,
    signMessage: async given => (await open()).signMessage(given),
    signTypedData: async given => (await open()).signTypedData(given),
    signTransaction: async (given, options) => (await open()).signTransaction(given, options),
  }) as LocalAccount
}
