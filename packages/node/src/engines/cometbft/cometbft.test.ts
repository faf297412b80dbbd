import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, describe } from 'vitest'
import { engineConformance } from '../engine.conformance.ts'
import { CometBftEngine, type CometBftOptions } from './cometbft.ts'
import { publicKeyOf, validatorOf } from './keys.ts'
import { findCometBft } from './program.ts'

const KEY = `0x${'11'.repeat(32)}` as const
const validator = validatorOf(publicKeyOf(KEY), 1n)
const program = await findCometBft()

function engineIn(home: string, options: Partial<CometBftOptions> = {}): CometBftEngine {
  return new CometBftEngine({
    chainId: 'omg-test',
    ...{ home, program, key: KEY, validator: validator.address, validators: [validator] },
    ...{ p2pListen: '127.0.0.1:0', rpcListen: '127.0.0.1:0', peers: [], seeds: [] },
    timeoutCommitMilliseconds: 1,
    timeoutProposeMilliseconds: 3_000,
    hasWork: () => false,
    clock: () => BigInt(Math.floor(Date.now() / 1000)),
    logger: pino({ level: process.env.OMG_TEST_LOG ?? 'silent' }),
    ...options,
  })
}

describe.skipIf(!program)('on CometBFT (needs Go, once: node tools/setup.mjs --go)', () => {
  let home: string | undefined
  const folder = () => (home ??= mkdtempSync(join(tmpdir(), 'omg-cometbft-')))
  const clean = async () => {
    if (home) rmSync(home, { recursive: true, force: true })
    home = undefined
  }
  afterEach(clean)

  engineConformance('cometbft', async hasWork => ({ engine: engineIn(folder(), { hasWork }), clean }))
})
