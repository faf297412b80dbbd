import { findCometBft } from '@omg/node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FAULTS } from './faults.ts'
import { Load } from './load.ts'
import { FaultNetwork } from './network.ts'
import { runFault } from './outcome.ts'

const SLOW = 240_000

describe.skipIf(!(await findCometBft()))('four validators (need Go, once: node tools/setup.mjs --go)', () => {
  let network: FaultNetwork
  let load: Load
  beforeAll(async () => {
    network = await FaultNetwork.start()
    load = await Load.start(network)
  }, SLOW)
  afterAll(async () => {
    await load?.pause()
    await network?.stop()
  }, SLOW)

  for (const fault of FAULTS.filter(({ short }) => short)) {
    test(
      `${fault.name}: one chain, nothing lost, supply exact`,
      async () => {
        const { problem } = await runFault(fault, network, load)
        expect(problem).toBeUndefined()
      },
      SLOW,
    )
  }
})
