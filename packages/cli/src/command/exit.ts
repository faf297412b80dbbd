import type { OutputId, TxHash } from '@omg/protocol'
import type { ExitView } from '@omg/sdk'
import { type Command, Option } from 'commander'
import { type Answer, action } from '../action.ts'
import { describeToken, openClient, ownerOf, tokenNamed } from '../client.ts'
import { cliError } from '../error.ts'
import { ETHER, formatAmount } from '../terminal/amount.ts'
import { formatSeconds } from '../terminal/duration.ts'
import { idOf } from '../terminal/id.ts'
import { withProgress } from '../terminal/progress.ts'
import { table } from '../terminal/table.ts'
import { challengeCommands } from './challenge.ts'

const EXAMPLES = `
An exit takes a coin back to Ethereum: start it, wait, process the queue, claim the money and the bond. For a payment of
which nobody knows whether it was included: in-flight, then piggyback on what is yours in the first half of the time.

Examples:
  $ omg outputs                      ids of your coins
  $ omg exit start <output id>
  $ omg exit status
  $ omg exit process ETH
  $ omg exit claim <exit id>
  $ omg exit in-flight <payment hash>
  $ omg exit piggyback <payment hash> output 0

The exit of somebody who has spent the coin is stopped by a challenge, which earns half of its bond. Whoever copies it
from Ethereum's mempool earns that instead, unless it was announced.
  $ omg exit announce <exit id>
  $ omg exit challenge <exit id>
  $ omg exit reveal <exit id> <evidence> <salt>`

export function exitCommand(program: Command): void {
  const exit = program
    .command('exit')
    .description('take coins back to Ethereum')
    .addHelpText('after', EXAMPLES)
  exit.command('start <output>').description('start the exit of a coin or item').action(action(start))
  exit
    .command('status [exit]')
    .description('where an exit stands, or all of an account')
    .option('--owner <account>', 'of another account')
    .action(action(status))
  exit
    .command('process <token>')
    .description('process the exits of a token whose time has come')
    .addOption(new Option('--items', 'the queue of an ERC-721 token'))
    .action(action(processQueue))
  exit
    .command('claim <exit>')
    .description('send what an exit was paid, and its bond, to its owner')
    .action(action(claim))
  exit
    .command('in-flight <payment>')
    .description('start the in-flight exit of a payment')
    .action(action(startInFlight))
  exit
    .command('piggyback <payment> <side> <index>')
    .description('claim an input or output of a payment in flight; side: input or output')
    .action(action(piggyback))
  challengeCommands(exit)
}

type Work<Options = Record<string, never>> = Parameters<typeof action<Options>>[0]

const start: Work = async (session, _options, [text]) => {
  const id = idOf<OutputId>(text)
  const client = await openClient(session, { key: true })
  const quote = await client.quoteExit({ id })
  const started = await withProgress('starting the exit on Ethereum', () => client.startExit({ id }))
  const costs = `bond ${formatAmount(quote.bond, ETHER)} (comes back), about ${formatAmount(quote.gasCost, ETHER)} of gas`
  return {
    json: { ...started, quote },
    text: `Exit ${started.exitId} started, ${costs}.\nIt can be processed in ${formatSeconds(quote.duration)}: omg exit status`,
  }
}

const status: Work<{ owner?: string }> = async (session, { owner }, [text]) => {
  const client = await openClient(session, { key: false })
  const exits = await withProgress('reading exits', async () => {
    if (text === undefined) return client.getExits({ owner: ownerOf(session, owner) })
    const exit = await client.getExit({ id: idOf(text) })
    if (exit === undefined) throw cliError('request.argument', `no exit ${text} was ever started`)
    return [exit]
  })
  const rows = await Promise.all(
    exits.map(async (exit: ExitView) => {
      const token = await describeToken(client, exit.token)
      return [
        exit.id,
        exit.item ? `item ${exit.amount} of ${token.symbol}` : formatAmount(exit.amount, token),
        exit.text,
      ]
    }),
  )
  return {
    json: { exits },
    text: rows.length === 0 ? 'No exits.' : table(['exit', { title: 'of', align: 'right' }, 'state'], rows),
  }
}

const processQueue: Work<{ items?: boolean }> = async (session, { items }, [name = '']) => {
  const client = await openClient(session, { key: true })
  const token = await tokenNamed(client, name)
  const result = await withProgress(`processing the exits of ${token.symbol}`, () =>
    client.processExits({ token: token.address, ...(items && { items }) }),
  )
  const paid = result.paid.map(id => `  paid     ${id}`)
  const dropped = result.dropped.map(id => `  dropped  ${id}`)
  const none = 'No exit of this token has come of age.'
  return { json: result, text: [...paid, ...dropped].join('\n') || none }
}

const claim: Work = async (session, _options, [text]) => {
  const id = idOf(text)
  const client = await openClient(session, { key: true })
  const result = await withProgress('claiming on Ethereum', () => client.claim({ id }))
  const bond = result.bondTransactionHash ? ', and the bond came back' : ''
  return {
    json: result,
    text: `Claimed: the money is on Ethereum${bond}.\ntransaction ${result.transactionHash}`,
  }
}

const startInFlight: Work = async (session, _options, [text]) => {
  const hash = idOf<TxHash>(text)
  const client = await openClient(session, { key: true })
  const started = await withProgress('starting the in-flight exit on Ethereum', () =>
    client.startInFlightExit({ hash }),
  )
  return {
    json: started,
    text: `In-flight exit of ${started.txHash} started.\nPiggyback before ${new Date(Number(started.piggybackUntil) * 1000).toISOString()}: omg exit piggyback ${hash} output 0`,
  }
}

const piggyback: Work = async (session, _options, [text, side, index = '']): Promise<Answer> => {
  const hash = idOf<TxHash>(text)
  if (side !== 'input' && side !== 'output')
    throw cliError('request.argument', `"${side}" is neither input nor output`)
  if (!/^(0|1[0-5]|[1-9])$/.test(index))
    throw cliError('request.argument', `"${index}" is not an index from 0 to 15`)
  const client = await openClient(session, { key: true })
  const result = await withProgress('claiming on Ethereum', () =>
    client.piggyback({ hash, side, index: Number(index) }),
  )
  return { json: result, text: `Claimed ${side} ${index} of payment ${hash}.` }
}
