/** What anybody may do so that fees reach the stakers: once, by hand. omg keeper does the same again and again. */
import {
  getRewardsEvents,
  type RewardsLedger,
  type RootChain,
  rewardsLedgerOf,
  type SetIncome,
} from '@omg/rootchain'
import { type Command, InvalidArgumentError } from 'commander'
import { type Answer, action } from '../action.ts'
import { knownTokens, openClient } from '../client.ts'
import { cliError, EXIT } from '../error.ts'
import { collectCoins, takeIn } from '../keeper/collection.ts'
import { divideIncome } from '../keeper/division.ts'
import { firstUndivided } from '../keeper/keeper.ts'
import type { RewardsStep } from '../keeper/step.ts'
import type { Session } from '../session.ts'
import { openStake, tokensOf } from '../stake/network.ts'
import { ETHER, formatAmount, type Token } from '../terminal/amount.ts'
import { withProgress } from '../terminal/progress.ts'
import { table } from '../terminal/table.ts'
import { checkpoint, leastOf } from './keeper.ts'

const EXAMPLES = `
Fees are coins of the contract Rewards on the chain. collect starts their exits and takes in what earlier ones have brought; when a validator set has ended
and its coins have come in, divide divides them. Anybody may do both; the bond of an exit comes back with the next collect.

Examples:
  $ omg rewards sets                            what came in, and what became of it
  $ omg rewards collect --least TUSD=5          coins of 5 TUSD and more
  $ omg rewards divide`

export function collectCommands(rewards: Command): void {
  rewards
    .command('sets')
    .description('the fees of each validator set, and how they were divided')
    .option('--last <count>', 'of how many sets', count, 10)
    .addHelpText('after', EXAMPLES)
    .action(action<{ last: number }>(sets))
  rewards
    .command('collect')
    .description('bring the fees of the chain to Ethereum')
    .option(
      '--least <token=amount...>',
      'leave coins that are worth less; default for ETH: what collecting costs',
    )
    .option(
      '--from <checkpoint>',
      'the first checkpoint to search; default: those of sets that are not divided',
      checkpoint,
    )
    .addHelpText('after', EXAMPLES)
    .action(action<CollectOptions>(collect))
  rewards
    .command('divide')
    .description('divide what has come in among the stakers')
    .addHelpText('after', EXAMPLES)
    .action(action(divide))
}

async function ledgerOf(rootChain: RootChain): Promise<RewardsLedger> {
  const to = await rootChain.ethereum.getBlockNumber({ cacheTime: 0 })
  return rewardsLedgerOf(await getRewardsEvents(rootChain, { to }))
}

// ───────────────────────────────────────────────── looking ─────────────────────────────────────────────────

async function sets(session: Session, { last }: { last: number }): Promise<Answer> {
  const { rootChain } = await openStake(session, { key: false })
  const { open, sets: all } = await withProgress('reading rewards on Ethereum', () => ledgerOf(rootChain))
  const found = all.slice(-last)
  const tokens = tokensOf(rootChain)
  const right = (title: string) => ({ title, align: 'right' as const })
  const titles = [
    'set',
    right('fees'),
    right('to stakers'),
    right('insurance'),
    right('burnt'),
    right('carried'),
  ]
  const parts = found.flatMap(({ token, validatorSetId, division }) =>
    (division?.allotted ?? []).map(({ validator, amount }) => [
      ...[`${validatorSetId}`, validator, shown(amount, token, tokens)],
    ]),
  )
  const text = [
    found.length === 0
      ? 'Nothing has come in yet.'
      : table(
          titles,
          found.map(set => rowOf(set, tokens)),
        ),
    ...(parts.length > 0 ? [table(['set', 'validator', right('earned by the stake behind it')], parts)] : []),
    `${open.length} coins on their way`,
  ]
  return { json: { sets: found, open }, text: text.join('\n\n') }
}

