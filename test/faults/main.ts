// `npm run test:faults`: four validators as processes over CometBFT and anvil, real load, one fault after the other, one table at the end.
//
//   npm run test:faults                    all of them
//   npm run test:faults -- partition kill  those whose names contain a word
import { findCometBft } from '@omg/node'
import { FAULTS } from './faults.ts'
import { Load } from './load.ts'
import { FaultNetwork } from './network.ts'
import { type Outcome, outcomeTable, runFault } from './outcome.ts'

if (!(await findCometBft())) {
  process.stderr.write('CometBFT is not there: install Go and run `node tools/setup.mjs --go`.\n')
  process.exit(2)
}
const words = process.argv.slice(2)
const chosen = FAULTS.filter(({ name }) => words.length === 0 || words.some(word => name.includes(word)))
const network = await FaultNetwork.start()
const outcomes: Outcome[] = []
// Validators are in groups of their own: nobody else ends them.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void network.stop().finally(() => process.exit(130)))
}
try {
  const load = await Load.start(network)
  for (const fault of chosen) {
    process.stdout.write(`${fault.name} ... `)
    const outcome = await runFault(fault, network, load)
    process.stdout.write(`${outcome.problem ?? outcome.notRun ?? 'fine'} (${outcome.seconds} s)\n`)
    outcomes.push(outcome)
    // What comes after a network that is not well says nothing.
    if (outcome.problem) break
  }
  await load.pause()
} finally {
  // Their logs say what went wrong.
  await network.stop({ keep: outcomes.length < chosen.length || outcomes.some(({ problem }) => problem) })
}
process.stdout.write(`\n${outcomeTable(outcomes)}\n`)
process.exit(outcomes.length === chosen.length && outcomes.every(({ problem }) => !problem) ? 0 : 1)
