import { createServer, type Server } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { getConnInfo } from '@hono/node-server/conninfo'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { cors } from 'hono/cors'
import { nodeError } from '../errors.ts'
import { MAX_BUNDLE_BYTES, readBundle } from '../mempool/bundle.ts'
import type { Metrics } from '../metrics.ts'
import type { NodeServices } from '../services.ts'
import { alarms } from '../status.ts'
import { encodeResults } from './bundle.ts'
import { httpStatus, rpcError } from './codes.ts'
import {
  createDispatcher,
  type DispatchOptions,
  knownError,
  MAX_REQUEST_BYTES,
  servicesFor,
} from './dispatch.ts'
import { describeSubmitted } from './methods/transactions.ts'

/** Time to read a whole request, in milliseconds. */
const REQUEST_TIMEOUT_MILLISECONDS = 60_000

/** All HTTP endpoints: JSON-RPC on POST /, bundles, binary blocks, health, metrics. */
export function createApp(
  services: NodeServices,
  options: Omit<DispatchOptions, 'services'>,
  metrics: Metrics,
): Hono {
  const app = new Hono()
  const dispatcher = createDispatcher({ ...options, services })
  app.use('*', cors({ origin: '*', allowMethods: ['GET', 'POST', 'OPTIONS'] }))

  app.post('/', limited(MAX_REQUEST_BYTES), async context => {
    const answer = await dispatcher.handle(await context.req.text(), servicesFor(services, peerOf(context)))
    if (answer === undefined) return context.body(null, 204)
    return context.body(answer, 200, { 'content-type': 'application/json' })
  })

  app.post('/bundle', limited(MAX_BUNDLE_BYTES), async context => {
    const bytes = new Uint8Array(await context.req.arrayBuffer())
    const bounds = readBundle(bytes)
    if (!bounds.ok) throw bounds.error
    const { admission } = servicesFor(services, peerOf(context))
    const results = await admission.submitMany(bytes, bounds.value)
    if (context.req.header('accept')?.includes('json'))
      return context.json({ results: results.map(describeSubmitted) })
    return context.body(encodeResults(results), 200, { 'content-type': 'application/octet-stream' })
  })

  app.get('/blocks/:height', async context => {
    const text = context.req.param('height')
    if (!/^\d{1,15}$/.test(text)) throw nodeError('request.params', 'The height is a decimal number.')
    const read = await services.blocks.block(BigInt(text))
    if (read)
      return context.body(read.bytes as Uint8Array<ArrayBuffer>, 200, {
        'content-type': 'application/octet-stream',
      })
    if (services.store.lacks(BigInt(text)))
      throw nodeError('request.pruned', `Block ${text} is not kept here.`)
    throw nodeError('request.not_found', `Block ${text} does not exist.`)
  })

  app.get('/health', context => {
    const found = alarms(services)
    const fatal = services.halted() !== undefined || found.some(({ code }) => /^(node|store)\./.test(code))
    const body = {
      status: fatal ? 'failing' : found.length > 0 ? 'degraded' : 'ok',
      height: String(services.ledger.tip.height),
      alarms: found.map(alarm => alarm.toJSON()),
    }
    return context.json(body, fatal ? 503 : 200)
  })

  app.get('/metrics', async context =>
    context.text(await metrics.text(), 200, { 'content-type': metrics.contentType }),
  )
  app.get('/', context =>
    context.text('OMG Network node. JSON-RPC 2.0: POST here, or WebSocket. See rpc.discover.\n'),
  )
  app.notFound(context => context.json({ error: 'There is nothing here.' }, 404))
  app.onError((error, context) => {
    const known = knownError(error, options.logger)
    return context.json({ error: rpcError(known) }, httpStatus(known))
  })
  return app
}

/** The address that a request came from. */
function peerOf(context: Context): string {
  return getConnInfo(context).remote.address ?? ''
}

function limited(maxSize: number) {
  return bodyLimit({
    maxSize,
    onError: (context: Context) => {
      const error = nodeError('request.limit', `A request here has at most ${maxSize} bytes.`)
      return context.json({ jsonrpc: '2.0', id: null, error: rpcError(error) }, 413)
    },
  })
}

/** Listens. Errors (thrown): node.port_taken. */
export async function listen(
  app: Hono,
  host: string,
  port: number,
): Promise<{ server: Server; url: string }> {
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MILLISECONDS }, getRequestListener(app.fetch))
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE'
      reject(taken ? nodeError('node.port_taken', `Port ${port} of ${host} is taken.`, error) : error)
    })
    server.listen(port, host, resolve)
  })
  const address = server.address()
  const bound = typeof address === 'object' && address ? address.port : port
  const shown = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host
  return { server, url: `http://${shown}:${bound}` }
}
