import { scryptAsync } from '@noble/hashes/scrypt'
import { type Address, concat, fromHex, type Hex, keccak256, toHex } from '@omg/protocol'
import { privateKeyToAddress } from 'viem/accounts'
import { sdkError } from '../error.ts'

/**
 * Ethereum keystore files, version 3 (Web3 Secret Storage): scrypt, AES-128-CTR, keccak256 MAC. geth, MetaMask and every other wallet read
 * what this writes. https://ethereum.org/developers/docs/data-structures-and-encoding/web3-secret-storage
 */
export interface Keystore {
  readonly version: 3
  readonly id: string
  /** Without `0x`, as the format has it. */
  readonly address: string
  readonly crypto: {
    readonly cipher: 'aes-128-ctr'
    readonly ciphertext: string
    readonly cipherparams: { readonly iv: string }
    readonly kdf: 'scrypt'
    readonly kdfparams: {
      readonly dklen: 32
      readonly n: number
      readonly r: number
      readonly p: number
      readonly salt: string
    }
    readonly mac: string
  }
}

/** scrypt work factor: a second or so and 256 MiB, as geth does by default. */
const SCRYPT_N = 262_144
const SCRYPT_R = 8
const SCRYPT_P = 1
/** A file that asks for more work than this is refused: N × r and N × r × p. The first is 512 MiB of memory, the second some seconds. */
const MAX_MEMORY = 2 ** 22
const MAX_WORK = 2 ** 23
const [KEY_BYTES, IV_BYTES, MAC_BYTES, SALT_BYTES] = [32, 16, 32, 32]
/** Longest salt of a file that is read, in bytes. */
const MAX_SALT_BYTES = 1_024

interface Derivation {
  readonly n: number
  readonly r: number
  readonly p: number
  readonly salt: Uint8Array
}

/**
 * Encrypts a private key under a passphrase; it takes a second. `workFactor` (scrypt N, a power of two) is lowered only by tests.
 */
export async function encryptKey(
  privateKey: Hex,
  passphrase: string,
  workFactor = SCRYPT_N,
): Promise<Keystore> {
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES))
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES))
  const derivation = { n: workFactor, r: SCRYPT_R, p: SCRYPT_P }
  const key = await derive(passphrase, { ...derivation, salt })
  const secret = new Uint8Array(fromHex(privateKey))
  const cipherKey = await cipherKeyOf(key)
  const ciphertext = new Uint8Array(await crypto.subtle.encrypt(counterAt(iv), cipherKey, secret))
  const mac = macOf(key, ciphertext)
  secret.fill(0)
  key.fill(0)
  return {
    version: 3,
    id: crypto.randomUUID(),
    address: addressOf(privateKey).slice(2),
    crypto: {
      cipher: 'aes-128-ctr',
      ciphertext: bare(ciphertext),
      cipherparams: { iv: bare(iv) },
      kdf: 'scrypt',
      kdfparams: { dklen: 32, ...derivation, salt: bare(salt) },
      mac: bare(mac),
    },
  }
}

/**
 * The private key in a keystore file, given as parsed JSON.
 *
 * Errors (thrown): `account.keystore` where it is none or a damaged one, `account.password` where the passphrase does not open it. A file
 * whose encrypted part was changed cannot be told from a wrong passphrase.
 */
export async function decryptKey(json: unknown, passphrase: string): Promise<Hex> {
  const { address, ciphertext, iv, mac, derivation } = read(json)
  const key = await derive(passphrase, derivation)
  if (!isSame(macOf(key, ciphertext), mac)) {
    throw sdkError('account.password', 'the passphrase does not open this account')
  }
  const cipherKey = await cipherKeyOf(key)
  const secret = new Uint8Array(await crypto.subtle.decrypt(counterAt(iv), cipherKey, ciphertext))
  const privateKey = toHex(secret)
  secret.fill(0)
  key.fill(0)
  const derived = validAddressOf(privateKey)
  if (derived === undefined || (address !== undefined && derived !== address)) {
    throw sdkError('account.keystore', 'the file names another address than its key has, or holds no key')
  }
  return privateKey
}

