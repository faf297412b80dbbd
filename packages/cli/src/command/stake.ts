import {
  bond,
  getStakePool,
  getStakesOf,
  type OwnUnbonding,
  type RootChain,
  type StartedUnbonding,
  unbond,
  withdrawStake,
} from '@omg/rootchain'
import type { Command } from 'commander'
import { type Answer, action } from '../action.ts'
import { ownerOf } from '../client.ts'
import { cliError } from '../error.ts'
import type { Session } from '../session.ts'
import {
  balanceOf,
  omg,
  omgFrom,
  openStake,
  requireBalance,
  stakeEvents,
  whenItCounts,
  whenItIsFree,
} from '../stake/network.ts'
import { type KeyOptions, proofOf } from '../stake/proof.ts'
import { formatSeconds } from '../terminal/duration.ts'
import { withProgress } from '../terminal/progress.ts'
import { table } from '../terminal/table.ts'

const EXAMPLES = `
Staked OMG is lost in part when the validator it stands behind signs two chains (docs/staking.md). What leaves waits.

Examples:
  $ omg stake                          what you have staked, and what is on its way out
  $ omg stake 10000 --account val      bond OMG of your own, as a validator or on top of your bond
  $ omg stake 10000 --signer checkpoints --account val
  $ omg stake 10000 --proof key.json --account val      the key proved itself elsewhere: omg validator prove
  $ omg stake withdraw                 everything whose time has come
  $ omg unstake 500 --account val`

interface StakeOptions extends KeyOptions {
  of?: string
}

export function stakeCommand(program: Command): void {
  const stake = program
    .command('stake [amount]')
    .description('show your stake, or bond OMG as a validator')
    .option('--signer <account>', 'account whose key signs checkpoints; default your own')
    .option('--proof <file>', 'the same by what "omg validator prove --json" wrote where the key is')
    .option('--of <account>', 'whose stake to show; default your own')
    .addHelpText('after', EXAMPLES)
    .action(
      action<StakeOptions>((session, options, [amount]) =>
        amount === undefined ? show(session, options) : bondOwn(session, options, amount),
      ),
    )
  stake
    .command('withdraw [id]')
    .description('pay out stake that has left and is free, all or one of it')
    .addHelpText('after', EXAMPLES)
    .action(action(withdraw))
}

export function unstakeCommand(program: Command): void {
  program
    .command('unstake <amount>')
    .description('take OMG out of your own bond as a validator')
    .addHelpText('after', EXAMPLES)
    .action(action(unstake))
}

async function show(session: Session, { of }: StakeOptions): Promise<Answer> {
  const delegator = ownerOf(session, of)
  const { rootChain } = await openStake(session, { key: false })
  const [found, balance, { timestamp }] = await withProgress('reading stake on Ethereum', async () =>
    Promise.all([
      getStakesOf(rootChain, { delegator, events: await stakeEvents(rootChain) }),
      balanceOf(rootChain, delegator),
      rootChain.ethereum.getBlock(),
    ]),
  )
  const right = (title: string) => ({ title, align: 'right' as const })
  const stakes = found.stakes.map(({ validator, amount, moved }) => [
    validator === delegator ? `${validator} (own bond)` : validator,
    omg(amount),
    moved ? `came from ${moved.from}, moves on ${timeLeft(moved.freeAt, timestamp)}` : '',
  ])
  const leaving = found.unbondings.map(({ unbondingId, validator, amount, withdrawableAt }) => [
    `${unbondingId}`,
    validator,
    omg(amount),
    timeLeft(withdrawableAt, timestamp),
  ])
  const text = [
    `${omg(balance)} on Ethereum, not staked`,
    stakes.length === 0 ? 'Nothing is staked.' : table(['with', right('worth'), ''], stakes),
    ...(leaving.length > 0 ? [table(['leaving', 'from', right('worth'), 'free'], leaving)] : []),
  ]
  return { json: { delegator, balance, ...found }, text: text.join('\n\n') }
}

function timeLeft(at: bigint | undefined, now: bigint): string {
  if (at === undefined) return 'after the next validator set'
  return at > now ? `in ${formatSeconds(at - now)}` : 'now'
}

async function bondOwn(session: Session, options: StakeOptions, text: string): Promise<Answer> {
  const amount = omgFrom(text)
  const { rootChain, own } = await openStake(session, { key: true })
  const sender = senderOf(rootChain)
  const validator = own()
  const known = await getStakePool(rootChain, { validator })
  const key = await proofOf(session, options, validator, rootChain.deployment)
  const isNamed = options.signer !== undefined || options.proof !== undefined
  if (isNamed && known && known.signer !== key.signer)
    throw cliError(
      'request.argument',
      `${validator} signs with ${known.signer} already; omg validator rotate changes it`,
    )
  await requireBalance(rootChain, validator, amount)
  const { transactionHash } = await withProgress(`bonding ${omg(amount)}`, () =>
    bond({ ...rootChain, sender }, { amount, key }),
  )
  const pool = await getStakePool(rootChain, { validator })
  return {
    json: { ...pool, amount, transactionHash },
    text: `${omg(amount)} bonded; ${validator} has ${omg(pool?.own ?? 0n)} of its own at stake\n${await whenItCounts(rootChain)}`,
  }
}

async function unstake(session: Session, _: object, [text = '']: string[]): Promise<Answer> {
  const amount = omgFrom(text)
  const { rootChain } = await openStake(session, { key: true })
  const started = await withProgress(`unbonding ${omg(amount)}`, () => unbond(rootChain, { amount }))
  return leftAnswer(rootChain, started)
}

/** What is said when stake begins to leave. */
export async function leftAnswer(rootChain: RootChain, started: StartedUnbonding): Promise<Answer> {
  return {
    json: started,
    text: `${omg(started.amount)} leaves as ${started.unbondingId}\n${await whenItIsFree(rootChain)}`,
  }
}

async function withdraw(session: Session, _: object, [id]: string[]): Promise<Answer> {
  if (id !== undefined && !/^\d{1,20}$/.test(id)) throw cliError('request.argument', `"${id}" is no number`)
  const { rootChain, own } = await openStake(session, { key: true })
  const { unbondings } = await getStakesOf(rootChain, {
    ...{ delegator: own(), events: await stakeEvents(rootChain) },
  })
  const { timestamp } = await rootChain.ethereum.getBlock()
  const wanted = unbondings.filter(({ unbondingId }) => id === undefined || unbondingId === BigInt(id))
  const due = id === undefined ? wanted.filter(each => isFree(each, timestamp)) : wanted
  if (due.length === 0) throw cliError('stake.waiting', nothingDue(wanted, timestamp))
  await withProgress('withdrawing', async () => {
    for (const { unbondingId } of due) await withdrawStake(rootChain, { unbondingId })
  })
  const total = due.reduce((sum, { amount }) => sum + amount, 0n)
  return { json: { withdrawn: due, total }, text: `${omg(total)} withdrawn to ${own()}` }
}

const isFree = ({ withdrawableAt }: OwnUnbonding, now: bigint) =>
  withdrawableAt !== undefined && withdrawableAt <= now

function nothingDue(waiting: readonly OwnUnbonding[], now: bigint): string {
  const [first] = waiting
  if (first === undefined) return 'nothing of that is on its way out'
  return `${omg(first.amount)} can be withdrawn ${timeLeft(first.withdrawableAt, now)}`
}

function senderOf({ sender }: RootChain) {
  if (!sender) throw cliError('account.unknown', 'stake is sent by an account')
  return sender
}
