import { fromHex, OmgError } from '@omg/protocol'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { streamSSE } from 'hono/streaming'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { z } from 'zod'
import type { AlarmChange } from '../alarm/book.ts'
import { watcherError } from '../error.ts'
import { openApi } from './openapi.ts'
import {
  addressSchema,
  alarmQuerySchema,
  delegationSchema,
  estimateQuerySchema,
  evidenceSchema,
  exitQuerySchema,
  MAX_BODY_BYTES,
} from './schemas.ts'
import type { WatcherView } from './view.ts'

/** A stream that has been quiet for this long sends a comment, so that proxies and clients know it lives. */
const KEEP_ALIVE_MILLISECONDS = 15_000
/** Changes that wait for a slow subscriber before it is cut off; it reconnects and gets the standing alarms anew. */
const MAX_QUEUED_CHANGES = 1000
/** Alarm streams open at once. */
const MAX_STREAMS = 100

/** HTTP status of each error code; whatever is not listed is the server's fault. */
const STATUS: Readonly<Record<string, ContentfulStatusCode>> = {
  'request.invalid': 400,
  'request.limit': 413,
  'request.unknown': 404,
  'request.uncommitted': 409,
  'customer.unknown': 404,
  'delegation.customers': 503,
  'delegation.signer': 422,
  'delegation.delegate': 422,
  'delegation.expired': 422,
  'evidence.useless': 422,
  'evidence.full': 503,
  'ethereum.unavailable': 503,
}
const DOMAIN_STATUS: Readonly<Record<string, ContentfulStatusCode>> = {
  encoding: 422,
  signature: 422,
  transaction: 422,
  input: 422,
  output: 422,
}

/** The HTTP API of the watcher. Amounts, positions and times in seconds are decimal strings. */
export function createApi(view: WatcherView): Hono {
  const api = new Hono()
  api.use(bodyLimit({ maxSize: MAX_BODY_BYTES, onError: () => refuse(tooLong()) }))
  api.onError(error => refuse(error))
  api.notFound(() =>
    refuse(watcherError('request.invalid', 'there is nothing at this path; see /openapi.json'), 404),
  )

  api.get('/health', () => {
    const { alive, heartbeat, standingAlarms } = view.status()
    return answer({ status: alive ? 'ok' : 'stalled', heartbeat, standingAlarms }, alive ? 200 : 503)
  })
  api.get('/metrics', async context => context.text(await view.metrics()))
  api.get('/openapi.json', () => answer(openApi))
  api.get('/status', () => answer(view.status()))

  api.get('/alarms', context => {
    const { state } = read(alarmQuerySchema, context.req.query())
    return answer({ alarms: state === 'standing' ? view.alarms.standing() : view.alarms.resolved() })
  })
  const streams = { open: 0 }
  api.get('/alarms/stream', context => streamAlarms(context, view, streams))

  api.get('/exits', context => {
    const { state } = read(exitQuerySchema, context.req.query())
    const exits = [...view.claims()].filter(claim => state === 'all' || claim.state === 'open')
    return answer({ exits, disputes: [...view.disputes()] })
  })
  api.get('/estimate', async context => {
    const estimate = await view.estimate(read(estimateQuerySchema, context.req.query()))
    return estimate.ok ? answer(estimate.value) : refuse(estimate.error)
  })
  api.get('/customers/:address/exit-data', context => {
    const owner = read(addressSchema, context.req.param('address'), 'address')
    const data = view.exitData(owner)
    return data.ok ? answer({ owner, outputs: data.value }) : refuse(data.error)
  })

  api.post('/delegations', async context => {
    const taken = await view.delegate(read(delegationSchema, await bodyOf(context)))
    return taken.ok ? answer(taken.value, 201) : refuse(taken.error)
  })
  api.post('/evidence', async context => {
    const { transaction } = read(evidenceSchema, await bodyOf(context))
    const taken = await view.addEvidence(fromHex(transaction))
    return taken.ok ? answer(taken.value, 201) : refuse(taken.error)
  })
  return api
}

/** First every standing alarm, then each change as it happens: a client that reconnects has missed nothing. */
function streamAlarms(context: Context, view: WatcherView, streams: { open: number }): Response {
  if (streams.open >= MAX_STREAMS) {
    return refuse(watcherError('request.limit', `${MAX_STREAMS} streams are open`), 503)
  }
  streams.open++
  return streamSSE(context, async stream => {
    const queue: AlarmChange[] = view.alarms.standing().map(alarm => ({ kind: 'raised', alarm }))
    let wake: () => void = () => {}
    const unsubscribe = view.alarms.subscribe(change => {
      queue.push(change)
      wake()
    })
    stream.onAbort(() => wake())
    try {
      while (!stream.aborted && queue.length <= MAX_QUEUED_CHANGES) {
        const change = queue.shift()
        if (change !== undefined) {
          await stream.writeSSE({ event: change.kind, data: toJson(change.alarm) })
          continue
        }
        const news = await waitFor(resolve => {
          wake = resolve
        })
        if (!news) await stream.write(': alive\n\n')
      }
    } finally {
      unsubscribe()
      streams.open--
    }
  })
}

/** Resolves true when woken, false after the keep-alive time. */
function waitFor(register: (wake: () => void) => void): Promise<boolean> {
  return new Promise(resolve => {
    const timer = setTimeout(() => resolve(false), KEEP_ALIVE_MILLISECONDS)
    register(() => {
      clearTimeout(timer)
      resolve(true)
    })
  })
}

async function bodyOf(context: Context): Promise<unknown> {
  try {
    return await context.req.json()
  } catch (error) {
    // The limit announces itself while the body is read.
    if (error instanceof Error && error.name === 'BodyLimitError') throw tooLong()
    throw watcherError('request.invalid', 'the body is not JSON')
  }
}

function read<T extends z.ZodType>(schema: T, value: unknown, name = 'request'): z.output<T> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  throw watcherError('request.invalid', `${[name, ...issue.path].join('.')}: ${issue.message}`)
}

function answer(value: unknown, status: ContentfulStatusCode = 200): Response {
  return new Response(toJson(value), { status, headers: { 'content-type': 'application/json' } })
}

/** Errors travel as RFC 9457 problem details with the stable code. */
function refuse(error: unknown, status?: ContentfulStatusCode): Response {
  const known = error instanceof OmgError
  const code = known ? error.code : 'watcher.internal'
  const problem = {
    type: `https://omg.network/errors/${code}`,
    title: known ? error.message : 'the watcher failed to answer',
    code,
    action: known ? error.action : 'Report this with the log of the watcher.',
  }
  const chosen = status ?? STATUS[code] ?? DOMAIN_STATUS[code.split('.')[0]!] ?? 500
  return new Response(JSON.stringify({ ...problem, status: chosen }), {
    status: chosen,
    headers: { 'content-type': 'application/problem+json' },
  })
}

function tooLong(): OmgError {
  return watcherError('request.limit', `the body is longer than ${MAX_BODY_BYTES} bytes`)
}

/** Bigints become decimal strings. */
function toJson(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' ? item.toString() : item))
}
