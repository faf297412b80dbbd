import { afterEach, describe, expect, it } from 'vitest'
import { type FakeNode, startFakeNode } from '../../test/fakeNode.ts'
import { http } from './http.ts'

let node: FakeNode
afterEach(() => node[Symbol.asyncDispose]())

/** A node that answers anything with this text. */
const saying = (text: string, status = 200) =>
  http('http://node.test', { retries: 0, fetch: async () => new Response(text, { status }) })

describe('an HTTP transport', () => {
  it('asks again when an answer is lost, and gives up after the retries', async () => {
    node = await startFakeNode()
    node.lose = 2
    await http(node.url, { retries: 2 }).request('omg_status', {})
    expect(node.calls.omg_status).toBe(3)
    node.lose = 2
    await expect(http(node.url, { retries: 1 }).request('omg_status', {})).rejects.toMatchObject({
      code: 'node.unreachable',
      action: expect.any(String),
    })
  })

  it('does not wait for ever', async () => {
    node = await startFakeNode()
    const silent: typeof fetch = (_, options) =>
      new Promise((_, reject) =>
        options?.signal?.addEventListener('abort', () => reject(options.signal?.reason)),
      )
    const request = http(node.url, { retries: 0, timeout: 10, fetch: silent }).request('omg_status', {})
    await expect(request).rejects.toMatchObject({ code: 'node.unreachable' })
  })

  it.each([
    ['no JSON', '<html>', 200, 'node.answer'],
    ['a failing proxy', 'Bad gateway', 502, 'node.unreachable'],
    ['nothing', 'null', 200, 'node.answer'],
    ['another version', '{"jsonrpc":"1.0","id":1,"result":1}', 200, 'node.answer'],
    ['another id', '{"jsonrpc":"2.0","id":7,"result":1}', 200, 'node.answer'],
    ['no result', '{"jsonrpc":"2.0","id":1}', 200, 'node.answer'],
    [
      'an error without a code',
      '{"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"x"}}',
      200,
      'node.answer',
    ],
  ])('refuses %s', async (_, text, status, code) => {
    node = await startFakeNode()
    await expect(saying(text, status).request('omg_status', {})).rejects.toMatchObject({ code })
  })
})
