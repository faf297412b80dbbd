import type { Command } from 'commander'
import { erc20Abi } from 'viem'
import { action } from '../action.ts'
import { describeToken, knownTokens, openClient, ownerOf } from '../client.ts'
import { ETHER, formatAmount } from '../terminal/amount.ts'
import { withProgress } from '../terminal/progress.ts'
import { table } from '../terminal/table.ts'

const EXAMPLES = `
Examples:
  $ omg balance
  $ omg balance bob
  $ omg balance 0x70997970c51812dc3a010c7d01b50e0d17dc79c8 --json`

export function balanceCommand(program: Command): void {
  program
    .command('balance [account]')
    .description('what an account has, on the network and on Ethereum')
    .addHelpText('after', EXAMPLES)
    .action(
      action(async (session, _options, [named]) => {
        const client = await openClient(session, { key: false })
        const owner = ownerOf(session, named)
        const balances = await withProgress('reading balances', async () => {
          const here = await client.getBalances({ owner })
          const listed = await knownTokens(client)
          const others = here.filter(({ token }) => !listed.some(({ address }) => address === token))
          const tokens = [
            ...listed,
            ...(await Promise.all(others.map(({ token }) => describeToken(client, token)))),
          ]
          const { ethereum } = await client.rootChain()
          return Promise.all(
            tokens.map(async token => {
              const held = here.find(balance => balance.token === token.address)
              const onEthereum =
                token.address === ETHER.address
                  ? await ethereum.getBalance({ address: owner })
                  : await ethereum.readContract({
                      address: token.address,
                      abi: erc20Abi,
                      functionName: 'balanceOf',
                      args: [owner],
                    })
              return {
                token,
                onNetwork: held?.amount ?? 0n,
                outputs: held?.outputs ?? 0,
                locked: held?.locked ?? { amount: 0n, outputs: 0 },
                onEthereum,
              }
            }),
          )
        })
        const right = (title: string) => ({ title, align: 'right' as const })
        // Locked coins are rare: a column only where there are some.
        const anyLocked = balances.some(({ locked }) => locked.outputs > 0)
        const columns = ['on the network', 'coins', ...(anyLocked ? ['exiting'] : []), 'on Ethereum']
        const rows = balances.map(({ token, onNetwork, outputs, locked, onEthereum }) => [
          formatAmount(onNetwork, token),
          String(outputs),
          ...(anyLocked ? [formatAmount(locked.amount, token)] : []),
          formatAmount(onEthereum, token),
        ])
        return {
          json: { owner, balances },
          text: `${owner}\n${table(columns.map(right), rows)}`,
        }
      }),
    )
}
