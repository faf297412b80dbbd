import { z } from 'zod'
import {
  alarmQuerySchema,
  delegationSchema,
  estimateQuerySchema,
  evidenceSchema,
  exitQuerySchema,
} from './schemas.ts'

const asInput = (schema: z.ZodType) => z.toJSONSchema(schema, { io: 'input' })

function get(summary: string, query?: z.ZodObject) {
  const parameters = Object.entries(query?.shape ?? {}).map(([name, schema]) => ({
    name,
    in: 'query',
    required: !(schema as z.ZodType).safeParse(undefined).success,
    schema: asInput(schema as z.ZodType),
  }))
  return { get: { summary, parameters, responses: { 200: { description: 'OK' }, default: problem } } }
}

function post(summary: string, body: z.ZodType) {
  const content = { 'application/json': { schema: asInput(body) } }
  return {
    post: {
      summary,
      requestBody: { required: true, content },
      responses: { 201: { description: 'Kept' }, default: problem },
    },
  }
}

const problem = { description: 'RFC 9457 problem details with `code` and `action`' }

/** The API described by OpenAPI 3.1; the schemas of requests are the ones that check them. */
export const openApi = {
  openapi: '3.1.0',
  info: { title: 'OMG Network watcher', version: '1' },
  paths: {
    '/health': get('Whether every part of the watcher does its rounds; 503 if one has stalled'),
    '/metrics': get('Prometheus metrics'),
    '/openapi.json': get('This document'),
    '/status': get('Where the watcher stands on both chains'),
    '/alarms': get('Standing or resolved alarms', alarmQuerySchema),
    '/alarms/stream': get(
      'Server-sent events: every standing alarm, then each change (`raised`, `resolved`)',
    ),
    '/exits': get('Exits on Ethereum, and what this watcher did about the wrong ones', exitQuerySchema),
    '/estimate': get(
      'How long an exit of an output started now takes and what it costs',
      estimateQuerySchema,
    ),
    '/customers/{address}/exit-data': {
      ...get('Everything needed to withdraw each output of a customer'),
      parameters: [{ name: 'address', in: 'path', required: true, schema: { type: 'string' } }],
    },
    '/delegations': post(
      'Lets the watcher start exits for an owner when the chain turns bad',
      delegationSchema,
    ),
    '/evidence': post('Keeps a signed payment that may never be included, as evidence', evidenceSchema),
  },
} as const
