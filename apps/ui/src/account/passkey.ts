import { fromHex, type Hex, toHex } from '@omg/protocol'
import { uiError } from '../error.ts'

/**
 * An account whose key comes out of a passkey (WebAuthn with the PRF extension) each time it is needed: the authenticator answers with 32
 * bytes that only it and this site can make, and HKDF makes the key of them. Nothing that could be stolen is kept.
 */

/** What the PRF is asked about. Another text would be another account. */
const SALT = new TextEncoder().encode('OMG Network account 1')
const INFO = new TextEncoder().encode('secp256k1 private key')
const PRF_BYTES = 32
/** A little more than the key has, so that the remainder is as good as uniform. */
const DERIVED_BITS = 384
/** Order of secp256k1. */
const N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
const CHALLENGE_BYTES = 32
const ES256 = -7
const RS256 = -257

/** Why there can be no passkey here; undefined if there can. An address of digits is no name that a passkey can belong to. */
export function passkeyProblem(): string | undefined {
  if (!('PublicKeyCredential' in globalThis)) return 'This browser has no passkeys.'
  if (!isSecureContext) return 'Passkeys need a page that was loaded safely (https).'
  if (/^[\d.:[\]]+$/.test(location.hostname)) {
    return 'Passkeys need a name in the address bar: open this page as “localhost” instead of digits.'
  }
  return undefined
}

/** Makes a passkey. Returns its id and the key of the account. */
export async function createPasskey(name: string): Promise<{ id: Hex; privateKey: Hex }> {
  const credential = await ask(() =>
    navigator.credentials.create({
      publicKey: {
        rp: { name: 'OMG Exchange' },
        user: { id: random(CHALLENGE_BYTES), name, displayName: name },
        challenge: random(CHALLENGE_BYTES),
        pubKeyCredParams: [
          { type: 'public-key', alg: ES256 },
          { type: 'public-key', alg: RS256 },
        ],
        authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
        extensions: { prf: { eval: { first: SALT } } },
      },
    }),
  )
  const { prf } = credential.getClientExtensionResults()
  if (prf?.enabled !== true && prf?.results === undefined) throw unsupported()
  const id = toHex(new Uint8Array(credential.rawId))
  const made = prf.results?.first
  // Not every authenticator answers while it makes the passkey; asked again, it does.
  return made === undefined ? askPasskey(id) : { id, privateKey: await keyFrom(made) }
}

/** Asks for a passkey, that of `id` or any of this site. */
export async function askPasskey(id?: Hex): Promise<{ id: Hex; privateKey: Hex }> {
  const credential = await ask(() =>
    navigator.credentials.get({
      publicKey: {
        challenge: random(CHALLENGE_BYTES),
        userVerification: 'required',
        ...(id && { allowCredentials: [{ type: 'public-key', id: new Uint8Array(fromHex(id)) }] }),
        extensions: { prf: { eval: { first: SALT } } },
      },
    }),
  )
  const made = credential.getClientExtensionResults().prf?.results?.first
  if (made === undefined) throw unsupported()
  return { id: toHex(new Uint8Array(credential.rawId)), privateKey: await keyFrom(made) }
}

/** The key of an account from what the authenticator answered. Throws unless these are 32 bytes. */
export async function keyFrom(answer: BufferSource): Promise<Hex> {
  const secret = ArrayBuffer.isView(answer)
    ? new Uint8Array(answer.buffer, answer.byteOffset, answer.byteLength)
    : new Uint8Array(answer)
  if (secret.length !== PRF_BYTES) throw unsupported()
  const material = await crypto.subtle.importKey('raw', new Uint8Array(secret), 'HKDF', false, ['deriveBits'])
  const parameters = { name: 'HKDF', hash: 'SHA-256', salt: SALT, info: INFO }
  const bits = new Uint8Array(await crypto.subtle.deriveBits(parameters, material, DERIVED_BITS))
  const key = (BigInt(toHex(bits)) % (N - 1n)) + 1n
  bits.fill(0)
  return `0x${key.toString(16).padStart(64, '0')}`
}

async function ask(call: () => Promise<Credential | null>): Promise<PublicKeyCredential> {
  let credential: Credential | null
  try {
    credential = await call()
  } catch (cause) {
    throw uiError('passkey.refused', 'The passkey was not used.', cause)
  }
  if (!(credential instanceof PublicKeyCredential)) throw unsupported()
  return credential
}

const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes))

const unsupported = () =>
  uiError('passkey.unsupported', 'This passkey cannot make keys: it lacks the PRF extension.')
