import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { followerError } from '@omg/follower'
import { hash } from '@omg/protocol'
import { afterEach, expect, test } from 'vitest'
import { createApi, MAX_BODY_BYTES } from './server.ts'
import type { IndexerView } from './view.ts'

const status = { height: 7n, headHeight: 9n, time: 5n, appHash: hash(`0x${'01'.repeat(32)}`), problem: null }
const open: (() => void)[] = []
afterEach(() => {
  for (const close of open.splice(0)) close()
})

/** The API in front of an indexer that is not there. */
async function api(change: Partial<IndexerView> = {}, requestsPerSecond = 1_000): Promise<string> {
  const view = { status: () => status, alive: () => true, metrics: async () => '', ...change } as IndexerView
  const { fetch: handler } = createApi({ view, requestsPerSecond, now: () => 0, onError: () => {} })
  const server = serve({ fetch: handler, hostname: '127.0.0.1', port: 0 })
  await new Promise(resolve => server.once('listening', resolve))
  open.push(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('an address that asks too often is told to wait; health and metrics always answer', async () => {
  const url = await api({}, 1)
  const statuses = []
  for (let i = 0; i < 3; i++) statuses.push((await fetch(`${url}/status`)).status)
  expect(statuses).toEqual([200, 200, 429])
  const refused = await fetch(`${url}/status`)
  expect(refused.headers.get('retry-after')).toBe('1')
  expect(await refused.json()).toMatchObject({ code: 'request.rate', status: 429 })
  for (const path of ['/health', '/metrics']) expect((await fetch(url + path)).status).toBe(200)
})

test('a body is bounded, and there is nothing to post', async () => {
  const url = await api()
  const post = async (bytes: number) =>
    (await fetch(`${url}/status`, { method: 'POST', body: 'x'.repeat(bytes) })).status
  expect(await post(MAX_BODY_BYTES)).toBe(404)
  expect(await post(MAX_BODY_BYTES + 1)).toBe(413)
})

test('an indexer that stands still is unhealthy, and says why it does', async () => {
  const problem = followerError('node.unreachable', 'nobody answers')
  const url = await api({ alive: () => false, status: () => ({ ...status, problem }) })
  const response = await fetch(`${url}/health`)
  expect(response.status).toBe(503)
  expect(await response.json()).toMatchObject({
    status: 'stalled',
    height: '7',
    problem: { code: 'node.unreachable', action: expect.any(String) },
  })
})

test('what fails unexpectedly is not shown', async () => {
  const broken = () => {
    throw new Error('the secret of the database')
  }
  const response = await fetch(`${await api({ status: broken })}/status`)
  expect(response.status).toBe(500)
  expect(await response.text()).not.toContain('secret')
})
