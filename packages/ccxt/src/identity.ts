import type { Address, Hex } from '@omg/protocol'
import { AuthenticationError, InvalidOrder } from 'ccxt'
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'

/** Who trades, as CCXT's credentials say it. */
export interface Identity {
  readonly owner: Address
  /** The owner's key, or that of her agent; undefined where only looking was asked for. */
  readonly account: PrivateKeyAccount | undefined
}

/** The credentials that this exchange reads; `apiKey` and `secret` are other names for bots that know no others. */
export interface Credentials {
  readonly privateKey?: string | undefined
  readonly walletAddress?: string | undefined
  readonly apiKey?: string | undefined
  readonly secret?: string | undefined
}

/** @throws AuthenticationError */
export function identityOf(credentials: Credentials): Identity {
  const key = credentials.privateKey || credentials.secret || undefined
  const wallet = credentials.walletAddress || credentials.apiKey || undefined
  if (key !== undefined && !/^0x[0-9a-fA-F]{64}$/.test(key)) {
    throw new AuthenticationError('omg privateKey is 0x and 64 hexadecimal digits')
  }
  if (wallet !== undefined && !/^0x[0-9a-fA-F]{40}$/.test(wallet)) {
    throw new AuthenticationError('omg walletAddress is 0x and 40 hexadecimal digits')
  }
  const account = key === undefined ? undefined : accountOf(key as Hex)
  const owner = wallet ?? account?.address
  if (owner === undefined)
    throw new AuthenticationError('omg requires "privateKey" or "walletAddress" credential')
  return { owner: owner.toLowerCase() as Address, account }
}

function accountOf(key: Hex): PrivateKeyAccount {
  try {
    return privateKeyToAccount(key)
  } catch {
    // Zero, or beyond the order of the curve. The cause is left out: it could repeat the key.
    throw new AuthenticationError('omg privateKey is no key of secp256k1')
  }
}

/** Bytes of a client's own name for an order. */
const CLIENT_ID_BYTES = 32

/** @throws InvalidOrder */
export function checkClientId(text: string): string {
  const { length } = new TextEncoder().encode(text)
  if (length >= 1 && (length <= CLIENT_ID_BYTES || /^0x[0-9a-fA-F]{64}$/.test(text))) return text
  throw new InvalidOrder(`omg a clientOrderId has 1 to ${CLIENT_ID_BYTES} bytes, this one has ${length}`)
}

/** What an order's terms say as its client's name: the text that was given, or its 32 bytes where they are no text. */
export function clientIdText(bytes32: string): string | undefined {
  const bytes = Uint8Array.from(bytes32.slice(2).match(/../g) ?? [], byte => Number.parseInt(byte, 16))
  const end = bytes.findLastIndex(byte => byte !== 0) + 1
  if (end === 0) return undefined
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, end))
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what shows nothing is no name that a client gave.
    return /[\u0000-\u001f\u007f]/.test(text) ? bytes32 : text
  } catch {
    return bytes32
  }
}
