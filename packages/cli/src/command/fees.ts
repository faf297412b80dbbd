import { failureOf, setFeePreference } from '@omg/rootchain'
import type { Fees, FeeToken, OmgClient } from '@omg/sdk'
import { type FeeSchedule, TIERS } from '@omg/stake'
import type { Command } from 'commander'
import { type Answer, action } from '../action.ts'
import { openClient, ownerOf } from '../client.ts'
import { cliError } from '../error.ts'
import type { Session } from '../session.ts'
import { omg } from '../stake/network.ts'
import { type OwnVote, ownVote } from '../stake/vote.ts'
import { type Wish, wishedFees } from '../stake/wish.ts'
import { formatUnits } from '../terminal/amount.ts'
import { withProgress } from '../terminal/progress.ts'
import { table } from '../terminal/table.ts'

const EXAMPLES = `
Fees are the stake-weighted median of what validators and delegators prefer; each epoch takes them one bounded step towards it, and
full blocks make them dearer for a while (docs/fees.md). What a vote does not name stays as you voted before, and as it is now in a first vote.

Examples:
  $ omg fees                           what they are, and your vote
  $ omg fees vote --payment ETH=0.000002 --maker guarded=0.02 --taker guarded=0.05 --account alice
  $ omg fees clear --account alice`

export function feesCommand(program: Command): void {
  const fees = program
    .command('fees')
    .description('what payments and trades cost, what the stakers vote, and your own vote')
    .option('--of <account>', 'whose vote to show; default your own')
    .addHelpText('after', EXAMPLES)
    .action(action<{ of?: string }>(show))
  fees
    .command('vote')
    .description('say on Ethereum what the fees should be; counts with your stake in every epoch')
    .option('--payment <token=amount...>', 'least fee of a signature of a payment')
    .option('--item <token=amount...>', 'the same where an item moves')
    .option('--maker <class=percent...>', 'trading fee of orders that waited: bonded, guarded or safe')
    .option('--taker <class=percent...>', 'trading fee of other orders')
    .option('--steps <count>', 'steps of instructions of an owner in a block')
    .option('--units-per-step <count>', 'lane units of live orders that allow one step more')
    .option('--cancels <count>', 'steps that take orders back')
    .option('--accept <tokens...>', 'the tokens in which fees of payments may be paid')
    .addHelpText('after', EXAMPLES)
    .action(action<Wish>(vote))
  fees
    .command('clear')
    .description('say nothing any more: follow your validator')
    .addHelpText('after', EXAMPLES)
    .action(action(clear))
}

async function show(session: Session, { of }: { of?: string }): Promise<Answer> {
  const client = await openClient(session, { key: false })
  const fees = await withProgress('reading fees', () => client.getFees())
  const { feeTokens } = await client.network()
  const isNamed = of !== undefined || session.accountName !== undefined
  const own = isNamed ? await voteIfKnown(client, ownerOf(session, of)) : undefined
  const text = [
    table(
      [
        'signature of a',
        'in',
        right('due now'),
        right('voted'),
        right('next epoch'),
        right(own ? YOURS : ''),
      ],
      paymentRows(fees, feeTokens, own?.preference),
    ),
    table(['markets', 'maker / taker', 'next epoch', own ? YOURS : ''], tradeRows(fees, own?.preference)),
    summary(fees, own?.preference),
    ...(own ? [voteText(own)] : isNamed ? ['Your vote is not known: Ethereum does not answer.'] : []),
  ]
  return { json: { ...fees, own: own && jsonOf(own) }, text: text.join('\n\n') }
}

const YOURS = 'your vote'
const right = (title: string) => ({ title, align: 'right' as const })
const jsonOf = (own: OwnVote) => ({ ...own, preference: own.preference ?? null })

/** The fees are the node's to tell, and are told without Ethereum too. */
async function voteIfKnown(client: OmgClient, account: OwnVote['account']): Promise<OwnVote | undefined> {
  try {
    const rootChain = await client.rootChain()
    return await withProgress('reading votes on Ethereum', () => ownVote(rootChain, account))
  } catch (thrown) {
    const error = failureOf(thrown)
    if ((error as { code?: unknown }).code === 'ethereum.unavailable') return undefined
    throw error
  }
}

