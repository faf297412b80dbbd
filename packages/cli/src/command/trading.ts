import { type Command, InvalidArgumentError } from 'commander'
import { type Answer, action } from '../action.ts'
import { describeToken, openClient, ownerOf, tokenNamed } from '../client.ts'
import type { Session } from '../session.ts'
import { formatAmount, parseUnits } from '../terminal/amount.ts'
import { withProgress } from '../terminal/progress.ts'
import { table } from '../terminal/table.ts'

const EXAMPLES = `
A trading balance pays for orders without a fee and without waiting for a payment. One order takes whole parts of it: open it in
several parts to place several orders at once.

Examples:
  $ omg trading open 2 ETH --parts 4
  $ omg trading list
  $ omg trading close ETH`

export function tradingCommand(program: Command): void {
  const trading = program
    .command('trading')
    .description('the balances that orders are placed from')
    .addHelpText('after', EXAMPLES)
  trading
    .command('open <amount> <token>')
    .description('move coins into the trading balance')
    .option('--parts <count>', 'outputs that it is made of, 1 to 14', partsOf, 1)
    .option('--fast', 'of coins that are not in a checkpoint yet, too')
    .action(action(open))
  trading
    .command('close <token>')
    .description('make coins of it again')
    .option('--fast', 'of what is not in a checkpoint yet, too')
    .action(action(close))
  trading.command('list [account]').description('trading balances').action(action(list))
}

async function open(
  session: Session,
  { parts, fast }: { parts: number; fast?: boolean },
  [text = '', name = '']: string[],
): Promise<Answer> {
  const client = await openClient(session, { key: true })
  const token = await tokenNamed(client, name)
  const amount = parseUnits(text, token)
  const { guard, payment } = await withProgress('opening the trading balance', async () => {
    const opened = await client.openTradingBalance({
      token: token.address,
      amount,
      parts,
      finality: fast ? 'fast' : 'committed',
    })
    await client.waitForReceipt({ hash: opened.payment.hash })
    return opened
  })
  return {
    json: { guard, payment: payment.hash, token: token.address, amount },
    text: `${formatAmount(amount, token)} to trade with\npayment ${payment.hash}`,
  }
}

async function close(session: Session, { fast }: { fast?: boolean }, [name = '']: string[]): Promise<Answer> {
  const client = await openClient(session, { key: true })
  const token = await tokenNamed(client, name)
  const closed = await withProgress('closing the trading balance', async () => {
    const sent = await client.closeTradingBalance({
      token: token.address,
      finality: fast ? 'fast' : 'committed',
    })
    await client.waitForReceipt({ hash: sent.payment.hash })
    return sent
  })
  const left = closed.left > 0n ? `, ${formatAmount(closed.left, token)} left: close it again` : ''
  return {
    json: { payment: closed.payment.hash, amount: closed.amount, left: closed.left },
    text: `${formatAmount(closed.amount, token)} are coins again${left}\npayment ${closed.payment.hash}`,
  }
}

async function list(session: Session, _: object, [account]: string[]): Promise<Answer> {
  const client = await openClient(session, { key: false })
  const balances = await client.getTradingBalances({ owner: ownerOf(session, account) })
  const rows: string[][] = []
  for (const { token, amount, outputs, terms } of balances) {
    const agent = BigInt(terms.agent) === 0n ? '' : terms.agent
    rows.push([formatAmount(amount, await describeToken(client, token)), String(outputs.length), agent])
  }
  const columns = [
    { title: 'to trade with', align: 'right' as const },
    { title: 'parts', align: 'right' as const },
    'agent',
  ]
  return { json: { balances }, text: rows.length > 0 ? table(columns, rows) : 'No trading balance.' }
}

function partsOf(text: string): number {
  const parts = Number(text)
  if (!Number.isInteger(parts) || parts < 1 || parts > 14) throw new InvalidArgumentError('1 to 14')
  return parts
}
