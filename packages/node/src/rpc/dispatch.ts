import { OmgError } from '@omg/protocol'
import type { Logger } from 'pino'
import { z } from 'zod'
import { nodeError } from '../errors.ts'
import type { NodeServices } from '../services.ts'
import { rpcError } from './codes.ts'
import type { Method } from './method.ts'

/** Most calls in one JSON-RPC batch. */
export const MAX_BATCH_CALLS = 100
/** Most bytes of one JSON request. */
export const MAX_REQUEST_BYTES = 8 * 1024 * 1024

const request = z.strictObject({
  jsonrpc: z.literal('2.0'),
  id: z.union([z.string().max(256), z.number(), z.null()]).optional(),
  method: z.string().max(256),
  params: z.union([z.array(z.unknown()), z.record(z.string(), z.unknown())]).optional(),
})

type Id = string | number | null

export interface Dispatcher {
  /** Answers one request or batch, as text; undefined if it held only notifications. */
  handle(text: string, services?: NodeServices): Promise<string | undefined>
}

export interface DispatchOptions {
  services: NodeServices
  methods: readonly Method[]
  logger: Logger
  onCall?: (method: string, code: string, milliseconds: number) => void
}

/** The services as a peer has them: what it sends in vain counts. */
export function servicesFor(services: NodeServices, peer: string): NodeServices {
  return { ...services, admission: services.refusals.of(services.admission, peer) }
}

/** JSON-RPC 2.0 over any transport. */
export function createDispatcher(options: DispatchOptions): Dispatcher {
  const table = new Map(options.methods.map(method => [method.name, method]))

  async function call(raw: unknown, services: NodeServices): Promise<object | undefined> {
    const parsed = request.safeParse(raw)
    if (!parsed.success)
      return failure(idOf(raw), nodeError('request.invalid', 'This is not a JSON-RPC 2.0 request.'))
    const { id, method: name, params } = parsed.data
    const started = performance.now()
    let code = 'ok'
    try {
      const result = await run(name, params, services)
      return id === undefined ? undefined : { jsonrpc: '2.0', id, result: result ?? null }
    } catch (error) {
      const known = knownError(error, options.logger)
      code = known.code
      return id === undefined ? undefined : failure(id, known)
    } finally {
      options.onCall?.(table.has(name) ? name : 'unknown', code, performance.now() - started)
    }
  }

  async function run(name: string, params: unknown, services: NodeServices): Promise<unknown> {
    const method = table.get(name)
    if (!method) throw nodeError('request.method', `There is no method ${name}.`)
    const parsed = method.params.safeParse(byName(method, params ?? {}))
    if (!parsed.success) {
      const problems = parsed.error.issues.map(
        issue => `${issue.path.join('.') || 'params'}: ${issue.message}`,
      )
      throw nodeError('request.params', problems.slice(0, 5).join('; '))
    }
    return method.handler(services, parsed.data as never)
  }

  return {
    async handle(text, services = options.services) {
      if (Buffer.byteLength(text) > MAX_REQUEST_BYTES) {
        const error = nodeError('request.limit', `A request has at most ${MAX_REQUEST_BYTES} bytes.`)
        return JSON.stringify(failure(null, error))
      }
      let body: unknown
      try {
        body = JSON.parse(text)
      } catch {
        return JSON.stringify(failure(null, nodeError('request.parse', 'This is not JSON.')))
      }
      if (!Array.isArray(body)) return textOf(await call(body, services))
      if (body.length === 0 || body.length > MAX_BATCH_CALLS) {
        const error = nodeError(
          'request.limit',
          `A batch has 1 to ${MAX_BATCH_CALLS} calls, not ${body.length}.`,
        )
        return JSON.stringify(failure(null, error))
      }
      const answers = (await Promise.all(body.map(each => call(each, services)))).filter(
        answer => answer !== undefined,
      )
      return answers.length > 0 ? JSON.stringify(answers) : undefined
    },
  }
}

/** A list is matched to the names in order; a list of one object is taken as the names themselves. */
function byName(method: Method, params: unknown): unknown {
  if (!Array.isArray(params)) return params
  const [first] = params
  if (params.length === 1 && typeof first === 'object' && first !== null && !Array.isArray(first))
    return first
  if (params.length > method.order.length) return { excess: params.length }
  return Object.fromEntries(params.map((value, i) => [method.order[i]!, value]))
}

/** An error that may travel: unknown ones are logged and hidden. */
export function knownError(error: unknown, logger: Logger): OmgError {
  if (error instanceof OmgError) return error
  logger.error({ err: error }, 'unexpected error in a request')
  return nodeError('node.internal', 'Something unexpected went wrong.')
}

function failure(id: Id, error: OmgError) {
  return { jsonrpc: '2.0', id, error: rpcError(error) }
}

function idOf(raw: unknown): Id {
  const id = (raw as { id?: unknown } | null)?.id
  return typeof id === 'string' || typeof id === 'number' ? id : null
}

function textOf(answer: object | undefined): string | undefined {
  return answer && JSON.stringify(answer)
}
