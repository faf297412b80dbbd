import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { address, consensusChainId } from '@omg/protocol'
import {
  CONTRACT_NAMES,
  type Deployment,
  domainOf,
  encodeDeployment,
  mainnetParameters,
} from '@omg/rootchain'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EXIT } from '../src/index.ts'
import { omgHere } from './omg.ts'

const at = (n: number) => address(`0x${n.toString(16).padStart(40, '0')}`)
const contracts = Object.fromEntries(CONTRACT_NAMES.map((name, i) => [name, at(i + 1)])) as Pick<
  Deployment,
  (typeof CONTRACT_NAMES)[number]
>
const deployment: Deployment = {
  ...contracts,
  ...{ chainId: 31_337n, deployedAtBlock: 7n, parameters: mainnetParameters },
  feeTokens: [{ lane: 0, token: at(0), unit: 1_000_000_000n, symbol: 'ETH', decimals: 18 }],
}
const KEY = { OMG_VALIDATOR_KEY: `0x${'5e'.repeat(32)}` }
const SEED = `${'ab'.repeat(20)}@seed.example:26656`

describe('omg validator init', () => {
  const data = mkdtempSync(join(tmpdir(), 'omg-init-'))
  const [record, genesis] = [join(data, 'deployment.json'), join(data, 'genesis.json')]
  let count = 0
  const fresh = () => join(data, `node${++count}`)

  beforeAll(() => {
    writeFileSync(record, encodeDeployment(deployment))
    writeFileSync(
      genesis,
      JSON.stringify({ chain_id: consensusChainId(domainOf(deployment)), validators: [] }),
    )
  })
  afterAll(() => rmSync(data, { recursive: true, force: true }))

  async function init(folder: string, more: readonly string[] = [], env: Record<string, string> = {}) {
    const network = ['--genesis', genesis, '--deployment', record]
    const { code, stdout } = await omgHere(
      ['--data', data, '--json', 'validator', 'init', folder, ...network, ...more],
      env,
    )
    const { error, ...answer } = JSON.parse(stdout)
    return { exit: code, error: error as { code: string; message: string } | undefined, answer }
  }
  const settingsIn = (folder: string) => JSON.parse(readFileSync(join(folder, 'node.json'), 'utf8'))

  test('writes what it is told, and tells what others dial', async () => {
    const folder = fresh()
    const made = await init(folder, ['--seeds', SEED, '--external-address', 'mine.example:26656'], KEY)
    expect(made).toMatchObject({
      exit: EXIT.done,
      answer: { peer: expect.stringMatching(/^[0-9a-f]{40}@mine\.example:26656$/) },
    })
    expect(settingsIn(folder)).toMatchObject({
      port: 8600,
      consensus: { seeds: [SEED], p2pListen: '0.0.0.0:26656', rpcListen: '127.0.0.1:26657' },
    })
  })

  test('gives out no address that nobody can dial', async () => {
    const folder = fresh()
    const { answer } = await init(folder, [], KEY)
    expect(answer).toMatchObject({ peer: null, nodeId: expect.stringMatching(/^[0-9a-f]{40}$/) })
    const { stdout } = await omgHere(['validator', 'init', folder], KEY)
    expect(stdout).toMatch(/others dial .*--external-address/)
    expect(stdout).not.toContain('@0.0.0.0')
  })

  test.each([
    [['--seeds', 'garbage'], 'consensus.seeds'],
    [['--peers', `${SEED},x@y`], 'consensus.peers'],
    [['--p2p-listen', 'nonsense'], 'consensus.p2pListen'],
    [['--rpc-listen', '127.0.0.1:65536'], 'consensus.rpcListen'],
    [['--external-address', 'mine.example'], 'consensus.externalAddress'],
    [['--port', 'abc'], 'port'],
    [['--port', '65536'], 'port'],
    [['--settings', 'nowhere.json'], 'nowhere.json'],
    [['--via', 'nonsense'], 'nonsense'],
  ])('refuses %s by name, and writes nothing', async (more, name) => {
    const folder = fresh()
    const { exit, error } = await init(folder, more)
    expect([exit, error?.code]).toEqual([EXIT.usage, 'request.argument'])
    expect(error!.message).toContain(name)
    expect(existsSync(folder)).toBe(false)
  })

  test.each(['0x12', `0x${'00'.repeat(32)}`, `0x${'ff'.repeat(32)}`, 'ab'.repeat(32)])(
    'refuses the key %s without showing it, and writes nothing',
    async OMG_VALIDATOR_KEY => {
      const folder = fresh()
      const { exit, error } = await init(folder, [], { OMG_VALIDATOR_KEY })
      expect([exit, error?.code]).toEqual([EXIT.usage, 'request.argument'])
      expect(error!.message).not.toContain(OMG_VALIDATOR_KEY)
      expect(existsSync(folder)).toBe(false)
    },
  )

  test('a folder is prepared once: the same again is fine, something else is refused by name', async () => {
    const folder = fresh()
    const options = ['--port', '8700', '--seeds', SEED]
    await init(folder, options)
    const before = settingsIn(folder)
    expect((await init(folder, options)).exit).toBe(EXIT.done)
    expect((await init(folder)).exit).toBe(EXIT.done)
    const { exit, error } = await init(folder, [
      '--port',
      '8701',
      '--seeds',
      '',
      '--p2p-listen',
      '127.0.0.1:1',
    ])
    expect([exit, error?.code]).toEqual([EXIT.refused, 'validator.prepared'])
    expect(error!.message).toContain(
      `--port is 8700, not 8701; --p2p-listen is 0.0.0.0:26656, not 127.0.0.1:1; --seeds is ${SEED}, not`,
    )
    writeFileSync(genesis, readFileSync(genesis, 'utf8').replace('"validators"', '"else":1,"validators"'))
    expect((await init(folder)).error?.message).toContain('--genesis is another one')
    expect(settingsIn(folder)).toEqual(before)
  })
})
