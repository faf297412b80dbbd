import { getConnInfo } from '@hono/node-server/conninfo'
import { OmgError } from '@omg/protocol'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { cors } from 'hono/cors'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { z } from 'zod'
import { indexerError } from '../errors.ts'
import { toJson } from './json.ts'
import { openApi } from './openapi.ts'
import { RateLimit } from './rate.ts'
import type { Route } from './route.ts'
import { CHAIN_ROUTES, EXCHANGE_ROUTES } from './routes.ts'
import type { IndexerView } from './view.ts'

/** Requests carry no body; one that does is refused beyond this many bytes. */
export const MAX_BODY_BYTES = 1024

/** HTTP status of each error code; whatever is not listed is the server's fault. */
const STATUS: Readonly<Record<string, ContentfulStatusCode>> = {
  'request.invalid': 400,
  'request.cursor': 400,
  'request.limit': 413,
  'request.rate': 429,
  'request.not_found': 404,
  'indexer.store': 503,
}

export interface ApiOptions {
  readonly view: IndexerView
  readonly requestsPerSecond: number
  /** Wall clock in milliseconds. */
  readonly now: () => number
  /** Told of what went wrong unexpectedly. */
  readonly onError: (error: unknown) => void
}

export const ROUTES: readonly Route[] = [...CHAIN_ROUTES, ...EXCHANGE_ROUTES]

/** The HTTP API of the indexer. Integers of any size are decimal strings. */
export function createApi({ view, requestsPerSecond, now, onError }: ApiOptions): Hono {
  const api = new Hono()
  const rate = new RateLimit(requestsPerSecond, now)
  const document = openApi(ROUTES)
  // Everything here is public and nothing depends on cookies, so the pages of any origin may read it.
  api.use(
    cors({ origin: '*', allowMethods: ['GET', 'OPTIONS'], exposeHeaders: ['retry-after'], maxAge: 86_400 }),
  )
  api.get('/health', () => {
    const alive = view.alive()
    return answer({ status: alive ? 'ok' : 'stalled', ...view.status() }, alive ? 200 : 503)
  })
  api.get('/metrics', async context => context.text(await view.metrics()))
  api.use(async (context, next) => {
    const wait = rate.take(addressOf(context))
    if (wait === 0) return next()
    const refusal = refuse(indexerError('request.rate', `more than ${requestsPerSecond} requests a second`))
    refusal.headers.set('retry-after', String(wait))
    return refusal
  })
  api.use(bodyLimit({ maxSize: MAX_BODY_BYTES, onError: () => refuse(tooLong()) }))
  api.get('/openapi.json', () => answer(document))
  for (const { path, params, query, handle } of ROUTES) {
    api.get(path.replaceAll(/\{(\w+)\}/g, ':$1'), async context => {
      const request = {
        params: read(params, context.req.param(), 'path') as never,
        query: read(query, context.req.query(), 'query') as never,
      }
      const value = await handle(view, request)
      return value instanceof Response ? value : answer(value)
    })
  }
  api.notFound(() => refuse(indexerError('request.not_found', 'there is nothing at this path')))
  api.onError(error => {
    if (!(error instanceof OmgError)) onError(error)
    return refuse(error)
  })
  return api
}

function addressOf(context: Context): string {
  return getConnInfo(context).remote.address ?? ''
}

function read<T extends z.ZodType>(schema: T, value: unknown, name: string): z.output<T> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  throw indexerError('request.invalid', `${[name, ...issue.path].join('.')}: ${issue.message}`)
}

function answer(value: unknown, status: ContentfulStatusCode = 200): Response {
  return new Response(toJson(value), { status, headers: { 'content-type': 'application/json' } })
}

/** Errors travel as RFC 9457 problem details with the stable code. */
function refuse(error: unknown): Response {
  const known =
    error instanceof OmgError
      ? error
      : indexerError('indexer.internal', 'the indexer failed to answer', error)
  const { code, message: title, action } = known
  const status = STATUS[code] ?? 500
  const problem = { type: `https://omg.network/errors/${code}`, title, status, code, action }
  return new Response(JSON.stringify(problem), {
    status,
    headers: { 'content-type': 'application/problem+json' },
  })
}

function tooLong(): OmgError {
  return indexerError('request.limit', `a request has at most ${MAX_BODY_BYTES} bytes of body`)
}
