import type { IncomingMessage, ServerResponse } from 'node:http'
import { OmgError, parseAddress } from '@omg/protocol'
import { z } from 'zod'
import { toJson } from '../action.ts'
import { cliError } from '../error.ts'
import type { Handler } from '../web/pages.ts'
import type { Faucet } from './faucet.ts'

/** Bytes of a request: an address and some spaces. */
export const MAX_BODY_BYTES = 256
/** A body that does not come within this time is not waited for, in milliseconds. */
const BODY_TIMEOUT_MS = 10_000

const requestSchema = z.strictObject({ address: z.string() })

/** HTTP status of each refusal; whatever is not listed is the faucet's fault. */
const STATUS: Readonly<Record<string, number>> = {
  'request.invalid': 400,
  'faucet.again': 429,
  'faucet.busy': 503,
  'faucet.empty': 503,
}

/** `POST {"address":"0x.."}`: test money for the address. Refusals are RFC 9457 problem details with a `code`. */
export function faucetHandler(faucet: Pick<Faucet, 'give'>): Handler {
  return (request, response) => {
    answer(faucet, request).then(
      given => send(response, 200, 'application/json', given),
      (error: unknown) => refuse(response, error),
    )
  }
}

async function answer(faucet: Pick<Faucet, 'give'>, request: IncomingMessage): Promise<unknown> {
  if (request.method !== 'POST') throw invalid('only POST')
  // A form of another site can send text, but not this type: its browser would have to ask first.
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase()
  if (type !== 'application/json') throw invalid('content-type is not application/json')
  const parsed = requestSchema.safeParse(json(await bodyOf(request)))
  if (!parsed.success) throw invalid('the body is not {"address":"0x.."}')
  const address = parseAddress(parsed.data.address.toLowerCase())
  if (!address.ok) throw invalid('address is not 0x and 40 hexadecimal digits')
  return faucet.give(address.value)
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw invalid('the body is not JSON')
  }
}

/** The body as text, if it is short and complete in time. */
function bodyOf(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    const timer = setTimeout(() => reject(invalid('the body did not come')), BODY_TIMEOUT_MS)
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > MAX_BODY_BYTES) reject(invalid(`the body has more than ${MAX_BODY_BYTES} bytes`))
      else chunks.push(chunk)
    })
    request.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')))
    request.on('error', reject)
    request.on('close', () => clearTimeout(timer))
  })
}

const invalid = (message: string) => cliError('request.invalid', message)

function refuse(response: ServerResponse, error: unknown): void {
  const known = error instanceof OmgError ? error : cliError('faucet.busy', 'the faucet failed', error)
  const { code, message: title, action } = known
  const status = STATUS[code] ?? 502
  const problem = { type: `https://omg.network/errors/${code}`, title, status, code, action }
  // What is left of a body that is too long is not read.
  response.setHeader('connection', 'close')
  send(response, status, 'application/problem+json', problem)
}

function send(response: ServerResponse, status: number, type: string, value: unknown): void {
  response.writeHead(status, {
    'content-type': type,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  })
  response.end(toJson(value))
}