function rowOf({ token, validatorSetId, income, division }: SetIncome, tokens: readonly Token[]): string[] {
  const amount = (wei: bigint) => shown(wei, token, tokens)
  if (division === undefined) return [`${validatorSetId}`, amount(income), 'not divided yet', '', '', '']
  const { stakers, insurance, burnt, carried } = division
  return [`${validatorSetId}`, ...[income, stakers, insurance, burnt, carried].map(amount)]
}

function shown(amount: bigint, address: string, tokens: readonly Token[]): string {
  const token = tokens.find(each => each.address === address)
  return token ? formatAmount(amount, token) : `${amount} of ${address}`
}

// ────────────────────────────────────────────────── doing ──────────────────────────────────────────────────

interface CollectOptions {
  least?: string[]
  from?: bigint
}

async function collect(session: Session, { least, from }: CollectOptions): Promise<Answer> {
  const client = await openClient(session, { key: true })
  const rootChain = await client.rootChain()
  const steps: RewardsStep[] = []
  const collector = {
    ...{ client, rootChain, tell: (step: RewardsStep) => void steps.push(step) },
    least: leastOf(least, await knownTokens(client)),
  }
  const open = await withProgress('collecting fees', async () => {
    const ledger = await ledgerOf(rootChain)
    await takeIn(collector, { ledger })
    let next = from ?? (await firstUndivided(rootChain, ledger))
    for (let before = 0n; next > before; ) {
      before = next
      next = await collectCoins(collector, { from: next, ledger })
    }
    return (await ledgerOf(rootChain)).open
  })
  const waiting = `${open.length} coins on their way`
  if (steps.every(({ kind }) => kind === 'left'))
    throw cliError('stake.waiting', `no fees to collect now; ${waiting}`)
  return answerOf(rootChain, steps, { open }, waiting)
}

async function divide(session: Session): Promise<Answer> {
  const { rootChain } = await openStake(session, { key: true })
  const steps: RewardsStep[] = []
  const tell = (step: RewardsStep) => void steps.push(step)
  await withProgress('dividing fees', async () =>
    divideIncome({ rootChain, tell }, { ledger: await ledgerOf(rootChain) }),
  )
  if (steps.length === 0) throw cliError('stake.waiting', 'there are no fees to divide now')
  return answerOf(rootChain, steps, {}, '')
}

function answerOf(rootChain: RootChain, steps: readonly RewardsStep[], facts: object, last: string): Answer {
  const tokens = tokensOf(rootChain)
  const failed = steps.some(({ kind }) => kind === 'failed')
  const told = steps.map(step =>
    step.kind === 'failed'
      ? { ...step, error: step.error instanceof Error ? step.error.message : String(step.error) }
      : step,
  )
  const lines = [...steps.map(step => describe(step, tokens)), ...(last === '' ? [] : [last])]
  return { json: { steps: told, ...facts }, text: lines.join('\n'), ...(failed && { exit: EXIT.failed }) }
}

/** A step in words. */
function describe(step: RewardsStep, tokens: readonly Token[]): string {
  const amount = (of: { token: string; amount: bigint }) => shown(of.amount, of.token, tokens)
  switch (step.kind) {
    case 'published':
      return `set ${step.validatorSetId} published`
    case 'collected':
      return `${amount(step)} of checkpoint ${step.checkpoint} on the way, for set ${step.validatorSetId}`
    case 'left':
      return `${amount(step)} of checkpoint ${step.checkpoint} left: less than ${shown(step.least, step.token, tokens)}`
    case 'processed':
      return `${step.paid} exits paid`
    case 'swept':
      return `${amount(step)} came in for set ${step.validatorSetId}`
    case 'bondsReturned':
      return `bonds of ${formatAmount(step.amount, ETHER)} came back`
    case 'tallied':
      return `signatures of set ${step.validatorSetId} counted, checkpoints ${step.from} to ${step.to}`
    case 'divided':
      return `${tokens.find(({ address }) => address === step.token)?.symbol ?? step.token} divided up to set ${step.upTo}`
    case 'insured':
      return `${amount(step)} paid to the insurance`
    case 'failed':
      return `not done: ${step.error instanceof Error ? step.error.message : step.error}`
  }
}

function count(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('A number from 1 to 9999 is needed.')
  return Number(text)
}
