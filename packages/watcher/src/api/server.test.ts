import { address, fail, OmgError, ok, ZERO_HASH } from '@omg/protocol'
import { describe, expect, it } from 'vitest'
import { AlarmBook } from '../alarm/book.ts'
import { openApi } from './openapi.ts'
import { MAX_BODY_BYTES, MAX_EVIDENCE_BYTES } from './schemas.ts'
import { createApi } from './server.ts'
import type { Status, WatcherView } from './view.ts'

const OWNER = address(`0x${'aa'.repeat(20)}`)
const STRANGER = address(`0x${'bb'.repeat(20)}`)
const graces = { none: 0n, data: 0n, node: 0n, provider: 0n, submission: 0n, stall: 0n }

const status = (alive: boolean): Status => ({
  watcher: OWNER,
  chain: {
    state: 'following',
    height: 12n,
    headHeight: 12n,
    appHash: ZERO_HASH,
    checkpoint: 3n,
    unspentOutputs: 5,
    blocksExecuted: 12,
    transactionsExecuted: 30,
  },
  ethereum: { block: 100n, time: 1n, lastCheckpoint: 2n, lastAgreedCheckpoint: 2n, providers: [] },
  customers: 1,
  delegations: 0,
  openExits: 0,
  standingAlarms: 0,
  evidence: 0,
  heartbeat: { node: 5 },
  alive,
})

function fixture(alive = true) {
  const alarms = new AlarmBook({ now: () => 0, graces })
  const seen: unknown[] = []
  const view: WatcherView = {
    alarms,
    status: () => status(alive),
    claims: () => [],
    disputes: () => [],
    exitData: owner =>
      owner === OWNER ? ok([]) : fail(new OmgError('customer.unknown', 'not a customer', 'Delegate.')),
    estimate: async () => ok({ exitableAt: 5n, waitSeconds: 7n, ahead: 1, cost: 10n ** 18n, bond: 2n }),
    delegate: async delegation => {
      seen.push(delegation)
      return ok({ validUntil: delegation.validUntil })
    },
    addEvidence: async signed => {
      seen.push(signed)
      return fail(new OmgError('encoding.kind', 'kind 0', 'Use another.'))
    },
    metrics: async () => 'omg_watcher_height 12\n',
  }
  return { api: createApi(view), alarms, seen }
}

const post = (body: string) => ({ method: 'POST', body, headers: { 'content-type': 'application/json' } })
const delegation = { owner: OWNER, delegate: STRANGER, validUntil: '5', signature: `0x${'01'.repeat(65)}` }

describe('API', () => {
  it('tells whether it is alive by its status code', async () => {
    expect((await fixture().api.request('/health')).status).toBe(200)
    const stalled = await fixture(false).api.request('/health')
    expect(stalled.status).toBe(503)
    expect(await stalled.json()).toMatchObject({ status: 'stalled', heartbeat: { node: 5 } })
  })

  it('writes integers as decimal strings', async () => {
    const { api } = fixture()
    expect(await (await api.request('/status')).json()).toMatchObject({ chain: { height: '12' } })
    const estimate = await api.request(`/estimate?outputId=0x${'01'.repeat(32)}`)
    expect(await estimate.json()).toMatchObject({ cost: '1000000000000000000', waitSeconds: '7' })
  })

  it('lists standing and resolved alarms', async () => {
    const { api, alarms } = fixture()
    alarms.see('exit.invalid', '0x01')
    alarms.see('exit.invalid', '0x02')
    alarms.clear('exit.invalid', '0x02')
    const list = async (query: string) => {
      const body = (await (await api.request(`/alarms${query}`)).json()) as { alarms: { subject: string }[] }
      return body.alarms.map(({ subject }) => subject)
    }
    expect(await list('')).toEqual(['0x01'])
    expect(await list('?state=resolved')).toEqual(['0x02'])
  })

  it('streams what stands, then what changes', async () => {
    const { api, alarms } = fixture()
    alarms.see('block.invalid', '7')
    const response = await api.request('/alarms/stream')
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    const reader = response.body!.getReader()
    const next = async () => new TextDecoder().decode((await reader.read()).value)
    expect(await next()).toContain('event: raised')
    alarms.clear('block.invalid', '7')
    expect(await next()).toContain('event: resolved')
    await reader.cancel()
  })

  it('takes delegations and evidence strictly', async () => {
    const { api, seen } = fixture()
    const taken = await api.request('/delegations', post(JSON.stringify(delegation)))
    expect([taken.status, await taken.json()]).toEqual([201, { validUntil: '5' }])
    const evidence = await api.request('/evidence', post(JSON.stringify({ transaction: '0x0001' })))
    expect(evidence.status).toBe(422)
    expect(await evidence.json()).toMatchObject({ code: 'encoding.kind', action: 'Use another.' })
    expect(seen).toEqual([{ ...delegation, validUntil: 5n }, Uint8Array.of(0, 1)])
  })

  it.each([
    ['a short address', '/customers/0x12/exit-data', undefined, 400, 'request.invalid'],
    ['an address of a stranger', `/customers/${STRANGER}/exit-data`, undefined, 404, 'customer.unknown'],
    ['an unknown state', '/alarms?state=all', undefined, 400, 'request.invalid'],
    ['an unknown query', '/alarms?limit=5', undefined, 400, 'request.invalid'],
    ['no output', '/estimate', undefined, 400, 'request.invalid'],
    ['an unknown path', '/alarm', undefined, 404, 'request.invalid'],
    ['a body that is not JSON', '/delegations', '{', 400, 'request.invalid'],
    ['a missing field', '/delegations', '{}', 400, 'request.invalid'],
    ['an extra field', '/delegations', JSON.stringify({ ...delegation, more: 1 }), 400, 'request.invalid'],
    [
      'a number in place of a string',
      '/delegations',
      JSON.stringify({ ...delegation, validUntil: 5 }),
      400,
      'request.invalid',
    ],
    [
      'a time above 64 bits',
      '/delegations',
      JSON.stringify({ ...delegation, validUntil: (1n << 64n).toString() }),
      400,
      'request.invalid',
    ],
    ['odd hex', '/evidence', JSON.stringify({ transaction: '0x123' }), 400, 'request.invalid'],
    [
      'evidence that is too long',
      '/evidence',
      JSON.stringify({ transaction: `0x${'00'.repeat(MAX_EVIDENCE_BYTES + 1)}` }),
      400,
      'request.invalid',
    ],
    ['a body that is too long', '/evidence', ' '.repeat(MAX_BODY_BYTES + 1), 413, 'request.limit'],
  ])('refuses %s', async (_, path, body, code, error) => {
    const { api, seen } = fixture()
    const response = await api.request(path, body === undefined ? undefined : post(body))
    expect(response.status).toBe(code)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect(await response.json()).toMatchObject({ code: error, action: expect.any(String), status: code })
    expect(seen).toEqual([])
  })

  it('describes every route', async () => {
    const { api } = fixture()
    const described = Object.entries(openApi.paths).flatMap(([path, item]) =>
      ['get', 'post'].filter(method => method in item).map(method => `${method} ${path}`),
    )
    const served = api.routes
      .filter(route => route.method !== 'ALL')
      .map(route => `${route.method.toLowerCase()} ${route.path.replace(/:(\w+)/, '{$1}')}`)
    expect(described.sort()).toEqual([...new Set(served)].sort())
    expect((await api.request('/openapi.json')).status).toBe(200)
  })
})
