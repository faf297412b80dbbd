import { parseHex } from '@omg/protocol'
import { rootChainError } from '../error.ts'
import { BLOB_BYTES } from '../send/blobs.ts'
import type { BlobPlace, BlobSource } from './source.ts'

const TIMEOUT_MILLISECONDS = 20_000
/** A slot has at most 72 blobs today (BPO2), written out in 262 kB of hexadecimal digits each. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024

/** A beacon node, by the standard API: `/eth/v1/beacon/blobs/{slot}`. */
export function beaconSource(url: string): BlobSource {
  const base = url.replace(/\/+$/, '')
  let clock: Promise<(place: BlobPlace) => bigint> | undefined

  return {
    name: url,
    async blobs(hashes, place) {
      clock ??= slotClock(base)
      const slotOf = await clock.catch(error => {
        clock = undefined
        throw error
      })
      const wanted = `?versioned_hashes=${hashes.join(',')}`
      const answer = await ask(`${base}/eth/v1/beacon/blobs/${slotOf(place)}${wanted}`)
      const data = (answer as { data?: unknown } | undefined)?.data
      if (data === undefined) return []
      if (!Array.isArray(data)) throw malformed(url)
      return data.map(text => {
        const blob = typeof text === 'string' ? parseHex(text) : undefined
        if (!blob?.ok || blob.value.length !== BLOB_BYTES) throw malformed(url)
        return blob.value
      })
    },
  }
}

/** How slots follow from blocks. anvil has no beacon chain, and therefore no specification of one: there a block is a slot. */
async function slotClock(base: string): Promise<(place: BlobPlace) => bigint> {
  const spec = await ask(`${base}/eth/v1/config/spec`)
  if (spec === undefined) return ({ number }) => number
  const genesis = await ask(`${base}/eth/v1/beacon/genesis`)
  const start = decimal(genesis, 'genesis_time')
  const seconds = decimal(spec, 'SECONDS_PER_SLOT')
  if (start === undefined || seconds === undefined || seconds === 0n) throw malformed(base)
  return ({ timestamp }) => (timestamp - start) / seconds
}

function decimal(answer: unknown, name: string): bigint | undefined {
  const text = (answer as { data?: Record<string, unknown> } | undefined)?.data?.[name]
  return typeof text === 'string' && /^\d{1,20}$/.test(text) ? BigInt(text) : undefined
}

/** The JSON answer; undefined where there is none such (404). Errors: `ethereum.unavailable`. */
async function ask(url: string): Promise<unknown> {
  try {
    const response = await fetch(url, {
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
    })
    if (response.status === 404) return undefined
    if (!response.ok) throw new Error(`status ${response.status}`)
    return JSON.parse(await bounded(response))
  } catch (error) {
    throw rootChainError('ethereum.unavailable', `${new URL(url).origin} does not serve blobs`, error)
  }
}

async function bounded(response: Response): Promise<string> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of response.body ?? []) {
    length += part.length
    if (length > MAX_ANSWER_BYTES) throw new Error(`more than ${MAX_ANSWER_BYTES} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts).toString()
}

function malformed(url: string) {
  return rootChainError('ethereum.unavailable', `${url} answers with something else than blobs`)
}
