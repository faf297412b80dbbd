import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { ALICE, BOB, COIN, useScene } from './fixture.ts'
import { FEE } from './operator.ts'

const scene = useScene()
const servers: Server[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    await new Promise(closed => server.close(closed))
  }
})

const CHECKPOINTS = 30
/** Ethereum blocks between two checkpoints: together more than are read in several steps. */
const GAP_BLOCKS = 20
/** What a slow server adds to each answer, in milliseconds. */
const DELAY_MILLISECONDS = 15

/** The same server, slower. */
async function slow(url: string): Promise<string> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    await new Promise(resolve => setTimeout(resolve, DELAY_MILLISECONDS))
    const { method = 'GET' } = request
    const body = method === 'POST' ? { body: Buffer.concat(chunks) } : {}
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(new URL(request.url ?? '/', url), { method, headers, ...body }).catch(
      () => undefined,
    )
    if (answer === undefined) return void response.destroy()
    response.writeHead(answer.status).end(Buffer.from(await answer.arrayBuffer()))
  })
  servers.push(server)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

it('a watcher that starts late, with a slow node and a slow Ethereum, raises no alarm on its way', async () => {
  const { ethereum, operator } = scene
  let [coin, value] = [scene.coin, COIN]
  for (let i = 0; i < CHECKPOINTS; i++) {
    value -= FEE
    const pay = operator.pay({
      ...{ from: [i === 0 ? ALICE : BOB], inputs: [coin], outputs: [operator.coin(BOB, value)] },
    })
    coin = pay.ids[0]!
    await operator.block([pay])
    await operator.checkpoint()
    await ethereum.mine(GAP_BLOCKS)
    // Most of what it reads is old.
    if (i === CHECKPOINTS - 3) await ethereum.passTime(3600)
  }
  const { timestamp } = await ethereum.client.getBlock()
  const [node, provider] = [await slow(operator.url), await slow(ethereum.url)]
  await using watcher = await scene.watch({
    ...{ node: [node], ethereum: [provider], headAgeSeconds: 300, submissionGraceSeconds: 0 },
    now: () => Number(timestamp) * 1000,
  })
  expect(watcher.view.status().chain.height).toBe(BigInt(operator.blocks.length))
  expect(watcher.standing()).toEqual([])
  expect(watcher.view.alarms.resolved().map(({ code, subject }) => `${code} ${subject}`)).toEqual([])
})
