import { join } from 'node:path'
import type { Deployment } from '@omg/rootchain'
import { demoAccounts } from '../account/demoAccounts.ts'
import { ETHER, formatAmount } from '../terminal/amount.ts'
import { formatSeconds } from '../terminal/duration.ts'
import { bold, dim, good } from '../terminal/style.ts'
import { table } from '../terminal/table.ts'
import type { ServedNetwork } from '../web/site.ts'
import { FUNDS } from './funding.ts'

/** The one table that a newcomer needs. */
export function welcome(
  network: ServedNetwork & { keeperUrl: string },
  data: string,
  seconds: number,
): string {
  const { deployment, ethereumUrl, nodeUrl, watcherUrl, indexerUrl, validatorUrls, pages, isNew } = network
  const { exchange, explorer, stake } = pages?.urls ?? {}
  const places = [
    ['exchange', exchange ?? 'none', dim(exchange ? 'trade in the browser; it gives test money' : NOT_BUILT)],
    ['explorer', explorer ?? 'none', dim(explorer ? 'blocks, payments, owners, batches' : NOT_BUILT)],
    ['stake', stake ?? 'none', dim(stake ? 'validators, delegation, votes on fees' : NOT_BUILT)],
    ['Ethereum', ethereumUrl, dim(`chain ${deployment.chainId}, a block every second`)],
    ['node', nodeUrl, dim('JSON-RPC 2.0, WebSocket, /health, /metrics')],
    ...(validatorUrls ?? [])
      .slice(1)
      .map((url, i) => [`validator ${i + 2}`, url, dim('the same chain, on CometBFT')]),
    ['watcher', watcherUrl, dim('alarms, exit data, /health, /metrics')],
    ['indexer', indexerUrl ?? 'none', dim('history, markets, /stream, /openapi.json, /health')],
    ['keeper', network.keeperUrl, dim('validator sets, fees to the stakers, /health, /metrics')],
    ['contracts', deployment.rootChain, dim('root chain; the others: deployment.json')],
    ['data', data, dim(`logs in ${join(data, 'logs')}`)],
  ]
  const accounts = demoAccounts().map(({ name, address }) => [name, address, dim(holdings(name, deployment))])
  return [
    '',
    `${good('The network is up')} ${dim(`(${isNew ? 'new' : 'resumed'}, in ${formatSeconds(seconds)})`)}`,
    '',
    table(['', '', ''], [...places, ...accounts]),
    '',
    `  ${dim('The demo accounts use the public test mnemonic: never send them anything of value.')}`,
    ...(exchange ? [`  Now, in a browser:          ${bold(exchange)}`] : []),
    `  ${exchange ? 'Or' : 'Now'}, in a second terminal:${exchange ? '  ' : ' '} ${bold('npm run omg -- demo')}`,
    '',
  ].join('\n')
}

/** Pages are built by set-up; without them everything else works. */
const NOT_BUILT = 'not built: npm start builds it'

function holdings(name: string, { feeTokens, testTokens }: Deployment): string {
  const dollar = feeTokens.find(({ token }) => token === testTokens?.usd)
  const onEthereum = [
    '10,000 ETH',
    ...(dollar ? [formatAmount(FUNDS.dollars, { ...dollar, address: dollar.token })] : []),
  ]
  if (name !== 'alice' && name !== 'bob') return `${onEthereum.join(', ')} on Ethereum`
  const deposits = [formatAmount(FUNDS.deposits.ether, ETHER)]
  if (dollar) deposits.push(formatAmount(FUNDS.deposits.dollars, { ...dollar, address: dollar.token }))
  return `deposited ${deposits.join(', ')}; the rest on Ethereum`
}
