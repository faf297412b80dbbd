import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findCometBft } from '@omg/node'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  COMETBFT,
  clockFinding,
  cometBft,
  heightFinding,
  homeFindings,
  homesIn,
  type Look,
  networkFindings,
  peerFinding,
  programFinding,
} from './cometbft.ts'

let folder: string
let home: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'omg-doctor-'))
  home = join(folder, 'node', 'cometbft')
  for (const part of ['config', 'data']) mkdirSync(join(home, part), { recursive: true })
  const write = (name: string, value: unknown) =>
    writeFileSync(join(home, name), typeof value === 'string' ? value : JSON.stringify(value), {
      mode: 0o600,
    })
  write('config/config.toml', '[rpc]\nladdr = "tcp://127.0.0.1:1"\n')
  write('config/genesis.json', { chain_id: 'omg-1', validators: [] })
  write('config/node_key.json', { priv_key: { value: 'x' } })
  write('config/priv_validator_key.json', { priv_key: { value: 'x' } })
  write('data/priv_validator_state.json', { height: '7' })
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const states = (findings: readonly { state: string }[]) => findings.map(({ state }) => state)

test.skipIf(!(await findCometBft()))(
  'the program that the set-up builds is the one that is wanted',
  async () => {
    expect(await cometBft('')).toMatchObject({ check: 'CometBFT', state: 'good' })
  },
)

test('another version of the program, and one that tells nothing', () => {
  expect(programFinding('here', JSON.stringify(COMETBFT)).state).toBe('good')
  const older = programFinding('here', JSON.stringify({ ...COMETBFT, p2p_protocol: 7 }))
  expect(older).toMatchObject({ state: 'bad', found: 'p2p_protocol 7 instead of 8' })
  expect(programFinding('here', 'usage: ...').state).toBe('bad')
})

test('a sane folder; each file that is missing or broken is named, and keys that others may read', () => {
  expect(homesIn(folder)).toEqual([{ name: 'node', home }])
  expect(homesIn(join(folder, 'node'))).toEqual([{ name: 'node', home }])
  expect(homesIn(join(folder, 'none'))).toEqual([])
  expect(states(homeFindings('node', home))).toEqual(['good', 'good'])
  const key = join(home, 'config', 'priv_validator_key.json')
  chmodSync(key, 0o640)
  expect(homeFindings('node', home)[1]).toMatchObject({ state: 'bad', action: `chmod 600 ${key}` })
  const files = ['config/genesis.json', 'config/node_key.json', 'data/priv_validator_state.json']
  for (const file of files) {
    writeFileSync(join(home, file), '{}')
    expect(homeFindings('node', home)[0]!.state, file).toBe('bad')
    rmSync(join(home, file))
    expect(homeFindings('node', home)[0]!.state, file).toBe('bad')
  }
})

const look = (changes: Partial<Look> = {}): Look => ({
  ...{ peers: 3, height: 9n, peersHeight: 9n, round: 0, blockTime: 1_000, now: 1_001 },
  ...changes,
})

test('peers, a height that moves, waits, lags or cannot be decided, and clocks', () => {
  expect(states([peerFinding('n', look()), peerFinding('n', look({ peers: 0 }))])).toEqual([
    'good',
    'limited',
  ])
  const height = (second: Partial<Look>, first: Partial<Look> = {}) =>
    heightFinding('n', look(first), look(second)).state
  expect(height({ height: 10n })).toBe('good')
  expect(height({})).toBe('good')
  expect(height({ peersHeight: 13n })).toBe('limited')
  expect(height({ round: 3 }, { round: 2 })).toBe('bad')
  const clock = (second: Partial<Look>) => clockFinding('n', look(), look(second)).state
  expect(clock({ blockTime: 1_016 })).toBe('good')
  expect(clock({ blockTime: 1_020 })).toBe('bad')
  // An old block tells nothing, nor does the first after a pause; the next one does.
  expect(clock({ blockTime: 0 })).toBe('good')
  expect(clock({ blockTime: 900, height: 10n })).toBe('good')
  expect(clock({ blockTime: 900, height: 11n })).toBe('bad')
})

test('a CometBFT that runs is asked, one that does not is told', async () => {
  expect(await networkFindings('node', home, 0)).toMatchObject([{ check: 'node: network', state: 'limited' }])
  const results: Record<string, unknown> = {
    status: { sync_info: { latest_block_height: '9', latest_block_time: '2026-01-01T00:00:00.5Z' } },
    net_info: { n_peers: '1' },
    dump_consensus_state: {
      round_state: { round: 0 },
      peers: [{ peer_state: { round_state: { height: '20' } } }],
    },
  }
  const server = createServer((request, response) => {
    response.end(JSON.stringify({ result: results[request.url!.slice(1)] }))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  writeFileSync(join(home, 'config', 'config.toml'), `[rpc]\nladdr = "tcp://127.0.0.1:${port}"\n`)
  try {
    const findings = await networkFindings('node', home, 0)
    expect(states(findings)).toEqual(['good', 'limited', 'good'])
    expect(findings[1]!.found).toBe('9, catching up with 19')
  } finally {
    await new Promise(resolve => server.close(resolve))
  }
})
