import { createECDH, createHash, createPrivateKey, createPublicKey, hkdfSync, randomBytes } from 'node:crypto'
import { addressOfPublicKey, fromHex, type Hex, toHex } from '@omg/protocol'
import type { EngineValidator } from '../engine.ts'

/** How CometBFT's JSON names keys that sign as Ethereum does: keccak, recoverable, with Ethereum's addresses. */
const VALIDATOR_KEY = 'tendermint/PubKeySecp256k1eth'
const VALIDATOR_PRIVATE_KEY = 'tendermint/PrivKeySecp256k1eth'
const NODE_PRIVATE_KEY = 'tendermint/PrivKeyEd25519'
const NODE_ID_BYTES = 20
/** PKCS #8 around the 32 bytes of an Ed25519 seed. */
const ED25519_PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')

/** A validator by its compressed public key. */
export function validatorOf(publicKey: Uint8Array, power: bigint): EngineValidator {
  return { address: fromHex(addressOfPublicKey(toHex(publicKey))), publicKey, power }
}

/** The compressed public key of a private one, 33 bytes. */
export function publicKeyOf(privateKey: Hex): Uint8Array {
  const key = createECDH('secp256k1')
  key.setPrivateKey(fromHex(privateKey))
  return key.getPublicKey(null, 'compressed')
}

/** `priv_validator_key.json`. */
export function validatorKeyFile(privateKey: Hex): string {
  const { address, publicKey } = validatorOf(publicKeyOf(privateKey), 1n)
  return json({
    address: toHex(address).slice(2).toUpperCase(),
    pub_key: publicKeyJson(publicKey!),
    priv_key: { type: VALIDATOR_PRIVATE_KEY, value: base64(fromHex(privateKey)) },
  })
}

export function publicKeyJson(publicKey: Uint8Array) {
  return { type: VALIDATOR_KEY, value: base64(publicKey) }
}

/** A private key for nodes that do not validate: CometBFT wants one. */
export function randomPrivateKey(): Hex {
  const key = createECDH('secp256k1')
  key.generateKeys()
  return toHex(key.getPrivateKey())
}

/** The key by which other nodes know ours, 32 bytes. It follows from the validator's key, so that its id is known before it starts. */
export function nodeSeed(privateKey: Hex | undefined): Uint8Array {
  if (!privateKey) return randomBytes(32)
  return new Uint8Array(hkdfSync('sha256', fromHex(privateKey), '', 'omg node key', 32))
}

/** `node_key.json`. */
export function nodeKeyFile(seed: Uint8Array): string {
  return json({
    priv_key: { type: NODE_PRIVATE_KEY, value: base64(Buffer.concat([seed, ed25519PublicKey(seed)])) },
  })
}

/** The seed in a `node_key.json`. */
export function seedOfNodeKey(text: string): Uint8Array {
  const { priv_key } = JSON.parse(text) as { priv_key: { value: string } }
  return Buffer.from(priv_key.value, 'base64').subarray(0, 32)
}

/** What other nodes call ours: `<node id>@host:port` is its address. */
export function nodeId(seed: Uint8Array): string {
  const hash = createHash('sha256').update(ed25519PublicKey(seed)).digest()
  return hash.subarray(0, NODE_ID_BYTES).toString('hex')
}

function ed25519PublicKey(seed: Uint8Array): Uint8Array {
  const key = createPrivateKey({
    key: Buffer.concat([ED25519_PKCS8, seed]),
    format: 'der',
    type: 'pkcs8',
  })
  const { x } = createPublicKey(key).export({ format: 'jwk' })
  return Buffer.from(x!, 'base64url')
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
