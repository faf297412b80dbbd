import { afterEach, describe, expect, it } from 'vitest'
import { type FakeNode, startFakeNode } from '../../test/fakeNode.ts'
import type { OmgClient } from '../createClient.ts'
import { createClient } from '../createClient.ts'

let node: FakeNode
let client: OmgClient
afterEach(async () => {
  client?.close()
  await node[Symbol.asyncDispose]()
})

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(resolve => setTimeout(resolve, 5))
}

describe('a WebSocket client', () => {
  it('calls methods, and names the errors of the node', async () => {
    node = await startFakeNode()
    client = createClient({ node: node.webSocketUrl })
    expect((await client.network()).domain.chainId).toBe(31_337n)
    await expect(client.node.request('omg_nothing', {})).rejects.toMatchObject({ code: 'request.method' })
  })

  it('tells of events, and goes on after a lost connection where it was', async () => {
    node = await startFakeNode()
    client = createClient({ node: node.webSocketUrl })
    const heights: unknown[] = []
    client.subscribe({ channel: 'blocks', from: 7n, onEvent: ({ height }) => heights.push(height) })
    await until(() => node.subscribed.length === 1)
    node.tell('blocks', { height: '7' })
    node.tell('blocks', { height: '8' })
    await until(() => heights.length === 2)
    node.disconnect()
    await until(() => node.subscribed.length === 2)
    expect(node.subscribed).toEqual([
      { channel: 'blocks', from: '7' },
      { channel: 'blocks', from: '9' },
    ])
    node.tell('blocks', { height: '9' })
    await until(() => heights.length === 3)
    expect(heights).toEqual(['7', '8', '9'])
  })

  it('connects again for the next call after a lost connection', async () => {
    node = await startFakeNode()
    client = createClient({ node: node.webSocketUrl })
    await client.node.request('omg_status', {})
    node.disconnect()
    for (let answered = false; !answered; ) {
      answered = await client.node.request('omg_status', {}).then(
        () => true,
        () => false,
      )
    }
    expect(node.calls.omg_status).toBeGreaterThan(1)
  })

  it('is unreachable where nobody listens', async () => {
    node = await startFakeNode()
    client = createClient({ node: 'ws://127.0.0.1:1' })
    await expect(client.network()).rejects.toMatchObject({ code: 'node.unreachable' })
  })
})
