/**
 * Ethereum keystore files, version 3 (Web3 Secret Storage): scrypt, AES-128-CTR, keccak256 MAC. geth, MetaMask and
 * every other wallet read what this writes.
 */
import {
  createCipheriv,
  createDecipheriv,
  randomBytes,
  randomUUID,
  scrypt,
  timingSafeEqual,
} from 'node:crypto'
import { concat, type Hex, keccak256 } from '@omg/protocol'
import { privateKeyToAddress } from 'viem/accounts'
import { z } from 'zod'
import { cliError } from '../error.ts'

/** scrypt work factor: about a second and 256 MiB, as geth does by default. */
const SCRYPT_N = 262_144
const SCRYPT_R = 8
const SCRYPT_P = 1
/** A file that asks for more than this is refused: it would only fill the memory. */
const MAX_SCRYPT_N = 1_048_576
const KEY_BYTES = 32

const bytesOf = (length?: number) =>
  z
    .string()
    .regex(length === undefined ? /^([0-9a-f]{2})+$/i : new RegExp(`^[0-9a-f]{${length * 2}}$`, 'i'))
    .transform(text => Buffer.from(text, 'hex'))

const keystoreSchema = z.object({
  version: z.literal(3),
  /** Left out by the standard's own examples, written by every wallet. */
  address: z
    .string()
    .regex(/^(0x)?[0-9a-f]{40}$/i)
    .optional(),
  crypto: z.object({
    cipher: z.literal('aes-128-ctr'),
    ciphertext: bytesOf(KEY_BYTES),
    cipherparams: z.object({ iv: bytesOf(16) }),
    kdf: z.literal('scrypt'),
    kdfparams: z.object({
      dklen: z.literal(32),
      n: z.int().min(2).max(MAX_SCRYPT_N),
      r: z.int().min(1).max(32),
      p: z.int().min(1).max(16),
      salt: bytesOf(),
    }),
    mac: bytesOf(32),
  }),
})

/** The JSON text of a keystore file. */
export type KeystoreJson = z.input<typeof keystoreSchema> & { id: string; address: string }

interface Derivation {
  n: number
  r: number
  p: number
  salt: Uint8Array
}

function derive(password: string, { n, r, p, salt }: Derivation): Promise<Buffer> {
  // The memory scrypt needs is 128 * n * r; Node refuses more than 32 MiB unless told.
  const options = { N: n, r, p, maxmem: 128 * n * r + 16_777_216 }
  return new Promise((resolve, reject) =>
    scrypt(password.normalize('NFKC'), salt, 32, options, (error, key) =>
      error ? reject(error) : resolve(key),
    ),
  )
}

const macOf = (key: Buffer, ciphertext: Buffer) => keccak256(concat(key.subarray(16, 32), ciphertext))

/** Encrypts a private key with a password. `workFactor` (scrypt N, a power of two) is lowered only by tests. */
export async function encryptKey(
  privateKey: Hex,
  password: string,
  workFactor = SCRYPT_N,
): Promise<KeystoreJson> {
  const derivation = { n: workFactor, r: SCRYPT_R, p: SCRYPT_P, salt: randomBytes(32) }
  const key = await derive(password, derivation)
  const iv = randomBytes(16)
  const cipher = createCipheriv('aes-128-ctr', key.subarray(0, 16), iv)
  const ciphertext = Buffer.concat([cipher.update(Buffer.from(privateKey.slice(2), 'hex')), cipher.final()])
  return {
    version: 3,
    id: randomUUID(),
    address: privateKeyToAddress(privateKey).slice(2).toLowerCase(),
    crypto: {
      cipher: 'aes-128-ctr',
      ciphertext: ciphertext.toString('hex'),
      cipherparams: { iv: iv.toString('hex') },
      kdf: 'scrypt',
      kdfparams: {
        dklen: 32,
        n: derivation.n,
        r: derivation.r,
        p: derivation.p,
        salt: derivation.salt.toString('hex'),
      },
      mac: Buffer.from(macOf(key, ciphertext)).toString('hex'),
    },
  }
}

/** The private key in a keystore file; errors `account.keystore` and `account.password`. */
export async function decryptKey(json: unknown, password: string): Promise<Hex> {
  const parsed = keystoreSchema.safeParse(json)
  if (!parsed.success) {
    throw cliError(
      'account.keystore',
      `not a keystore file: ${parsed.error.issues[0]?.message}`,
      parsed.error,
    )
  }
  const { address, crypto } = parsed.data
  const key = await derive(password, crypto.kdfparams)
  if (!timingSafeEqual(macOf(key, crypto.ciphertext), crypto.mac)) {
    throw cliError('account.password', 'the password does not open this account')
  }
  const decipher = createDecipheriv('aes-128-ctr', key.subarray(0, 16), crypto.cipherparams.iv)
  const privateKey: Hex = `0x${Buffer.concat([decipher.update(crypto.ciphertext), decipher.final()]).toString('hex')}`
  const derived = privateKeyToAddress(privateKey).slice(2).toLowerCase()
  if (address !== undefined && derived !== address.replace(/^0x/, '').toLowerCase()) {
    throw cliError('account.keystore', 'the file names another address than its key has')
  }
  return privateKey
}
