import { z } from 'zod'
import { indexerError } from '../errors.ts'
import type { IndexerView } from './view.ts'

/** One GET endpoint: what it takes, what it answers, and words; the server and the OpenAPI document are made from it. */
export interface Route {
  /** With `{name}` for parameters. */
  readonly path: string
  readonly summary: string
  readonly params: z.ZodObject
  readonly query: z.ZodObject
  readonly response: z.ZodType
  /** JSON where absent. */
  readonly media?: string | undefined
  readonly handle: (view: IndexerView, request: { params: never; query: never }) => Promise<unknown> | unknown
}

/** A route whose handler is checked against its schemas. */
export function route<P extends z.ZodObject, Q extends z.ZodObject>(
  path: string,
  summary: string,
  schemas: { readonly params?: P; readonly query?: Q; readonly response: z.ZodType; readonly media?: string },
  handle: (
    view: IndexerView,
    request: { params: z.output<P>; query: z.output<Q> },
  ) => Promise<unknown> | unknown,
): Route {
  const { params = z.strictObject({}), query = z.strictObject({}), response, media } = schemas
  return { path, summary, params, query, response, media, handle: handle as Route['handle'] }
}

/** The value, or a `request.not_found` that says what is missing. */
export function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw indexerError('request.not_found', `${what} is not known`)
  return value
}
