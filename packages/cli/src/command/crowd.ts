import { readFileSync } from 'node:fs'
import { decodeDeployment } from '@omg/rootchain'
import { type Command, InvalidArgumentError } from 'commander'
import { action } from '../action.ts'
import { runCrowd } from '../crowd/crowd.ts'
import { deploymentFile } from '../devnet/record.ts'
import { cliError } from '../error.ts'
import { untilSignal } from '../terminal/signals.ts'

const EXAMPLES = `
Makers, takers, an arbitrageur and a payer with test money trade on the markets of the devnet of this folder, until Ctrl-C. The same seed
gives the same prices. omg up runs a crowd by itself, unless it is told to be --quiet.

Examples:
  $ omg crowd
  $ omg crowd --seed 7`

export function crowdCommand(program: Command): void {
  program
    .command('crowd')
    .description('demo traders who keep the markets of a devnet alive')
    .option('--seed <number>', 'where its random numbers begin', seed, 1)
    .addHelpText('after', EXAMPLES)
    .action(
      action<{ seed: number }>(async ({ data, running }, options) => {
        if (running?.devnet !== true) throw cliError('network.not_running', `no devnet runs on ${data}`)
        const stopping = new AbortController()
        void untilSignal().then(() => stopping.abort())
        const deployment = decodeDeployment(readFileSync(deploymentFile(data), 'utf8'))
        const { nodeUrl, ethereumUrl } = running
        const tell = (line: string) => process.stderr.write(`${new Date().toISOString()} ${line}\n`)
        await runCrowd({ deployment, nodeUrl, ethereumUrl, seed: options.seed, tell }, stopping.signal)
        return undefined
      }),
    )
}

function seed(text: string): number {
  const number = Number(text)
  if (/^\d{1,10}$/.test(text) && number < 2 ** 32) return number
  throw new InvalidArgumentError('A seed is a number from 0 to 4294967295.')
}
