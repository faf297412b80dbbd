import type { OwnedOutput } from '@omg/sdk'
import { type Command, InvalidArgumentError } from 'commander'
import { action } from '../action.ts'
import { describeToken, openClient, ownerOf, tokenNamed } from '../client.ts'
import { formatAmount, type Token } from '../terminal/amount.ts'
import { withProgress } from '../terminal/progress.ts'
import { table } from '../terminal/table.ts'

/** Most outputs of one page; the node gives no more. */
const MAX_PAGE = 200

const EXAMPLES = `
Examples:
  $ omg outputs
  $ omg outputs bob --token TUSD
  $ omg outputs --limit 20 --cursor <cursor of the page before>`

interface Options {
  token?: string
  limit: number
  cursor?: string
}

export function outputsCommand(program: Command): void {
  program
    .command('outputs [account]')
    .description('unspent coins and items of an account, with their ids')
    .option('--token <token>', 'of one token only')
    .option('--limit <count>', `at most this many, up to ${MAX_PAGE}`, pageSize, 50)
    .option('--cursor <cursor>', 'go on after an earlier page')
    .addHelpText('after', EXAMPLES)
    .action(
      action<Options>(async (session, options, [named]) => {
        const client = await openClient(session, { key: false })
        const token = options.token === undefined ? undefined : await tokenNamed(client, options.token)
        const { outputs, cursor } = await withProgress('reading outputs', () =>
          client.getOutputs({
            owner: ownerOf(session, named),
            limit: options.limit,
            ...(token && { token: token.address }),
            ...(options.cursor !== undefined && { cursor: options.cursor }),
          }),
        )
        const tokens = new Map<string, Token>()
        for (const { token: address } of outputs) {
          if (!tokens.has(address)) tokens.set(address, await describeToken(client, address))
        }
        const rows = outputs.map(output => [
          output.id,
          what(output, tokens.get(output.token)),
          output.locked ? `${output.status}, locked` : output.status,
        ])
        const more = cursor === undefined ? '' : `\n  more: --cursor ${cursor}`
        return {
          json: { outputs, cursor },
          text:
            rows.length === 0
              ? 'No outputs.'
              : table(['id', { title: 'holds', align: 'right' }, 'state'], rows) + more,
        }
      }),
    )
}

function pageSize(text: string): number {
  const count = Number(text)
  if (Number.isInteger(count) && count >= 1 && count <= MAX_PAGE) return count
  throw new InvalidArgumentError(`A page has 1 to ${MAX_PAGE} outputs.`)
}

function what({ type, amount }: OwnedOutput, token: Token | undefined): string {
  if (type === 'item') return `item ${amount} of ${token?.symbol}`
  return token === undefined ? String(amount) : formatAmount(amount, token)
}
