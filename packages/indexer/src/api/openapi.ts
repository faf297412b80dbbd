import { z } from 'zod'
import type { Route } from './route.ts'
import { problemShape } from './schemas.ts'

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return json
}

function parametersOf(schema: z.ZodObject, place: 'path' | 'query') {
  return Object.entries(schema.shape).map(([name, value]) => ({
    name,
    in: place,
    required: place === 'path' || !(value as z.ZodType).safeParse(undefined).success,
    schema: schemaOf(value as z.ZodType, 'input'),
  }))
}

/** The API as OpenAPI 3.1, from the routes that serve it. */
export function openApi(routes: readonly Route[]) {
  const problem = {
    description: 'RFC 9457 problem details; `code` is stable, `action` says what to do',
    content: { 'application/problem+json': { schema: schemaOf(problemShape, 'output') } },
  }
  const paths = Object.fromEntries(
    routes.map(({ path, summary, params, query, response, media = 'application/json' }) => {
      const content = { [media]: { schema: schemaOf(response, 'output') } }
      return [
        path,
        {
          get: {
            summary,
            parameters: [...parametersOf(params, 'path'), ...parametersOf(query, 'query')],
            responses: { 200: { description: 'OK', content }, default: problem },
          },
        },
      ]
    }),
  )
  return {
    openapi: '3.1.0',
    info: {
      title: 'OMG Network indexer',
      version: '1',
      description:
        'Integers of any size are decimal strings: amounts in token units, heights, times in seconds.',
    },
    paths,
  }
}
