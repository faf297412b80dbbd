import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeDeployment } from '@omg/rootchain'
import type { Command } from 'commander'
import { action } from '../action.ts'
import { gatherCast, type Stage } from '../demo/cast.ts'
import { honestExit, inFlightExit, payOut } from '../demo/exits.ts'
import { Narrator } from '../demo/narrator.ts'
import { deposits, merge, payments } from '../demo/payments.ts'
import { theft } from '../demo/theft.ts'
import { startNetwork } from '../devnet/network.ts'
import { deploymentFile } from '../devnet/record.ts'
import { EXIT } from '../error.ts'
import type { Session } from '../session.ts'
import { withProgress } from '../terminal/progress.ts'
import { bold, dim } from '../terminal/style.ts'

const EXAMPLES = `
Uses the network that runs on this folder (omg up), or brings one up by itself and takes it down again. It makes new
people with new keys, checks every claim against both chains, and ends with ${EXIT.failed} if one of them is not true.

Examples:
  $ omg demo
  $ omg demo --json`

export function demoCommand(program: Command): void {
  program
    .command('demo')
    .description('deposit, pay, merge, exit, exit in flight, and stop a thief: told and checked')
    .addHelpText('after', EXAMPLES)
    .action(
      action(async session => {
        const narrator = new Narrator({ quiet: session.json })
        if (!session.json) process.stdout.write(`\n${bold('The OMG Network, in seven steps')}\n`)
        await onStage(session, async stage => {
          const cast = await withProgress('giving four new people test money', () => gatherCast(stage))
          await deposits(cast, narrator)
          await payments(cast, narrator)
          await merge(cast, narrator)
          const bob = await honestExit(cast, narrator)
          const inFlight = await inFlightExit(cast, narrator)
          await theft(cast, narrator)
          await payOut(cast, [bob, ...inFlight], narrator)
        })
        return { json: { steps: narrator.deeds }, text: narrator.summary() }
      }),
    )
}

/** The running network, or one of the demo's own on free ports in a temporary folder. */
async function onStage(session: Session, play: (stage: Stage) => Promise<void>): Promise<void> {
  const { running, data } = session
  if (running !== undefined) {
    return play({ ...running, deployment: decodeDeployment(readFileSync(deploymentFile(data), 'utf8')) })
  }
  if (!session.json) process.stdout.write(`${dim('No network runs here, so the demo brings up its own.')}\n`)
  const folder = mkdtempSync(join(tmpdir(), 'omg-demo-'))
  // Its programs hang on this process and end with it, however it ends.
  process.once('SIGINT', () => process.exit(EXIT.interrupted))
  try {
    const network = await withProgress('starting', say =>
      startNetwork({ data: folder, ports: { ethereum: 0, node: 0, watcher: 0 }, say, tell: say }),
    )
    try {
      await play(network)
    } finally {
      await withProgress('stopping', () => network.stop())
    }
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}
