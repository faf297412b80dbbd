import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Address } from '@omg/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cliError } from '../error.ts'
import { faucetHandler, MAX_BODY_BYTES } from './handler.ts'

const ALICE = '0x70997970c51812dc3a010c7d01b50e0d17dc79c8'
let server: Server
let url: string
let refusal: Error | undefined
const asked: Address[] = []

beforeAll(async () => {
  const give = async (to: Address) => {
    if (refusal) throw refusal
    asked.push(to)
    return { coins: [{ token: ALICE as Address, amount: 2n, hash: '0x01' as const }], ethereum: [] }
  }
  server = createServer(faucetHandler({ give }))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/faucet`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const post = (body: string, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
  fetch(url, { method: 'POST', headers, body })

describe('the faucet over HTTP', () => {
  test('pays an address, in either case', async () => {
    const response = await post(JSON.stringify({ address: ALICE.toUpperCase().replace('0X', '0x') }))
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({
      coins: [{ token: ALICE, amount: '2', hash: '0x01' }],
      ethereum: [],
    })
    expect(asked).toEqual([ALICE])
  })

  test.each([
    ['no JSON', 'address'],
    ['no object', '[]'],
    ['no address', '{}'],
    ['an address that is none', '{"address":"0x12"}'],
    ['a number', '{"address":7}'],
    ['an unknown field', `{"address":"${ALICE}","amount":"1000000"}`],
    ['a body that is too long', `{"address":"${ALICE}"}${' '.repeat(MAX_BODY_BYTES)}`],
  ])('refuses %s', async (_, body) => {
    const response = await post(body)
    expect(response.status).toBe(400)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect(await response.json()).toMatchObject({ code: 'request.invalid', status: 400 })
    expect(asked).toHaveLength(1)
  })

  test('takes a body of exactly the most bytes', async () => {
    const body = `{"address":"${ALICE}"}`
    expect((await post(body + ' '.repeat(MAX_BODY_BYTES - body.length))).status).toBe(200)
  })

  test('refuses what a form of another site can send', async () => {
    const response = await post(JSON.stringify({ address: ALICE }), { 'content-type': 'text/plain' })
    expect(response.status).toBe(400)
    expect((await fetch(url)).status).toBe(400)
  })

  test.each([
    ['faucet.again', 429],
    ['faucet.busy', 503],
    ['faucet.empty', 503],
  ] as const)('says %s with %i', async (code, status) => {
    refusal = cliError(code, 'no')
    const response = await post(JSON.stringify({ address: ALICE }))
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({ code, title: 'no', status })
    refusal = new Error('a stack and a path')
    expect(await (await post(JSON.stringify({ address: ALICE }))).text()).not.toContain('a path')
    refusal = undefined
  })
})
