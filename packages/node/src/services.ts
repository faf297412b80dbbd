import type { Ledger, LedgerParameters, MapPool } from '@omg/ledger'
import type { Domain, OmgError } from '@omg/protocol'
import type { Deployment } from '@omg/rootchain'
import type { Checkpoints } from './application/checkpoints.ts'
import type { DataModes } from './application/data-modes.ts'
import type { Participation } from './application/participation.ts'
import type { Renewal } from './application/renewal.ts'
import type { Schedule } from './application/schedule.ts'
import type { TwoHeadersWatch } from './application/two-headers.ts'
import type { Configuration } from './configuration/schema.ts'
import type { DeadManSwitches } from './dead-man/switches.ts'
import type { EngineStatus } from './engines/engine.ts'
import type { NodeEvents } from './events.ts'
import type { Mempool } from './mempool/mempool.ts'
import type { Refusals, Submissions } from './mempool/refusals.ts'
import type { ActivityReader } from './reader/activity.ts'
import type { BlockReader } from './reader/blocks.ts'
import type { InstructionReader } from './reader/instructions.ts'
import type { OrderActivity } from './reader/order-activity.ts'
import type { OrderReader } from './reader/orders.ts'
import type { OutputReader } from './reader/outputs.ts'
import type { ProofReader } from './reader/proofs.ts'
import type { FollowerStatus } from './rootchain/follower.ts'
import type { Offences } from './rootchain/offences.ts'
import type { SubmitterStatus } from './rootchain/submitter.ts'
import type { EthereumView } from './rootchain/view.ts'
import type { ChainStore } from './store/store.ts'
import type { Upgrades } from './upgrades.ts'

/** What the RPC may use. Put together once, in node.ts. */
export interface NodeServices {
  configuration: Configuration
  deployment: Deployment
  parameters: LedgerParameters
  domain: Domain
  upgrades: Upgrades
  ledger: Ledger
  pool: MapPool
  store: ChainStore
  mempool: Mempool
  admission: Submissions
  /** What peers send in vain. */
  refusals: Refusals
  view: EthereumView
  checkpoints: Checkpoints
  dataModes: DataModes
  schedule: Schedule
  renewal: Renewal
  twoHeaders: TwoHeadersWatch
  participation: Participation
  blocks: BlockReader
  proofs: ProofReader
  activity: ActivityReader
  outputs: OutputReader
  instructions: InstructionReader
  orders: OrderReader
  orderActivity: OrderActivity
  deadMan: DeadManSwitches
  events: NodeEvents
  engine: () => EngineStatus
  follower: () => FollowerStatus
  submitter: () => SubmitterStatus | undefined
  /** Double votes; undefined where one engine cannot vote twice. */
  offences: () => Offences | undefined
  /** Why the chain stands still for good, if it does. */
  halted: () => OmgError | undefined
  /** Why this node last refused to sign a checkpoint, if it did. */
  unsigned: () => OmgError | undefined
  /** Milliseconds since 1970. */
  startedAt: number
}
