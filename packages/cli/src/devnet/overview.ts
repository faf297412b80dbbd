/** How a network stands, asked from its programs over their public interfaces. */
import type { DataMode } from '@omg/protocol'
import { ethereumCall } from './anvil.ts'

export interface NodeOverview {
  height: string
  checkpoint: string
  transactions: string
  unspentOutputs: number
  checkpoints: { dataMode: DataMode; wanted: DataMode; closed: string; accepted: string | null }
  mempool: { transactions: number }
  alarms: { code: string; message: string; action: string }[]
}

export interface WatcherOverview {
  watcher: string | null
  chain: { state: string; height: string; headHeight: string }
  ethereum: { lastAgreedCheckpoint: string }
  openExits: number
  standingAlarms: number
  alive: boolean
}

export interface IndexerOverview {
  height: string
  headHeight: string
  problem: { code: string; message: string } | null
}

export interface StandingAlarm {
  code: string
  /** What it is about: an exit, a block, a provider. */
  subject: string
}

/** Each part is undefined when its program does not answer. */
export interface Overview {
  ethereum: { block: string } | undefined
  node: NodeOverview | undefined
  watcher: WatcherOverview | undefined
  indexer: IndexerOverview | undefined
  /** Heights of all validators where there are several; undefined: one that does not answer. */
  validators: (string | undefined)[]
  alarms: StandingAlarm[]
}

export interface OverviewUrls {
  ethereumUrl: string
  nodeUrl: string
  watcherUrl: string
  /** Undefined where there is no indexer: then the overview has none. */
  indexerUrl?: string | undefined
  validatorUrls?: readonly string[] | undefined
}

export async function overview({
  ethereumUrl,
  nodeUrl,
  watcherUrl,
  indexerUrl,
  validatorUrls = [],
}: OverviewUrls): Promise<Overview> {
  const none = () => undefined
  const height = (url: string) =>
    ethereumCall<NodeOverview>(url, 'omg_status', {}).then(status => status.height, none)
  const [block, node, watcher, indexer, validators, standing] = await Promise.all([
    ethereumCall<string>(ethereumUrl, 'eth_blockNumber').catch(none),
    ethereumCall<NodeOverview>(nodeUrl, 'omg_status', {}).catch(none),
    get<WatcherOverview>(`${watcherUrl}/status`).catch(none),
    indexerUrl === undefined ? undefined : get<IndexerOverview>(`${indexerUrl}/status`).catch(none),
    Promise.all(validatorUrls.map(height)),
    get<{ alarms: StandingAlarm[] }>(`${watcherUrl}/alarms`).catch(none),
  ])
  return {
    ethereum: block === undefined ? undefined : { block: BigInt(block).toString() },
    node,
    watcher,
    indexer,
    validators,
    alarms: standing?.alarms ?? [],
  }
}

/** `checkpoint 7`, and where blobs are wanted whether they come. */
export function checkpointState({ accepted, dataMode, wanted }: NodeOverview['checkpoints']): string {
  if (wanted === 'plasma') return `checkpoint ${accepted ?? 0}`
  return `checkpoint ${accepted ?? 0} ${dataMode === 'blob' ? 'with' : 'without'} blobs`
}

async function get<T>(url: string): Promise<T> {
  const response = await fetch(url, { signal: AbortSignal.timeout(5_000) })
  if (!response.ok) throw new Error(`${url}: ${response.status}`)
  return (await response.json()) as T
}
