import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { NodeServices } from './services.ts'
import { alarms } from './status.ts'

export interface Metrics {
  readonly contentType: string
  text(): Promise<string>
  onCall(method: string, code: string, milliseconds: number): void
}

/** Prometheus metrics of one node; gauges are read when they are asked for. */
export function createMetrics(services: NodeServices): Metrics {
  const registers = [new Registry()]
  const registry = registers[0]!
  collectDefaultMetrics({ register: registry })
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read())
      },
    })
  const { ledger, mempool, admission, store, view, participation } = services
  gauge('omg_height', 'Height of the tip', () => Number(ledger.tip.height))
  gauge('omg_checkpoint_open', 'Number of the open checkpoint', () => Number(ledger.tip.checkpoint))
  gauge('omg_checkpoint_accepted', 'Last checkpoint on Ethereum', () =>
    Number(services.submitter()?.accepted ?? 0),
  )
  gauge('omg_transactions', 'Transactions in blocks', () => store.totalTransactions)
  gauge('omg_unspent_outputs', 'Unspent outputs', () => ledger.unspent.size)
  gauge('omg_unspent_bytes', 'Memory of the unspent set in bytes', () => ledger.unspent.memoryBytes)
  gauge('omg_mempool_transactions', 'Waiting transactions', () => mempool.size)
  gauge('omg_mempool_bytes', 'Bytes of waiting transactions', () => mempool.bytes)
  gauge('omg_admission_bytes', 'Bytes that wait for the map stage', () => admission.waitingBytes)
  gauge(
    'omg_store_unflushed',
    'Operations that the tables are behind the log',
    () => store.unflushedOperations,
  )
  gauge('omg_origin', 'Ethereum block that the chain has seen', () => Number(ledger.tip.origin))
  gauge('omg_ethereum_final', 'Newest final Ethereum block', () => Number(view.newest?.number ?? 0))
  gauge('omg_signature_batches', 'Whether signatures of known signers are checked in batches', () =>
    Number(services.pool.checksBatches),
  )
  new Counter({
    name: 'omg_signatures_total',
    help: 'Signatures by how their signers were found: verified in a batch, recovered, recovered after a batch was asked in vain',
    labelNames: ['way'],
    registers,
    collect() {
      const { verified, recovered, vain } = services.pool.signatures
      this.reset()
      this.inc({ way: 'verified' }, verified)
      this.inc({ way: 'recovered' }, recovered - vain)
      this.inc({ way: 'vain' }, vain)
    },
  })
  gauge('omg_alarms', 'Alarms that stand', () => alarms(services).length)
  new Gauge({
    name: 'omg_validator_missed',
    help: 'Of the last 1,000 commits, those without the vote of a validator of the current set',
    labelNames: ['validator'],
    registers,
    collect() {
      this.reset()
      for (const { address } of view.validators.at(ledger.tip.origin).validators) {
        const { commits, voted } = participation.of(address)
        this.set({ validator: address }, commits - voted)
      }
    },
  })
  const blocks = new Counter({
    name: 'omg_blocks_total',
    help: 'Blocks committed by this process',
    registers,
  })
  const sizes = new Histogram({
    name: 'omg_block_transactions',
    help: 'Transactions per block',
    buckets: [0, 1, 10, 100, 1_000, 5_000, 10_000, 20_000],
    registers,
  })
  const calls = new Histogram({
    name: 'omg_rpc_seconds',
    help: 'JSON-RPC calls by method and outcome',
    labelNames: ['method', 'code'],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2],
    registers,
  })
  services.events.on('block', ({ execution }) => {
    blocks.inc()
    sizes.observe(execution.records.length)
  })
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    onCall: (method, code, milliseconds) => calls.observe({ method, code }, milliseconds / 1000),
  }
}
