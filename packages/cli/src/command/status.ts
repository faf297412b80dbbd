import type { Command } from 'commander'
import { action } from '../action.ts'
import { checkpointState, type IndexerOverview, overview } from '../devnet/overview.ts'
import { EXIT } from '../error.ts'
import { withProgress } from '../terminal/progress.ts'
import { bad, good, warn } from '../terminal/style.ts'
import { table } from '../terminal/table.ts'

const EXAMPLES = `
Ends with ${EXIT.unhealthy} when a part does not answer or an alarm stands.

Examples:
  $ omg status
  $ omg status --json --node https://node.example --ethereum https://ethereum.example --watcher https://watcher.example`

export function statusCommand(program: Command): void {
  program
    .command('status')
    .description('how Ethereum, the node, the watcher and the indexer stand')
    .addHelpText('after', EXAMPLES)
    .action(
      action(async session => {
        const urls = {
          ethereumUrl: session.ethereumUrl(),
          nodeUrl: session.nodeUrl(),
          watcherUrl: session.watcherUrl(),
          indexerUrl: session.indexerUrl(),
        }
        const { ethereum, node, watcher, indexer, alarms } = await withProgress('asking the network', () =>
          overview(urls),
        )
        const silent = bad('does not answer')
        const watcherState = watcher && (watcher.alive ? good(watcher.chain.state) : bad('stalled'))
        const rows = [
          ['Ethereum', urls.ethereumUrl, ethereum ? `block ${ethereum.block}` : silent],
          [
            'node',
            urls.nodeUrl,
            node
              ? `block ${node.height}, ${node.transactions} payments, ${node.unspentOutputs} outputs, ${checkpointState(node.checkpoints)} on Ethereum`
              : silent,
          ],
          [
            'watcher',
            urls.watcherUrl,
            watcher
              ? `${watcherState}, checked to block ${watcher.chain.height}, agrees to checkpoint ${watcher.ethereum.lastAgreedCheckpoint}, ${watcher.openExits} open exits`
              : silent,
          ],
          ...(urls.indexerUrl
            ? [['indexer', urls.indexerUrl, indexer ? indexerState(indexer) : silent]]
            : []),
        ]
        const reported = node?.alarms ?? []
        const lines = [
          ...reported.map(({ code, message }) => `  ${warn('node')} ${code}: ${message}`),
          ...alarms.map(({ code, subject }) => `  ${warn('alarm')} ${code}: ${subject}`),
        ]
        const indexed = urls.indexerUrl === undefined || indexer?.problem === null
        const healthy =
          ethereum !== undefined &&
          node !== undefined &&
          watcher?.alive === true &&
          indexed &&
          lines.length === 0
        return {
          json: { healthy, ethereum, node, watcher, indexer, alarms },
          text: [table(['part', 'address', 'state'], rows), ...lines].join('\n'),
          exit: healthy ? EXIT.done : EXIT.unhealthy,
        }
      }),
    )
}

const indexerState = ({ height, problem }: IndexerOverview) =>
  problem ? bad(`stands at block ${height}: ${problem.code}`) : `has every block to ${height}`
