import type { Address } from '@omg/protocol'
import { claimRewards, getEarned, type RootChain, rewardsAbi, type StakeEvent } from '@omg/rootchain'
import type { Command } from 'commander'
import { type Answer, action } from '../action.ts'
import { ownerOf } from '../client.ts'
import { cliError } from '../error.ts'
import type { Session } from '../session.ts'
import { openStake, stakeEvents, tokensOf } from '../stake/network.ts'
import { formatAmount, type Token } from '../terminal/amount.ts'
import { withProgress } from '../terminal/progress.ts'
import { table } from '../terminal/table.ts'
import { collectCommands } from './collect.ts'

const EXAMPLES = `
Fees of the chain become rewards when they have been exited to Ethereum and divided, 7 to 14 days later on mainnet (docs/staking.md).

Examples:
  $ omg rewards
  $ omg rewards --of bob
  $ omg rewards claim
  $ omg rewards sets                            the fees of each validator set
  $ omg rewards collect, omg rewards divide     what omg keeper does: anybody may`

export function rewardsCommand(program: Command): void {
  const rewards = program
    .command('rewards')
    .description('what your stake has earned')
    .option('--of <account>', 'whose stake; default your own')
    .addHelpText('after', EXAMPLES)
    .action(action<{ of?: string }>(show))
  rewards
    .command('claim')
    .description('have everything paid that your stake has earned')
    .addHelpText('after', EXAMPLES)
    .action(action(claim))
  collectCommands(rewards)
}

interface Due {
  readonly validator: Address
  readonly token: Token
  readonly amount: bigint
}

async function show(session: Session, { of }: { of?: string }): Promise<Answer> {
  const delegator = ownerOf(session, of)
  const { rootChain } = await openStake(session, { key: false })
  const due = await withProgress('reading rewards on Ethereum', () => dueTo(rootChain, delegator))
  const upTo = await Promise.all(
    tokensOf(rootChain).map(async ({ address, symbol }) => ({
      symbol,
      set: await rootChain.ethereum.readContract({
        ...{ address: rootChain.deployment.rewards, abi: rewardsAbi },
        ...{ functionName: 'dividedUpTo', args: [address] },
      }),
    })),
  )
  const rows = due.map(({ validator, token, amount }) => [validator, formatAmount(amount, token)])
  const divided = upTo.map(({ symbol, set }) =>
    set === 0n ? `${symbol}: none yet` : `${symbol}: set ${set}`,
  )
  const text = [
    rows.length === 0 ? 'Nothing to claim.' : table(['with', { title: 'earned', align: 'right' }], rows),
    `divided up to ${divided.join(', ')}`,
  ]
  return { json: { delegator, due, divided: upTo }, text: text.join('\n') }
}

async function claim(session: Session): Promise<Answer> {
  const { rootChain, own } = await openStake(session, { key: true })
  const due = await dueTo(rootChain, own())
  if (due.length === 0) throw cliError('stake.waiting', 'there is nothing to claim')
  const paid = await withProgress('claiming rewards', async () => {
    const claimed: Due[] = []
    for (const { validator, token } of due) {
      const amount = await claimRewards(rootChain, { validator, token: token.address })
      claimed.push({ validator, token, amount })
    }
    return claimed
  })
  const lines = paid.map(({ validator, token, amount }) => `${formatAmount(amount, token)} of ${validator}`)
  return { json: { claimed: paid }, text: `paid to ${own()}:\n${lines.join('\n')}` }
}

/** What is unclaimed, with every validator that somebody ever was with. */
async function dueTo(rootChain: RootChain, delegator: Address): Promise<Due[]> {
  const validators = validatorsOf(delegator, await stakeEvents(rootChain))
  const all = validators.flatMap(validator => tokensOf(rootChain).map(token => ({ validator, token })))
  const due = await Promise.all(
    all.map(async ({ validator, token }) => {
      return {
        validator,
        token,
        amount: await getEarned(rootChain, { validator, delegator, token: token.address }),
      }
    }),
  )
  return due.filter(({ amount }) => amount > 0n)
}

/** Also those that she has left: their old sets may be divided yet. */
function validatorsOf(delegator: Address, events: readonly StakeEvent[]): Address[] {
  const found = new Set<string>()
  for (const { eventName, args } of events) {
    if (eventName === 'Delegated' && args.delegator.toLowerCase() === delegator) found.add(args.validator)
    if (eventName === 'Redelegated' && args.delegator.toLowerCase() === delegator) found.add(args.to)
  }
  return [...found].map(each => each.toLowerCase() as Address)
}
