import { dim, good, warn } from '../terminal/style.ts'
import type { RunningNetwork } from './network.ts'
import { checkpointState, type IndexerOverview, overview } from './overview.ts'

const STATUS_MS = 1_000

/** On a terminal one line that renews itself; elsewhere a line whenever the alarms change. Returns how to stop it. */
export function showStatusLine(network: RunningNetwork): () => void {
  const { stdout } = process
  let busy = false
  let shownAlarms = '0'
  const show = async () => {
    if (busy) return
    busy = true
    const { ethereum, node, watcher, indexer, validators, alarms } = await overview(network)
    busy = false
    const state =
      alarms.length === 0
        ? good('no alarm')
        : warn(`${alarms.length} alarms: ${[...new Set(alarms.map(({ code }) => code))].join(', ')}`)
    const line = [
      ethereum ? `Ethereum ${ethereum.block}` : warn('Ethereum silent'),
      node ? `block ${node.height}` : warn('node silent'),
      ...(validators.length > 0 ? [validatorsState(validators)] : []),
      ...(node ? [`${node.transactions} payments`, checkpointState(node.checkpoints)] : []),
      ...(network.indexerUrl ? [indexerState(indexer)] : []),
      watcher ? `watcher ${watcher.chain.state}, ${state}` : warn('watcher silent'),
    ].join(dim(' · '))
    if (stdout.isTTY) stdout.write(`\r\u001b[K  ${line}  ${dim('Ctrl-C stops')}`)
    else if (shownAlarms !== String(alarms.length)) stdout.write(`  ${line}\n`)
    shownAlarms = String(alarms.length)
  }
  const timer = setInterval(() => void show(), STATUS_MS)
  return () => {
    clearInterval(timer)
    if (stdout.isTTY) stdout.write('\r\u001b[K')
  }
}

function validatorsState(heights: readonly (string | undefined)[]): string {
  const up = heights.filter(height => height !== undefined).length
  const text = `validators ${up}/${heights.length} at ${heights.map(height => height ?? '-').join(' ')}`
  return up === heights.length ? text : warn(text)
}

function indexerState(indexer: IndexerOverview | undefined): string {
  if (!indexer) return warn('indexer silent')
  return indexer.problem ? warn(`indexer stands: ${indexer.problem.code}`) : `indexed ${indexer.height}`
}
