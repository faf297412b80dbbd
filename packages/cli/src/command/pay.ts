import { type Command, Option } from 'commander'
import { action } from '../action.ts'
import { addressOf, describeToken, openClient, tokenNamed } from '../client.ts'
import { formatAmount, parseUnits } from '../terminal/amount.ts'
import { withProgress } from '../terminal/progress.ts'

const EXAMPLES = `
By default only coins that are in a checkpoint on Ethereum are spent, so that the payment can always leave through an
in-flight exit. With --fast it also spends coins that are seconds old, and relies on the validators until they are.

Examples:
  $ omg pay bob 1.5 ETH
  $ omg pay 0x70997970c51812dc3a010c7d01b50e0d17dc79c8 20 TUSD --memo lunch
  $ omg pay bob 1 ETH --until committed --account carol`

interface Options {
  memo?: string
  fast?: boolean
  until: 'sent' | 'included' | 'checkpointed' | 'committed'
}

export function payCommand(program: Command): void {
  program
    .command('pay <to> <amount> <token>')
    .description('pay somebody on the network')
    .option('--memo <text>', 'at most 32 bytes, public')
    .option('--fast', 'spend coins that are not in a checkpoint yet, too')
    .addOption(
      new Option('--until <state>', 'wait until it is this far')
        .choices(['sent', 'included', 'checkpointed', 'committed'])
        .default('included'),
    )
    .addHelpText('after', EXAMPLES)
    .action(
      action<Options>(async (session, { memo, fast, until }, [recipient = '', text = '', tokenName = '']) => {
        const to = addressOf(session, recipient)
        const client = await openClient(session, { key: true })
        const token = await tokenNamed(client, tokenName)
        const amount = parseUnits(text, token)
        const { payment, receipt } = await withProgress(
          `paying ${formatAmount(amount, token)}`,
          async say => {
            const sent = await client.pay({
              to,
              token: token.address,
              amount,
              finality: fast ? 'fast' : 'committed',
              ...(memo !== undefined && { memo }),
            })
            if (until === 'sent') return { payment: sent, receipt: undefined }
            say(`waiting until the payment is ${until}`)
            return { payment: sent, receipt: await client.waitForReceipt({ hash: sent.hash, until }) }
          },
        )
        const fee = formatAmount(payment.fee.amount, await describeToken(client, payment.fee.token))
        const state = receipt ? `${receipt.status} in block ${receipt.height}` : 'sent'
        return {
          json: { ...payment, status: receipt?.status ?? 'sent', height: receipt?.height },
          text: `${formatAmount(amount, token)} paid to ${to} (fee ${fee}): ${state}\npayment ${payment.hash}`,
        }
      }),
    )
}
