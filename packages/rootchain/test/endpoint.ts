import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One JSON-RPC call as an endpoint sees it. */
export interface Call {
  readonly method: string
  readonly params: readonly unknown[]
}

/** Changes what an honest node answered. Throwing makes it an error answer. */
export type Fault = (call: Call, result: unknown) => unknown

export interface Endpoint extends AsyncDisposable {
  readonly url: string
  /** What it does from now on; undefined: relays honestly. */
  fault: Fault | undefined
  stop(): Promise<void>
}

interface Request extends Call {
  readonly id: number
}

interface Answer {
  id: number
  result?: unknown
}

/** An Ethereum endpoint that relays to a real node, and lies, lags or fails as a test tells it to. */
export async function startEndpoint(upstream: string, fault?: Fault): Promise<Endpoint> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks).toString()
    try {
      const answer = await fetch(upstream, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      })
      const calls = [JSON.parse(body)].flat() as Request[]
      const answers = (await answer.json()) as Answer | Answer[]
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify(distort(calls, answers, endpoint.fault)))
    } catch {
      response.statusCode = 503
      response.end()
    }
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const endpoint: Endpoint = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fault,
    stop: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
    [Symbol.asyncDispose]: () => endpoint.stop(),
  }
  return endpoint
}

function distort(calls: Request[], answers: Answer | Answer[], fault: Fault | undefined): unknown {
  if (!fault) return answers
  const change = (answer: Answer) => {
    const call = calls.find(({ id }) => id === answer.id)
    return call && 'result' in answer ? { ...answer, result: fault(call, answer.result) } : answer
  }
  return Array.isArray(answers) ? answers.map(change) : change(answers)
}
