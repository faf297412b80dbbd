import { fromHex, type Hex, toHex } from '@omg/protocol'

/**
 * A private key at rest: encrypted under an AES key that the browser keeps and gives to no script. Somebody who copies the database's
 * records as text has nothing; somebody who runs code in the page can use the key while the page is open, as with any wallet in a page.
 */
export interface SealedKey {
  readonly wrapping: CryptoKey
  readonly iv: Uint8Array<ArrayBuffer>
  readonly sealed: ArrayBuffer
}

const ALGORITHM = 'AES-GCM'
const KEY_BITS = 256
/** What AES-GCM wants. */
const IV_BYTES = 12
const PRIVATE_KEY_BYTES = 32

export async function sealKey(privateKey: Hex): Promise<SealedKey> {
  const wrapping = await crypto.subtle.generateKey({ name: ALGORITHM, length: KEY_BITS }, false, [
    'encrypt',
    'decrypt',
  ])
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES))
  const bytes = new Uint8Array(fromHex(privateKey))
  const sealed = await crypto.subtle.encrypt({ name: ALGORITHM, iv }, wrapping, bytes)
  bytes.fill(0)
  return { wrapping, iv, sealed }
}

export async function openKey({ wrapping, iv, sealed }: SealedKey): Promise<Hex> {
  const bytes = new Uint8Array(await crypto.subtle.decrypt({ name: ALGORITHM, iv }, wrapping, sealed))
  if (bytes.length !== PRIVATE_KEY_BYTES) throw new Error('a sealed key of another length')
  const key = toHex(bytes)
  bytes.fill(0)
  return key
}

/** Whether a value from the database is a sealed key. */
export function isSealedKey(value: unknown): value is SealedKey {
  if (typeof value !== 'object' || value === null) return false
  const { wrapping, iv, sealed } = value as Partial<SealedKey>
  return wrapping instanceof CryptoKey && iv instanceof Uint8Array && sealed instanceof ArrayBuffer
}
