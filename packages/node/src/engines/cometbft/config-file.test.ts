import { expect, test } from 'vitest'
import { type ConfigFileOptions, configFile } from './config-file.ts'

const VALIDATOR = 'ab'.repeat(20)
const SENTRY = `${'cd'.repeat(20)}@203.0.113.7:26656`

function linesOf(options: Partial<ConfigFileOptions>): Record<string, string> {
  const text = configFile({
    ...{ socket: '/run/abci.sock', p2pListen: '0.0.0.0:26656', rpcListen: '127.0.0.1:26657' },
    ...{ peers: [], seeds: [], privatePeers: [], exchangePeers: true },
    ...{ timeoutCommitMilliseconds: 1_000, timeoutProposeMilliseconds: 3_000 },
    ...{ chunkDirectory: '/data', logLevel: 'error' },
    ...options,
  })
  return Object.fromEntries([...text.matchAll(/^(\w+) = (.*)$/gm)].map(([, name, value]) => [name, value]))
}

test('a public node learns public addresses only, one node at each', () => {
  expect(linesOf({})).toMatchObject({
    ...{ pex: 'true', private_peer_ids: '""', unconditional_peer_ids: '""' },
    ...{ addr_book_strict: 'true', allow_duplicate_ip: 'false' },
  })
})

test.each([
  '127.0.0.1:0',
  'localhost:26656',
  '[::1]:26656',
  '10.1.2.3:26656',
  '172.31.0.1:1',
  '192.168.7.7:1',
])('a node at %s knows its neighbours', p2pListen => {
  expect(linesOf({ p2pListen })).toMatchObject({ addr_book_strict: 'false', allow_duplicate_ip: 'true' })
  expect(linesOf({ p2pListen, privateAddresses: false })).toMatchObject({ addr_book_strict: 'true' })
})

test.each(['0.0.0.0:26656', '[::]:26656', '172.32.0.1:1', '203.0.113.7:26656', 'node.example:26656'])(
  'a node at %s does not',
  p2pListen => {
    expect(linesOf({ p2pListen })).toMatchObject({ addr_book_strict: 'true', allow_duplicate_ip: 'false' })
    expect(linesOf({ p2pListen, privateAddresses: true })).toMatchObject({ allow_duplicate_ip: 'true' })
  },
)

test('a node that listens everywhere and was told of neighbours only is one of them', () => {
  const neighbour = `${'ef'.repeat(20)}@127.0.0.1:26656`
  expect(linesOf({ peers: [neighbour] })).toMatchObject({ addr_book_strict: 'false' })
  expect(linesOf({ peers: [neighbour], seeds: [SENTRY] })).toMatchObject({ addr_book_strict: 'true' })
})

test('a sentry tells nobody of its validator, and always lets it in', () => {
  expect(linesOf({ privatePeers: [VALIDATOR], peers: [SENTRY] })).toMatchObject({
    pex: 'true',
    private_peer_ids: `"${VALIDATOR}"`,
    unconditional_peer_ids: `"${'cd'.repeat(20)},${VALIDATOR}"`,
    persistent_peers: `"${SENTRY}"`,
  })
})

test('a validator behind sentries knows them and nobody else', () => {
  expect(linesOf({ peers: [SENTRY], exchangePeers: false, p2pListen: '10.0.0.2:26656' })).toMatchObject({
    pex: 'false',
    persistent_peers: `"${SENTRY}"`,
    seeds: '""',
  })
})
