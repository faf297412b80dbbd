import { type Fault, MOMENTS, PROPOSER_STEPS } from './fault.ts'
import { FRESH_ACROSS_UPGRADE, FRESH_NODE } from './fresh.ts'
import { FULL_DISK } from './full.ts'
import { LIES, type Lie, type ToldLie } from './lies.ts'
import type { Load } from './load.ts'
import { MISSED_ETHEREUM } from './missed.ts'
import type { FaultNetwork } from './network.ts'
import { DOUBLE_VOTE, findMissing, findVoteless, TWO_HEADERS } from './offences.ts'
import type { FaultCase, Offender } from './outcome.ts'
import { RESTORED } from './restored.ts'
import { ROTATED_KEY, SET_WITHOUT } from './sets.ts'

const SECOND = 1_000
/** Who misbehaves where it does not matter who. */
const CULPRIT = 2
/** Whose log says more, where a case needs that. */
const WITNESS = 0

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

/** Who refused a proposal of a validator, with all this in the line of the log. */
function refusing(network: FaultNetwork, culprit: number, ...what: readonly string[]): number[] {
  const proposed = `as ${network.addressOf(culprit)} proposed it was refused`
  const others = network.all.filter(i => i !== culprit)
  return others.filter(i => network.logged(i, proposed).some(line => what.every(word => line.includes(word))))
}

/** Others have refused what it proposed, and say whose it was; nobody can be charged with that. */
async function findRefused(network: FaultNetwork, culprit: number): Promise<Offender> {
  const refused = () => refusing(network, culprit, 'engine.proposal')
  await network.until(async () => refused().length === network.count - 1, 'all others refuse a proposal')
  return { found: `validator ${culprit}: its proposals, by ${refused().join(', ')}` }
}

/** Each kind of lie was told and refused, as no batch of its book; and each of the others has refused one. Who was late saw no proposal. */
async function findLies(network: FaultNetwork, culprit: number): Promise<Offender> {
  const told = () => network.logged(culprit, '"lie"').map(line => JSON.parse(line) as ToldLie)
  const refusers = (kind: Lie) =>
    told()
      .filter(({ lie }) => lie === kind)
      .flatMap(({ height }) => refusing(network, culprit, `Block ${height} as `, 'block.batch'))
  for (const kind of LIES) await network.until(async () => refusers(kind).length > 0, `a refusal: ${kind}`)
  const all = () => new Set(LIES.flatMap(refusers))
  await network.until(async () => all().size === network.count - 1, 'each of the others refuses a lie')
  return { found: `validator ${culprit}: ${LIES.join(', ')}, by ${[...all()].sort().join(', ')}` }
}

/** How often the others must have refused what one sends them. */
const REFUSALS = 20

/**
 * A witness hears from its CometBFT what each peer sends into its mempool, and that it was not taken. Now and then that is so for an honest one, too: who
 * has just started does not have the outputs yet that a payment spends. Garbage goes on.
 */
async function findSender(network: FaultNetwork, culprit: number): Promise<Offender> {
  const refusals = (): string[] =>
    network.logged(WITNESS, 'Failed to insert tx').map(line => JSON.parse(line).peer)
  const ofCulprit = () => refusals().filter(peer => peer === network.nodeIdOf(culprit)).length
  await network.until(async () => ofCulprit() >= REFUSALS, `${REFUSALS} refusals of garbage`)
  const ofOthers = refusals().length - ofCulprit()
  if (2 * ofOthers >= ofCulprit())
    throw new Error(`others were refused ${ofOthers} times, she ${ofCulprit()}`)
  return { found: `validator ${culprit}, as the peer of ${ofCulprit()} refusals` }
}

/** A proposer that ends at one step of its own block, for each step: before it, and after it. */
async function killProposers(network: FaultNetwork, load: Load): Promise<void> {
  const ends = PROPOSER_STEPS.flatMap(step => MOMENTS.map(moment => `dies-${moment}-${step}` as const))
  for (const [i, end] of ends.entries()) {
    const proposer = i % network.count
    await network.kill([proposer], 'SIGTERM')
    await network.start(proposer, end)
    await network.until(async () => network.hasEnded(proposer), `the proposer ${end}`)
    await load.more(4)
    await network.start(proposer)
    await load.more(2)
  }
}

const MEMPOOL_GARBAGE = misbehaving('garbage in the mempools', 'garbage-bundles', { find: findSender })

export const FAULTS: readonly FaultCase[] = [
  {
    name: 'kill -9 of one',
    async run(network, load) {
      await network.kill([3])
      await load.more(8)
      await network.start(3)
    },
  },
  { name: 'kill -9 of the proposer before and after every step', run: killProposers },
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
  misbehaving('one proposes damaged blocks', 'invalid-proposals', { short: true, find: findRefused }),
  misbehaving(
    'one proposes batches with a wrong price, a skipped order, wrong shares',
    'lies-about-batches',
    {
      find: findLies,
    },
  ),
  {
    name: 'one sends garbage to the mempools of others',
    async run(network, load, found) {
      await network.kill([WITNESS], 'SIGTERM')
      await network.start(WITNESS, undefined, { OMG_LOG_LEVEL: 'debug' })
      await MEMPOOL_GARBAGE.run(network, load, found)
      await network.kill([WITNESS], 'SIGTERM')
      await network.start(WITNESS)
    },
  },
  misbehaving('one with a clock an hour behind', 'clock-behind'),
  FULL_DISK,
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
  SET_WITHOUT,
  ROTATED_KEY,
]
