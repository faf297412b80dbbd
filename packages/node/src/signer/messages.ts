import {
  fail,
  type Hash,
  type Hex,
  type OmgError,
  ok,
  protocolError,
  type Result,
  SIGNATURE_BYTES,
  toHex,
} from '@omg/protocol'
import type { SignedCheckpoint } from '../application/signing.ts'

/** Longest message between a node and its signer, in bytes, without its length. */
export const MAX_SIGNER_MESSAGE_BYTES = 4_096
/** Headers of one note: what Ethereum has accepted. */
export const MAX_NOTED = 64

const SIGN = 1
const NOTE = 2
const ENTRY_BYTES = 40
const SIGNED = 0
const NOTED = 1
const REFUSED = 2

export type SignerRequest =
  | { readonly kind: 'sign'; readonly checkpoint: SignedCheckpoint }
  | { readonly kind: 'note'; readonly checkpoints: readonly SignedCheckpoint[] }

export type SignerReply =
  | { readonly kind: 'signed'; readonly signature: Hex }
  | { readonly kind: 'noted' }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }

/** `1 ‖ number u64 ‖ header hash 32`, or `2 ‖ {number u64 ‖ header hash 32} × n`. The signer makes the digest itself: it signs nothing but checkpoints. */
export function encodeRequest(request: SignerRequest): Buffer {
  const { kind } = request
  if (kind === 'sign') return Buffer.concat([Buffer.of(SIGN), entryOf(request.checkpoint)])
  return Buffer.concat([Buffer.of(NOTE), ...request.checkpoints.slice(0, MAX_NOTED).map(entryOf)])
}

/** Errors: `encoding.*`. */
export function decodeRequest(bytes: Uint8Array): Result<SignerRequest> {
  const buffer = Buffer.from(bytes)
  const count = (buffer.length - 1) / ENTRY_BYTES
  if (!Number.isInteger(count))
    return fail(protocolError('encoding.truncated', 'a request of the wrong length'))
  const checkpoints = Array.from({ length: count }, (_, i) => entryAt(buffer, 1 + ENTRY_BYTES * i))
  if (buffer[0] === SIGN && count === 1) return ok({ kind: 'sign', checkpoint: checkpoints[0]! })
  if (buffer[0] === NOTE && count >= 1 && count <= MAX_NOTED) return ok({ kind: 'note', checkpoints })
  return fail(protocolError('encoding.kind', `request ${buffer[0]} with ${count} checkpoints`))
}

/** `0 ‖ signature 65`, `1`, or `2 ‖ code ‖ 0x00 ‖ message`, both in UTF-8. */
export function encodeReply(reply: SignerReply): Buffer {
  if (reply.kind === 'signed')
    return Buffer.concat([Buffer.of(SIGNED), Buffer.from(reply.signature.slice(2), 'hex')])
  if (reply.kind === 'noted') return Buffer.of(NOTED)
  const words = Buffer.from(`${reply.code}\0${reply.message}`)
  return Buffer.concat([Buffer.of(REFUSED), words.subarray(0, MAX_SIGNER_MESSAGE_BYTES - 1)])
}

/** Errors: `encoding.*`. */
export function decodeReply(bytes: Uint8Array): Result<SignerReply> {
  const buffer = Buffer.from(bytes)
  if (buffer[0] === SIGNED && buffer.length === 1 + SIGNATURE_BYTES) {
    return ok({ kind: 'signed', signature: toHex(buffer.subarray(1)) })
  }
  if (buffer[0] === NOTED && buffer.length === 1) return ok({ kind: 'noted' })
  const [code, message] = buffer[0] === REFUSED ? buffer.subarray(1).toString('utf8').split('\0') : []
  if (code && /^[a-z]+\.[a-z_]+$/.test(code) && message !== undefined)
    return ok({ kind: 'refused', code, message })
  return fail(protocolError('encoding.kind', `reply ${buffer[0]} of ${buffer.length} bytes`))
}

/** What a signer says of its refusal. */
export function refusalOf(error: unknown): SignerReply {
  const known = error as OmgError
  return typeof known?.code === 'string'
    ? { kind: 'refused', code: known.code, message: known.message }
    : { kind: 'refused', code: 'node.internal', message: 'the signer failed' }
}

function entryOf({ number, headerHash }: SignedCheckpoint): Buffer {
  const bytes = Buffer.alloc(ENTRY_BYTES)
  bytes.writeBigUInt64BE(number)
  bytes.write(headerHash.slice(2), 8, 'hex')
  return bytes
}

function entryAt(bytes: Buffer, at: number): SignedCheckpoint {
  return {
    number: bytes.readBigUInt64BE(at),
    headerHash: toHex(bytes.subarray(at + 8, at + ENTRY_BYTES)) as Hash,
  }
}
