import type { Load } from './load.ts'
import type { FaultNetwork } from './network.ts'

/** Something that goes wrong with four validators under load. When `run` returns, everybody is back; what must be true then is checked. */
export interface FaultCase {
  readonly name: string
  /** Part of `npm test`. */
  readonly short?: boolean
  run(network: FaultNetwork, load: Load): Promise<void>
}

const SECOND = 1_000
const pause = (milliseconds: number) => new Promise(resolve => setTimeout(resolve, milliseconds))

/** Nobody decides anything for a while. */
async function standsStill(network: FaultNetwork, witness: number): Promise<void> {
  // What was on its way may still arrive.
  await pause(2 * SECOND)
  const before = await network.height(witness)
  await pause(4 * SECOND)
  const after = await network.height(witness)
  if (after !== before) throw new Error(`the chain went on from ${before} to ${after} without more than 2/3`)
}

/** A validator that does something wrong for a while; the others go on. */
function misbehaving(name: string, fault: Parameters<FaultNetwork['start']>[1], short = false): FaultCase {
  return {
    name,
    short,
    async run(network, load) {
      await network.kill([2], 'SIGTERM')
      await network.start(2, fault)
      await load.more(20)
      await network.kill([2], 'SIGTERM')
      await network.start(2)
      await load.more(4)
    },
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
  {
    name: 'kill -9 of each in turn, whoever proposes',
    async run(network, load) {
      for (const i of network.all) {
        await network.kill([i])
        await load.more(4)
        await network.start(i)
        await load.more(2)
      }
    },
  },
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
      await standsStill(network, 0)
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
      await standsStill(network, 0)
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
  misbehaving('one withholds its vote extensions', 'withholds-extensions'),
  misbehaving('one sends garbage as vote extensions', 'garbage-extensions'),
  misbehaving('one proposes invalid batches', 'invalid-proposals', true),
  misbehaving('one with a clock an hour behind', 'clock-behind'),
  misbehaving('one whose disk is full', 'disk-full'),
  {
    name: 'garbage as bundles',
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
]

export interface Outcome {
  readonly name: string
  /** Undefined where everything was as it must be. */
  readonly problem: string | undefined
  readonly seconds: number
  readonly height: number
  readonly payments: number
}

/** Runs one case, and checks what must be true after it. */
export async function runFault(fault: FaultCase, network: FaultNetwork, load: Load): Promise<Outcome> {
  const started = Date.now()
  const seconds = () => Math.round((Date.now() - started) / SECOND)
  try {
    await fault.run(network, load)
    const { height, payments } = await load.check()
    return { name: fault.name, problem: undefined, seconds: seconds(), height, payments }
  } catch (error) {
    const problem = (error as Error).message
    return { name: fault.name, problem, seconds: seconds(), height: -1, payments: load.included.length }
  }
}

/** The outcomes as a table. */
export function outcomeTable(outcomes: readonly Outcome[]): string {
  const head = ['fault', 'outcome', 'seconds', 'height', 'payments kept']
  const rows = outcomes.map(({ name, problem, seconds, height, payments }) => [
    ...[name, problem ?? 'one chain, nothing lost, supply exact'],
    ...[String(seconds), String(height), String(payments)],
  ])
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map(row => row[i]!.length)))
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd()
  return [line(head), widths.map(width => '-'.repeat(width)).join('  '), ...rows.map(line)].join('\n')
}
