import type { Command } from 'commander'
import { action } from '../action.ts'
import { openClient, tokenNamed } from '../client.ts'
import { formatAmount } from '../terminal/amount.ts'
import { withProgress } from '../terminal/progress.ts'

const EXAMPLES = `
Examples:
  $ omg merge ETH
  $ omg merge TUSD --fast`

export function mergeCommand(program: Command): void {
  program
    .command('merge <token>')
    .description('make one coin of your smallest coins of a token (up to 16, free)')
    .option('--fast', 'also coins that are not in a checkpoint yet')
    .addHelpText('after', EXAMPLES)
    .action(
      action<{ fast?: boolean }>(async (session, { fast }, [tokenName = '']) => {
        const client = await openClient(session, { key: true })
        const token = await tokenNamed(client, tokenName)
        const payment = await withProgress(`merging coins of ${token.symbol}`, async () => {
          const sent = await client.merge({ token: token.address, finality: fast ? 'fast' : 'committed' })
          await client.waitForReceipt({ hash: sent.hash })
          return sent
        })
        const total = payment.outputs.reduce((sum, { amount }) => sum + amount, 0n)
        return {
          json: payment,
          text: `${payment.inputs.length} coins are one now: ${formatAmount(total, token)}\npayment ${payment.hash}`,
        }
      }),
    )
}
