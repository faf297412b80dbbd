import {
  concludeDowntime,
  DOWNTIME,
  getDowntimeReport,
  getLastCheckpoint,
  getParticipation,
  getStandings,
  getValidatorSet,
  joinValidators,
  publishValidatorSet,
  type RootChain,
  reportDowntime,
  type StakePool,
  unjail,
  type ValidatorStanding,
} from '@omg/rootchain'
import type { Command } from 'commander'
import { type Answer, action } from '../action.ts'
import { addressOf, openClient } from '../client.ts'
import { cliError } from '../error.ts'
import type { Session } from '../session.ts'
import { nextSetIn, omg, openStake, poolOf, stakeEvents, whenItCounts } from '../stake/network.ts'
import { formatSeconds } from '../terminal/duration.ts'
import { withProgress } from '../terminal/progress.ts'
import { bad, good, warn } from '../terminal/style.ts'
import { table } from '../terminal/table.ts'

/** Checkpoints that are looked at for participation. */
const LOOKED_AT = 50

const EXAMPLES = `
Active validators sign now and in the next set; joining and leaving ones have changed since the current set was published.
Signed: of the last checkpoints on Ethereum. Voted: for the last blocks, in time to be in their commits, as the node has seen.

Examples:
  $ omg validators
  $ omg validators publish             the next set, from the stake as it is; anybody may, once an epoch
  $ omg validators join 0x...          let a displaced validator stand again
  $ omg validators report 0x...        of the last 64 checkpoints she signed fewer than 4: she has time to answer, then jail
  $ omg unjail --account val           end your jail, after its term`

export function validatorsCommand(program: Command): void {
  const validators = program
    .command('validators')
    .description('who signs, with which stake and commission, and how reliably')
    .addHelpText('after', EXAMPLES)
    .action(action(show))
  validators
    .command('publish')
    .description('publish the validator set that follows from the stake as it is')
    .addHelpText('after', EXAMPLES)
    .action(action(publish))
  validators
    .command('join <validator>')
    .description('put a validator among those of whom the next set is made')
    .addHelpText('after', EXAMPLES)
    .action(action(join))
  validators
    .command('report <validator>')
    .description('report one who signs almost no checkpoint; after her time to answer, have her jailed')
    .addHelpText('after', EXAMPLES)
    .action(action(report))
}

export function unjailCommand(program: Command): void {
  program
    .command('unjail')
    .description('end your jail as a validator, after its term')
    .addHelpText('after', EXAMPLES)
    .action(action(leaveJail))
}

const PAINT = { active: good, joining: warn, leaving: warn, jailed: bad, waiting: warn } as const

async function show(session: Session): Promise<Answer> {
  const { rootChain } = await openStake(session, { key: false })
  const [validators, participation, votes, set, wait, { timestamp }] = await withProgress(
    'reading validators on Ethereum',
    async () =>
      Promise.all([
        getStandings(rootChain, { events: await stakeEvents(rootChain) }),
        getParticipation(rootChain, { last: LOOKED_AT }),
        votesOf(session),
        getValidatorSet(rootChain),
        nextSetIn(rootChain),
        rootChain.ethereum.getBlock(),
      ]),
  )
  const facts = validators.map(each => {
    const signed = participation.get(each.signer)
    const voted = votes.get(each.signer.toLowerCase())
    return { ...each, participation: signed ?? { signed: 0, of: 0 }, votes: voted ?? { voted: 0, of: 0 } }
  })
  const right = (title: string) => ({ title, align: 'right' as const })
  const rows = facts.map(each => [
    each.validator,
    PAINT[each.state](each.state),
    omg(each.power),
    omg(each.tokens),
    omg(each.own),
    `${(each.commissionBps / 100).toFixed(2)} %`,
    each.participation.of === 0 ? '-' : `${each.participation.signed} of ${each.participation.of}`,
    each.votes.of === 0 ? '-' : `${each.votes.voted} of ${each.votes.of}`,
    noteOf(each, timestamp),
  ])
  const titles = [
    'validator',
    'state',
    right('power'),
    right('stake'),
    right('own bond'),
    right('commission'),
  ]
  const text = [
    table([...titles, right('signed'), right('voted'), ''], rows),
    `set ${set?.id ?? 0}; the next one can be published ${wait === 0n ? 'now' : `in ${formatSeconds(wait)}`}`,
  ]
  return { json: { set: set?.id, nextSetIn: wait, validators: facts }, text: text.join('\n\n') }
}

