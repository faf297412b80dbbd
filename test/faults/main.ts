// `npm run test:faults`: four validators as processes over CometBFT and anvil, real load, one fault after the other, one table at the end.
//
//   npm run test:faults                    all of them
//   npm run test:faults -- partition kill  those whose names contain a word
import { findCometBft } from '@omg/node'
import { FAULTS } from './faults.ts'
import { Load } from './load.ts'
import { FaultNetwork } from './network.ts'
import { type FaultCase, type Outcome, outcomeTable, runFault } from './outcome.ts'

if (!(await findCometBft())) {
  process.stderr.write('CometBFT is not there: install Go and run `node tools/setup.mjs --go`.\n')
  process.exit(2)
}
const words = process.argv.slice(2)
const chosen = FAULTS.filter(({ name }) => words.length === 0 || words.some(word => name.includes(word)))
const outcomes: Outcome[] = []
let network: FaultNetwork | undefined
// Validators are in groups of their own: nobody else ends them.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void Promise.resolve(network?.stop()).finally(() => process.exit(130)))
}
const together = chosen.filter(({ apart }) => !apart)
const groups = [together, ...chosen.filter(({ apart }) => apart).map(fault => [fault])]
for (const group of groups) {
  // What comes after a network that is not well says nothing.
  if (group.length > 0 && !outcomes.some(({ problem }) => problem)) await runGroup(group)
}
process.stdout.write(`\n${outcomeTable(outcomes)}\n`)
process.exit(outcomes.length === chosen.length && outcomes.every(({ problem }) => !problem) ? 0 : 1)

/** One after the other on one network, until one fails. */
async function runGroup(faults: readonly FaultCase[]): Promise<void> {
  network = await FaultNetwork.start()
  let keep = true
  try {
    const load = await Load.start(network)
    for (const fault of faults) {
      process.stdout.write(`${fault.name} ... `)
      const outcome = await runFault(fault, network, load)
      process.stdout.write(`${outcome.problem ?? outcome.notRun ?? 'fine'} (${outcome.seconds} s)\n`)
      outcomes.push(outcome)
      if (outcome.problem) break
    }
    await load.pause()
    keep = faults.some(({ name }) => !outcomes.some(outcome => outcome.name === name && !outcome.problem))
  } finally {
    // Their logs say what went wrong.
    await network.stop({ keep })
  }
}
