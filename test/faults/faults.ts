import { type Fault, PROPOSER_STEPS } from './fault.ts'
import { FRESH_ACROSS_UPGRADE, FRESH_NODE } from './fresh.ts'
import type { Load } from './load.ts'
import { MISSED_ETHEREUM } from './missed.ts'
import type { FaultNetwork } from './network.ts'
import { DOUBLE_VOTE, findMissing, findVoteless, TWO_HEADERS } from './offences.ts'
import type { FaultCase, Offender } from './outcome.ts'
import { RESTORED } from './restored.ts'

const SECOND = 1_000
/** Who misbehaves where it does not matter who. */
const CULPRIT = 2

interface Misbehaviour {
  readonly short?: boolean
  /** Runs while it misbehaves. */
  readonly find?: (network: FaultNetwork, culprit: number) => Promise<Offender>
}

/** A validator that does something wrong for a while; the others go on. */
function misbehaving(name: string, fault: Fault, { short = false, find }: Misbehaviour = {}): FaultCase {
  return {
    name,
    short,
    async run(network, load, found) {
      await network.kill([CULPRIT], 'SIGTERM')
      await network.start(CULPRIT, fault)
      await load.more(20)
      if (find) found(await find(network, CULPRIT))
      await network.kill([CULPRIT], 'SIGTERM')
      await network.start(CULPRIT)
      await load.more(4)
    },
  }
}

/** Others have refused what it proposed; nobody can be charged with that. */
async function findRefused(network: FaultNetwork, culprit: number): Promise<Offender> {
  const others = network.all.filter(i => i !== culprit)
  const hasRefused = (i: number) => network.logged(i, 'engine.proposal').length > 0
  await network.until(async () => others.every(hasRefused), 'all others refuse a proposal')
  return { found: `its proposals, by ${others.join(', ')}` }
}

/** A proposer that ends in one step of its own block, for each step. */
async function killProposers(network: FaultNetwork, load: Load): Promise<void> {
  for (const [i, step] of PROPOSER_STEPS.entries()) {
    const proposer = i % network.count
    await network.kill([proposer], 'SIGTERM')
    await network.start(proposer, `dies-in-${step}`)
    await network.until(async () => network.hasEnded(proposer), `the proposer ends in ${step}`)
    await load.more(4)
    await network.start(proposer)
    await load.more(2)
  }
}

export const FAULTS: readonly FaultCase[] = [
  {
    name: 'kill -9 of one',
    async run(network, load) {
      await network.kill([3])
      await load.more(8)
      await network.start(3)
    },
  },
  { name: 'kill -9 of the proposer at every step', run: killProposers },
  {
    name: 'kill -9 of all four at once',
    short: true,
    async run(network, load) {
      await network.kill(network.all)
      await Promise.all(network.all.map(i => network.start(i)))
      await load.more(4)
    },
  },
  {
    name: 'partition 2-2, then healed',
    short: true,
    async run(network, load) {
      network.part([0, 1])
      await network.standsStill(0)
      network.heal()
      await load.more(4)
    },
  },
  {
    name: 'one cut off, then back',
    async run(network, load) {
      network.part([1])
      await load.more(8)
      network.heal()
      await load.more(4)
    },
  },
  {
    name: 'two frozen, then thawed',
    async run(network, load) {
      network.freeze([1, 2], true)
      await network.standsStill(0)
      network.freeze([1, 2], false)
      await load.more(4)
    },
  },
  {
    name: 'one with a delay of 2 s',
    async run(network, load) {
      network.slow(1, 2 * SECOND)
      await load.more(8)
      network.heal()
      await load.more(4)
    },
  },
  misbehaving('one withholds its vote extensions and signatures', 'withholds-extensions', {
    find: findMissing,
  }),
  misbehaving('one sends garbage as vote extensions', 'garbage-extensions', { find: findVoteless }),
  misbehaving('one proposes invalid batches', 'invalid-proposals', { short: true, find: findRefused }),
  misbehaving('one sends garbage to the mempools of others', 'garbage-bundles'),
  misbehaving('one with a clock an hour behind', 'clock-behind'),
  misbehaving('one whose disk is full', 'disk-full'),
  {
    name: 'garbage as bundles of a stranger',
    async run(network, load) {
      for (let i = 0; i < 200; i++) {
        const body = new Uint8Array(1 + (i % 500)).fill(i)
        await fetch(`${network.url(i % network.count)}/bundle`, { method: 'POST', body }).catch(
          () => undefined,
        )
      }
      await load.more(4)
    },
  },
  {
    name: 'rolling restart',
    async run(network, load) {
      for (const i of network.all) {
        await network.kill([i], 'SIGTERM')
        await network.start(i)
        await load.more(2)
      }
    },
  },
  FRESH_NODE,
  FRESH_ACROSS_UPGRADE,
  RESTORED,
  DOUBLE_VOTE,
  TWO_HEADERS,
  MISSED_ETHEREUM,
]
