import { setFeePreference } from '@omg/rootchain'
import type { Fees, OmgClient } from '@omg/sdk'
import { FEE_FIELDS, type FeeSchedule, fieldsOf, scheduleOf, TIERS, type Tier } from '@omg/stake'
import { type Command, InvalidArgumentError } from 'commander'
import { type Answer, action } from '../action.ts'
import { openClient, tokenNamed } from '../client.ts'
import { cliError } from '../error.ts'
import type { Session } from '../session.ts'
import { formatUnits, parseUnits } from '../terminal/amount.ts'
import { withProgress } from '../terminal/progress.ts'
import { table } from '../terminal/table.ts'

const EXAMPLES = `
Fees are the stake-weighted median of what validators and delegators prefer; each epoch takes them one bounded step towards it, and
full blocks make them dearer for a while (docs/fees.md). What a vote does not name stays as it is now.

Examples:
  $ omg fees
  $ omg fees vote --payment ETH=0.000002 --maker guarded=0.02 --taker guarded=0.05 --account alice
  $ omg fees clear --account alice`

export function feesCommand(program: Command): void {
  const fees = program
    .command('fees')
    .description('what payments and trades cost, and what the stakers vote')
    .addHelpText('after', EXAMPLES)
    .action(action(show))
  fees
    .command('vote')
    .description('say on Ethereum what the fees should be; counts with your stake in every epoch')
    .option('--payment <token=amount...>', 'least fee of a signature of a payment')
    .option('--item <token=amount...>', 'the same where an item moves')
    .option('--maker <class=percent...>', 'trading fee of orders that waited: bonded, guarded or safe')
    .option('--taker <class=percent...>', 'trading fee of other orders')
    .option('--steps <count>', 'steps of instructions of an owner in a block', whole)
    .option('--cancels <count>', 'steps that take orders back', whole)
    .option('--accept <tokens...>', 'the tokens in which fees of payments may be paid')
    .addHelpText('after', EXAMPLES)
    .action(action<VoteOptions>(vote))
  fees
    .command('clear')
    .description('say nothing any more: follow your validator')
    .addHelpText('after', EXAMPLES)
    .action(action(clear))
}

async function show(session: Session): Promise<Answer> {
  const client = await openClient(session, { key: false })
  const fees = await withProgress('reading fees', () => client.getFees())
  const { feeTokens } = await client.network()
  const right = (title: string) => ({ title, align: 'right' as const })
  const payments = feeTokens.flatMap(({ lane, unit, symbol, decimals }) => {
    const due = fees.feeTokens.find(token => token.lane === lane)!
    const name = due.accepted ? symbol : `${symbol} (not accepted)`
    return (['payment', 'item'] as const).map(kind => [
      kind,
      name,
      ...[due[kind], fees.voted[kind][lane]!, fees.nextEpoch[kind][lane]!].map(units =>
        formatUnits(units * unit, decimals),
      ),
    ])
  })
  const trades = TIERS.map((tier, i) => {
    const rates = ({ makerBps, takerBps }: FeeSchedule) =>
      `${percent(makerBps[i]!)} / ${percent(takerBps[i]!)}`
    return [tier, rates(fees.voted), rates(fees.nextEpoch)]
  })
  const text = [
    table(['signature of a', 'in', right('due now'), right('voted'), right('next epoch')], payments),
    table(['markets', 'maker / taker', 'next epoch'], trades),
    summary(fees),
  ]
  return { json: fees, text: text.join('\n\n') }
}

function summary({ epoch, congestion, maxCongestion, voted }: Fees): string {
  const times = (parts: bigint) => `${formatUnits(parts, 6)} x`
  return table(
    ['', ''],
    [
      ['congestion', `${times(congestion)} what is voted, at most ${times(maxCongestion)}`],
      ['instructions', `${voted.steps} steps and ${voted.cancels} cancels an owner and block`],
      [
        'epoch',
        epoch ? `${epoch.number}, votes are counted after ${isoOf(epoch.endsAt)}` : 'fees never move',
      ],
    ],
  )
}

interface VoteOptions {
  payment?: string[]
  item?: string[]
  maker?: string[]
  taker?: string[]
  steps?: number
  cancels?: number
  accept?: string[]
}

async function vote(session: Session, options: VoteOptions): Promise<Answer> {
  const client = await openClient(session, { key: true })
  const { voted } = await client.getFees()
  const { steps = voted.steps, cancels = voted.cancels } = options
  const preference = inRange({
    payment: await laneFees(client, voted.payment, options.payment),
    item: await laneFees(client, voted.item, options.item),
    makerBps: rates(voted.makerBps, options.maker),
    takerBps: rates(voted.takerBps, options.taker),
    accepted: options.accept ? await lanesOf(client, options.accept) : voted.accepted,
    ...{ steps, cancels, unitsPerStep: voted.unitsPerStep },
  })
  await send(client, preference, 'voting on Ethereum')
  return {
    json: preference,
    text: 'Your preference stands. It counts with your stake from the next epoch on; see: omg fees',
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

/** What is voted now may lie outside of what somebody may vote for: a chain begins with any fees. */
function inRange(wanted: FeeSchedule): FeeSchedule {
  const fields = fieldsOf(wanted).map((value, i) => {
    const { minimum, maximum } = FEE_FIELDS[i]!
    if (value < minimum) return minimum
    if (value > maximum) return maximum
    return value
  })
  return scheduleOf(fields, wanted.accepted)
}

async function laneFees(client: OmgClient, now: readonly bigint[], given: readonly string[] = []) {
  const fees = [...now]
  for (const [name, amount] of given.map(pairOf)) {
    const { lane, unit, token } = await feeToken(client, name)
    const wei = parseUnits(amount, token)
    if (wei % unit !== 0n) {
      throw cliError(
        'amount.invalid',
        `fees in ${token.symbol} are multiples of ${formatUnits(unit, token.decimals)}`,
      )
    }
    fees[lane] = wei / unit
  }
  return fees
}

async function lanesOf(client: OmgClient, names: readonly string[]): Promise<boolean[]> {
  const lanes = await Promise.all(names.map(name => feeToken(client, name)))
  return [0, 1, 2, 3].map(lane => lanes.some(token => token.lane === lane))
}

async function feeToken(client: OmgClient, name: string) {
  const token = await tokenNamed(client, name)
  const { feeTokens } = await client.network()
  const known = feeTokens.find(each => each.token === token.address)
  if (known === undefined) throw cliError('amount.token', `${name} has no fee lane`)
  return { lane: known.lane, unit: known.unit, token }
}

function rates(now: readonly number[], given: readonly string[] = []): number[] {
  const bps = [...now]
  for (const [tier, rate] of given.map(pairOf)) {
    const place = TIERS.indexOf(tier as Tier)
    const match = /^(\d)(?:\.(\d{1,2}))?$/.exec(rate)
    if (place < 0 || !match) {
      throw cliError('amount.invalid', `"${tier}=${rate}" is no class with a percentage like guarded=0.05`)
    }
    bps[place] = 100 * Number(match[1]) + Number((match[2] ?? '').padEnd(2, '0'))
  }
  return bps
}

function pairOf(text: string): [string, string] {
  const [name = '', value = ''] = text.split('=')
  return [name, value]
}

function whole(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('a whole number is needed')
  return Number(text)
}

const percent = (bps: number) => `${(bps / 100).toFixed(2)} %`
const isoOf = (seconds: bigint) =>
  new Date(Number(seconds) * 1000).toISOString().slice(0, 19).replace('T', ' ')
