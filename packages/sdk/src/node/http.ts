import { OmgError } from '@omg/protocol'
import { sdkError } from '../error.ts'
import { resultOf } from './answer.ts'
import { MAX_ANSWER_CHARACTERS, type NodeTransport, REQUEST_TIMEOUT_MS } from './transport.ts'

export interface HttpOptions {
  /** Milliseconds until a request counts as lost, default 10 s. */
  readonly timeout?: number
  /** How often a lost request is sent again, default 2. Every method of the node may be called twice. */
  readonly retries?: number
  readonly fetch?: typeof fetch
}

const RETRY_PAUSE_MS = 200

/** Talks to a node over HTTP. */
export function http(url: string, options: HttpOptions = {}): NodeTransport {
  const { timeout = REQUEST_TIMEOUT_MS, retries = 2, fetch: fetchImplementation = fetch } = options
  let nextId = 1

  async function send(method: string, params: object): Promise<unknown> {
    const id = nextId++
    const response = await fetchImplementation(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id, method, params }),
      signal: AbortSignal.timeout(timeout),
    })
    const text = await response.text()
    if (text.length > MAX_ANSWER_CHARACTERS)
      throw sdkError('node.answer', `an answer of ${text.length} characters`)
    return resultOf(parse(text, response.status), id)
  }

  return {
    url,
    async request(method, params) {
      for (let attempt = 0; ; attempt++) {
        try {
          return await send(method, params)
        } catch (error) {
          if (error instanceof OmgError) throw error
          if (attempt === retries) throw sdkError('node.unreachable', `no answer from ${url}`, error)
          await new Promise(resolve => setTimeout(resolve, RETRY_PAUSE_MS * 2 ** attempt))
        }
      }
    },
    close() {},
  }
}

function parse(text: string, status: number): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    // A proxy in between: the node itself always answers in JSON.
    if (status >= 500) throw error
    throw sdkError('node.answer', `the node answered ${status} without JSON`, error)
  }
}