const addressOf = (privateKey: Hex) => privateKeyToAddress(privateKey).toLowerCase() as Address

function validAddressOf(privateKey: Hex): Address | undefined {
  try {
    return addressOf(privateKey)
  } catch {
    return undefined
  }
}

function derive(passphrase: string, { n, r, p, salt }: Derivation): Promise<Uint8Array> {
  const maxmem = 128 * MAX_MEMORY + 2 ** 20
  return scryptAsync(passphrase.normalize('NFKC'), salt, { N: n, r, p, dkLen: KEY_BYTES, maxmem })
}

const macOf = (key: Uint8Array, ciphertext: Uint8Array) => keccak256(concat(key.subarray(16, 32), ciphertext))

const cipherKeyOf = (key: Uint8Array) =>
  crypto.subtle.importKey('raw', new Uint8Array(key.subarray(0, 16)), 'AES-CTR', false, [
    'encrypt',
    'decrypt',
  ])

const counterAt = (iv: Uint8Array<ArrayBuffer>) => ({ name: 'AES-CTR', counter: iv, length: 128 })

const bare = (bytes: Uint8Array) => toHex(bytes).slice(2)

/** Without a hint, by its time, of where they differ. */
function isSame(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length
  for (let i = 0; i < a.length; i++) difference |= a[i]! ^ (b[i] ?? 0)
  return difference === 0
}

/** A keystore file field by field. */
function read(json: unknown) {
  const file = object(json, 'file')
  if (file.version !== 3) throw broken('its version is not 3')
  const sealed = object(file.crypto, 'crypto')
  if (sealed.cipher !== 'aes-128-ctr') throw broken('its cipher is not aes-128-ctr')
  if (sealed.kdf !== 'scrypt') throw broken('its key is not derived by scrypt')
  const given = object(sealed.kdfparams, 'kdfparams')
  const [n, r, p] = [count(given.n, 'n'), count(given.r, 'r'), count(given.p, 'p')]
  if (given.dklen !== KEY_BYTES) throw broken('its key has another length')
  if (n < 2 || !Number.isInteger(Math.log2(n))) throw broken('its work factor is no power of two')
  if (n * r > MAX_MEMORY || n * r * p > MAX_WORK) throw broken('it asks for too much work')
  const salt = bytes(given.salt, 'salt')
  if (salt.length > MAX_SALT_BYTES) throw broken('its salt is too long')
  return {
    // Left out by the standard's own examples, written by every wallet.
    address: file.address === undefined ? undefined : toHex(bytes(file.address, 'address', 20)),
    ciphertext: bytes(sealed.ciphertext, 'ciphertext', KEY_BYTES),
    iv: bytes(object(sealed.cipherparams, 'cipherparams').iv, 'iv', IV_BYTES),
    mac: bytes(sealed.mac, 'mac', MAC_BYTES),
    derivation: { n, r, p, salt },
  }
}

const broken = (what: string) => sdkError('account.keystore', `not a keystore file: ${what}`)

function object(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw broken(`its ${name} is no object`)
  return value as Record<string, unknown>
}

function count(value: unknown, name: string): number {
  if (!Number.isSafeInteger(value) || (value as number) < 1) throw broken(`its ${name} is no number`)
  return value as number
}

function bytes(value: unknown, name: string, length?: number): Uint8Array<ArrayBuffer> {
  const digits = typeof value === 'string' ? value.replace(/^0x/, '').toLowerCase() : ''
  const isRight = /^([0-9a-f]{2})+$/.test(digits) && (length === undefined || digits.length === 2 * length)
  if (!isRight) throw broken(`its ${name} is no hexadecimal text of the right length`)
  return new Uint8Array(fromHex(`0x${digits}`))
}