function paymentRows(fees: Fees, feeTokens: readonly FeeToken[], own: FeeSchedule | undefined): string[][] {
  return feeTokens.flatMap(({ lane, unit, symbol, decimals }) => {
    const due = fees.feeTokens.find(token => token.lane === lane)!
    const name = due.accepted ? symbol : `${symbol} (not accepted)`
    const show = (units: bigint | undefined) =>
      units === undefined ? '' : formatUnits(units * unit, decimals)
    return (['payment', 'item'] as const).map(kind => [
      kind,
      name,
      ...[due[kind], fees.voted[kind][lane], fees.nextEpoch[kind][lane]].map(show),
      own && !own.accepted[lane] ? `${show(own[kind][lane])} (not accepted)` : show(own?.[kind][lane]),
    ])
  })
}

function tradeRows(fees: Fees, own: FeeSchedule | undefined): string[][] {
  return TIERS.map((tier, i) => {
    const rates = (schedule: FeeSchedule | undefined) =>
      schedule ? `${percent(schedule.makerBps[i]!)} / ${percent(schedule.takerBps[i]!)}` : ''
    return [tier, rates(fees.voted), rates(fees.nextEpoch), rates(own)]
  })
}

function summary({ epoch, congestion, maxCongestion, voted }: Fees, own: FeeSchedule | undefined): string {
  const times = (parts: bigint) => `${formatUnits(parts, 6)} x`
  return table(
    ['', ''],
    [
      ['congestion', `${times(congestion)} what is voted, at most ${times(maxCongestion)}`],
      ['instructions', instructions(voted)],
      ...(own ? [[YOURS, instructions(own)]] : []),
      [
        'epoch',
        epoch ? `${epoch.number}, votes are counted after ${isoOf(epoch.endsAt)}` : 'fees never move',
      ],
    ],
  )
}

const instructions = ({ steps, cancels, unitsPerStep }: FeeSchedule) =>
  `${steps} steps and ${cancels} cancels an owner and block; a step more for each ${formatUnits(unitsPerStep, 0)} units of live orders`

/** What a vote weighs, or why there is none. */
function voteText({ account, preference, weight, allStake }: OwnVote): string {
  const stake = weight === 0n ? 'no stake' : `${omg(weight)} of ${omg(allStake)} that is staked`
  if (preference) return `The vote of ${account} stands, with ${stake}.`
  return weight === 0n
    ? `${account} has not voted, and has no stake to vote with.`
    : `${account} has not voted: its stake follows its validator (${stake}).`
}

async function vote(session: Session, options: Wish): Promise<Answer> {
  const client = await openClient(session, { key: true })
  const [{ voted }, { feeTokens }, rootChain] = await Promise.all([
    client.getFees(),
    client.network(),
    client.rootChain(),
  ])
  const own = await withProgress('reading votes on Ethereum', () => ownVote(rootChain, client.address()))
  const preference = wishedFees(own.preference ?? voted, options, feeTokens)
  await send(client, preference, 'voting on Ethereum')
  const counts =
    own.weight === 0n
      ? `but ${own.account} has no stake: it counts for nothing until there is some (omg delegate)`
      : `and counts with ${omg(own.weight)} of ${omg(own.allStake)} that is staked from the next epoch on`
  return {
    json: { ...preference, weight: own.weight, allStake: own.allStake },
    text: `Your preference stands, ${counts}. See: omg fees`,
  }
}

async function clear(session: Session): Promise<Answer> {
  const client = await openClient(session, { key: true })
  await send(client, undefined, 'clearing your preference on Ethereum')
  return {
    json: { cleared: true },
    text: 'You have no preference any more: your stake follows its validator.',
  }
}

async function send(client: OmgClient, preference: FeeSchedule | undefined, what: string): Promise<void> {
  const rootChain = await client.rootChain()
  const { sender } = rootChain
  if (!sender) throw cliError('account.unknown', 'a vote is sent by an account')
  await withProgress(what, () => setFeePreference({ ...rootChain, sender }, { preference }))
}

const percent = (bps: number) => `${(bps / 100).toFixed(2)} %`
const isoOf = (seconds: bigint) =>
  new Date(Number(seconds) * 1000).toISOString().slice(0, 19).replace('T', ' ')
