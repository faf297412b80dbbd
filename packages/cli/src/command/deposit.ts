import { DEPOSIT_APPROVALS, type DepositApproval } from '@omg/sdk'
import { type Command, Option } from 'commander'
import { action } from '../action.ts'
import { addressOf, openClient, tokenNamed } from '../client.ts'
import { formatAmount, parseUnits } from '../terminal/amount.ts'
import { withProgress } from '../terminal/progress.ts'

const EXAMPLES = `
Examples:
  $ omg deposit 1 ETH
  $ omg deposit 250 TUSD --to bob
  $ omg deposit 250 TUSD --approval permit     a signature instead of a transaction that approves
  $ omg deposit 0.5 ETH --no-wait     do not wait until the chain has it`

interface Options {
  to?: string
  approval: DepositApproval
  wait: boolean
}

export function depositCommand(program: Command): void {
  program
    .command('deposit <amount> <token>')
    .description('bring ether or a token from Ethereum to the network')
    .option('--to <account>', 'whose coin it becomes; default your own')
    .addOption(
      new Option('--approval <kind>', 'how the vault may take a token')
        .choices(DEPOSIT_APPROVALS)
        .default(DEPOSIT_APPROVALS[0]),
    )
    .option('--no-wait', 'return when Ethereum has the deposit')
    .addHelpText('after', EXAMPLES)
    .action(
      action<Options>(async (session, { to, approval, wait }, [text = '', tokenName = '']) => {
        const client = await openClient(session, { key: true })
        const token = await tokenNamed(client, tokenName)
        const amount = parseUnits(text, token)
        const owner = to === undefined ? client.address() : addressOf(session, to)
        const deposit = await withProgress(
          `depositing ${formatAmount(amount, token)} on Ethereum`,
          async say => {
            const made = await client.deposit({ token: token.address, amount, owner, approval })
            say('waiting until the Ethereum block is final and the chain has the coin')
            if (wait) await client.waitForOutput({ id: made.id })
            return made
          },
        )
        return {
          json: { ...deposit, token: token.address, amount, owner },
          text: `${formatAmount(amount, token)} deposited for ${owner}\ncoin ${deposit.id}${wait ? ', ready to spend' : ''}`,
        }
      }),
    )
}
