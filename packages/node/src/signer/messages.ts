import {
  decodeHeader,
  encodeHeader,
  fail,
  type Header,
  type Hex,
  type OmgError,
  ok,
  protocolError,
  type Result,
  SIGNATURE_BYTES,
  toHex,
} from '@omg/protocol'
import {
  decodeSigned,
  encodeSigned,
  SIGNED_BYTES,
  type SignedCheckpoint,
} from '../application/signed-checkpoint.ts'

/** Longest message between a node and its signer, in bytes, without its length: a header with the most commitments has 8,435. */
export const MAX_SIGNER_MESSAGE_BYTES = 16_384
/** Headers of one note: what Ethereum has accepted, or what carries a signature of ours. */
export const MAX_NOTED = 64

const SIGN = 3
const NOTE = 4
const SIGNED = 0
const NOTED = 1
const REFUSED = 2

export type SignerRequest =
  | { readonly kind: 'sign'; readonly header: Header }
  | { readonly kind: 'note'; readonly checkpoints: readonly SignedCheckpoint[] }

export type SignerReply =
  | { readonly kind: 'signed'; readonly signature: Hex }
  | { readonly kind: 'noted' }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }

/**
 * `3 ‖ header`, or `4 ‖ {checkpoint 80} × n`, as in the record. The signer makes hash and digest itself: it signs nothing but checkpoints, and judges
 * itself whether one renews another (F1). 1 and 2 were those of a version without renewals.
 */
export function encodeRequest(request: SignerRequest): Buffer {
  if (request.kind === 'sign') return Buffer.concat([Buffer.of(SIGN), encodeHeader(request.header)])
  return Buffer.concat([Buffer.of(NOTE), ...request.checkpoints.slice(0, MAX_NOTED).map(encodeSigned)])
}

/** Errors: `encoding.*`. */
export function decodeRequest(bytes: Uint8Array): Result<SignerRequest> {
  const buffer = Buffer.from(bytes)
  if (buffer[0] === SIGN) {
    const header = decodeHeader(buffer.subarray(1))
    return header.ok ? ok({ kind: 'sign', header: header.value }) : header
  }
  if (buffer[0] !== NOTE) return fail(protocolError('encoding.kind', `request ${buffer[0]}`))
  const count = (buffer.length - 1) / SIGNED_BYTES
  if (!Number.isInteger(count) || count < 1 || count > MAX_NOTED) {
    return fail(protocolError('encoding.range', `a note of ${buffer.length} bytes`))
  }
  const checkpoints: SignedCheckpoint[] = []
  for (let at = 1; at < buffer.length; at += SIGNED_BYTES) {
    const checkpoint = decodeSigned(buffer, at)
    if (!checkpoint.ok) return checkpoint
    checkpoints.push(checkpoint.value)
  }
  return ok({ kind: 'note', checkpoints })
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
