import { Counter, Gauge, Registry } from 'prom-client'
import type { Status } from './api/view.ts'

/** Prometheus metrics of one indexer. */
export interface Metrics {
  readonly blocksWritten: (blocks: number, transactions: number) => void
  text(): Promise<string>
}

export function createMetrics(status: () => Status, alive: () => boolean, channels: () => number): Metrics {
  const registry = new Registry()
  const registers = [registry]
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name: `omg_indexer_${name}`,
      help,
      registers,
      collect() {
        this.set(read())
      },
    })
  const counter = (name: string, help: string) =>
    new Counter({ name: `omg_indexer_${name}`, help, registers })
  const blocks = counter('blocks_written_total', 'Blocks executed and written')
  const transactions = counter('transactions_written_total', 'Transactions executed and written')
  gauge('height', 'Last block written', () => Number(status().height))
  gauge('head_height', 'Highest block that a node has', () => Number(status().headHeight))
  gauge('alive', '1 unless it is behind and stands still', () => (alive() ? 1 : 0))
  gauge('stream_channels', 'WebSocket channels that somebody listens to', channels)
  return {
    blocksWritten(count, carried) {
      blocks.inc(count)
      transactions.inc(carried)
    },
    text: () => registry.metrics(),
  }
}
