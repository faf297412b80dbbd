import { z } from 'zod'
import { type Method, method } from './method.ts'

/** rpc.discover: the OpenRPC document, made from the method table itself. */
export function discover(methods: readonly Method[], subscriptions: readonly Method[]): Method {
  const document = { ...openRpcDocument([...methods, ...subscriptions]) }
  return method({
    name: 'rpc.discover',
    summary: 'This interface as an OpenRPC document.',
    params: z.strictObject({}),
    result: z.looseObject({ openrpc: z.string() }),
    handler: () => document,
  })
}

export function openRpcDocument(methods: readonly Method[]) {
  return {
    openrpc: '1.3.2',
    info: {
      title: 'OMG Network node',
      version: '1.0.0',
      description:
        'Amounts, heights, positions and times (seconds) are decimal strings. Errors carry data.code (stable) and data.action.',
    },
    methods: methods.map(({ name, summary, params, order, result }) => ({
      name,
      summary,
      paramStructure: 'either',
      params: order.map(param => ({
        name: param,
        required: !isOptional(params, param),
        schema: schemaOf(params.shape[param] as z.ZodType, 'input'),
      })),
      result: { name: `${name}_result`, schema: schemaOf(result, 'output') },
    })),
  }
}

function isOptional(params: z.ZodObject, name: string): boolean {
  return (params.shape[name] as z.ZodType).safeParse(undefined).success
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return json
}