/** Who voted for the newest blocks, by signing key, as the node counts them; nothing where it does not answer. */
async function votesOf(session: Session): Promise<Map<string, { voted: number; of: number }>> {
  const client = await openClient(session, { key: false })
  const known = await client.node.request('omg_getValidators', {}).catch(() => undefined)
  const { validators = [] } = (known ?? {}) as {
    validators?: readonly { address: string; voted: number; commits: number }[]
  }
  return new Map(validators.map(({ address, voted, commits }) => [address, { voted, of: commits }]))
}

function noteOf({ jailedUntil, description }: ValidatorStanding, now: bigint): string {
  if (jailedUntil === 0n) return printable(description)
  return jailedUntil > now ? `jailed for ${formatSeconds(jailedUntil - now)}` : 'may leave jail: omg unjail'
}

/** Anybody writes a description: no line breaks, and nothing that a terminal obeys. */
const printable = (text: string) => text.replaceAll(/[\p{Cc}\p{Cf}]/gu, ' ').slice(0, MAX_NOTE)
const MAX_NOTE = 60

async function publish(session: Session): Promise<Answer> {
  const { rootChain } = await openStake(session, { key: true })
  const { transactionHash } = await withProgress('publishing the next validator set', () =>
    publishValidatorSet(rootChain),
  )
  const set = await getValidatorSet(rootChain)
  const power = set?.validators.reduce((sum, { bond }) => sum + bond, 0n) ?? 0n
  return {
    json: { ...set, transactionHash },
    text: `set ${set?.id}: ${set?.validators.length} validators with ${omg(power)}`,
  }
}

async function join(session: Session, _: object, [name = '']: string[]): Promise<Answer> {
  const validator = addressOf(session, name)
  const { rootChain } = await openStake(session, { key: true })
  const { transactionHash } = await withProgress('joining', () => joinValidators(rootChain, { validator }))
  return {
    json: { validator, transactionHash },
    text: `${validator} stands again\n${await whenItCounts(rootChain)}`,
  }
}

/** The first call reports, one after the time to answer concludes. */
async function report(session: Session, _: object, [name = '']: string[]): Promise<Answer> {
  const { rootChain } = await openStake(session, { key: true })
  const { validator, signer } = await poolOf(rootChain, addressOf(session, name))
  const open = await getDowntimeReport(rootChain, { signer })
  if (open === undefined) return reportNow(rootChain, { validator, signer })
  const { timestamp } = await rootChain.ethereum.getBlock()
  if (timestamp <= open.answerBy) {
    const wait = formatSeconds(open.answerBy - timestamp + 1n)
    throw cliError('stake.waiting', `${validator} is reported, and may answer for another ${wait}`)
  }
  const { transactionHash } = await withProgress('concluding the report', () =>
    concludeDowntime(rootChain, { signer }),
  )
  const { jailedUntil } = await poolOf(rootChain, validator)
  return {
    json: { validator, signer, jailedUntil, transactionHash },
    text:
      jailedUntil > 0n
        ? `${validator} is jailed\n${await whenItCounts(rootChain)}`
        : `${validator} has shown her signatures; the report is dropped`,
  }
}

async function reportNow(
  rootChain: RootChain,
  { validator, signer }: Pick<StakePool, 'validator' | 'signer'>,
): Promise<Answer> {
  const last = await getLastCheckpoint(rootChain)
  if (last < DOWNTIME.window) {
    throw cliError('stake.waiting', `a report is about ${DOWNTIME.window} checkpoints, and there are ${last}`)
  }
  const from = last - DOWNTIME.window + 1n
  const { transactionHash } = await withProgress('reporting', () =>
    reportDowntime(rootChain, { signer, from }),
  )
  const found = await getDowntimeReport(rootChain, { signer })
  return {
    json: { validator, signer, ...found, transactionHash },
    text: `${validator} is reported; when her time to answer is over, the same command has her jailed`,
  }
}

async function leaveJail(session: Session): Promise<Answer> {
  const { rootChain, own } = await openStake(session, { key: true })
  const { transactionHash } = await withProgress('leaving jail', () => unjail(rootChain))
  return {
    json: { validator: own(), transactionHash },
    text: `${own()} is out of jail\n${await whenItCounts(rootChain)}`,
  }
}
