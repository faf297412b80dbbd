import { delegate, getStake, redelegate, undelegate } from '@omg/rootchain'
import type { Command } from 'commander'
import { type Answer, action } from '../action.ts'
import { addressOf } from '../client.ts'
import { cliError } from '../error.ts'
import type { Session } from '../session.ts'
import { omg, omgFrom, openStake, partOf, poolOf, requireBalance, whenItCounts } from '../stake/network.ts'
import { formatSeconds } from '../terminal/duration.ts'
import { withProgress } from '../terminal/progress.ts'
import { leftAnswer } from './stake.ts'

const EXAMPLES = `
A validator is an account: a name or an address; omg validators lists them. Delegated OMG earns with the validator and loses with her.

Examples:
  $ omg delegate 500 0x...
  $ omg redelegate 200 0x... 0x...     from one validator to another
  $ omg undelegate all 0x...
  $ omg stake                          what you have, and what is on its way out`

export function delegateCommand(program: Command): void {
  program
    .command('delegate <amount> <validator>')
    .description('put OMG behind a validator')
    .addHelpText('after', EXAMPLES)
    .action(action(put))
}

export function redelegateCommand(program: Command): void {
  program
    .command('redelegate <amount> <from> <to>')
    .description('move OMG, or all of it, from one validator to another')
    .addHelpText('after', EXAMPLES)
    .action(action(move))
}

export function undelegateCommand(program: Command): void {
  program
    .command('undelegate <amount> <validator>')
    .description('take OMG, or all of it, away from a validator')
    .addHelpText('after', EXAMPLES)
    .action(action(take))
}

async function put(session: Session, _: object, [text = '', name = '']: string[]): Promise<Answer> {
  const amount = omgFrom(text)
  const validator = addressOf(session, name)
  const { rootChain, own } = await openStake(session, { key: true })
  const { sender } = rootChain
  if (!sender) throw cliError('account.unknown', 'stake is sent by an account')
  await poolOf(rootChain, validator)
  await requireBalance(rootChain, own(), amount)
  const { transactionHash } = await withProgress(`delegating ${omg(amount)}`, () =>
    delegate({ ...rootChain, sender }, { validator, amount }),
  )
  const stake = await getStake(rootChain, { validator, delegator: own() })
  return {
    json: { validator, amount, stake, transactionHash },
    text: `${omg(amount)} delegated to ${validator}, where you have ${omg(stake.amount)}\n${await whenItCounts(rootChain)}`,
  }
}

async function move(
  session: Session,
  _: object,
  [text = '', first = '', second = '']: string[],
): Promise<Answer> {
  const [from, to] = [addressOf(session, first), addressOf(session, second)]
  const { rootChain, own } = await openStake(session, { key: true })
  await poolOf(rootChain, to)
  const shares = await partOf(rootChain, { validator: from, delegator: own(), text })
  const { transactionHash } = await withProgress('moving stake', () =>
    redelegate(rootChain, { from, to, shares }),
  )
  const stake = await getStake(rootChain, { validator: to, delegator: own() })
  const delay = formatSeconds(rootChain.deployment.parameters.unbondingDelay)
  return {
    json: { from, to, shares, stake, transactionHash },
    text: `You have ${omg(stake.amount)} with ${to} now\n${await whenItCounts(rootChain)}\nUntil ${delay} after that it answers for both, and moves no further`,
  }
}

async function take(session: Session, _: object, [text = '', name = '']: string[]): Promise<Answer> {
  const validator = addressOf(session, name)
  const { rootChain, own } = await openStake(session, { key: true })
  const shares = await partOf(rootChain, { validator, delegator: own(), text })
  const started = await withProgress('undelegating', () => undelegate(rootChain, { validator, shares }))
  return leftAnswer(rootChain, started)
}
