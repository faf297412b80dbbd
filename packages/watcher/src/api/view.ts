import type { Address, Hash, Hex, OmgError, OutputId, Result } from '@omg/protocol'
import type { AlarmBook } from '../alarm/book.ts'
import type { ExitData } from '../customer/exit-data.ts'
import type { Claim } from '../guard/claim.ts'
import type { Dispute } from '../guard/dispute.ts'
import type { ExitEstimate } from '../guard/estimate.ts'
import type { FollowerState } from '../machine/follower.ts'

/** How the watcher stands, in numbers. */
export interface Status {
  /** Address of the key that challenges; null where the watcher only watches. */
  readonly watcher: Address | null
  readonly chain: {
    readonly state: FollowerState
    readonly height: bigint
    readonly headHeight: bigint
    readonly appHash: Hash
    /** Number of the open checkpoint. */
    readonly checkpoint: bigint
    readonly unspentOutputs: number
    /** Blocks re-executed since the start of the process. */
    readonly blocksExecuted: number
    readonly transactionsExecuted: number
  }
  readonly ethereum: {
    readonly block: bigint
    /** Timestamp of that block in seconds. */
    readonly time: bigint
    readonly lastCheckpoint: bigint
    /** The last checkpoint that was compared and agrees. */
    readonly lastAgreedCheckpoint: bigint
    readonly providers: readonly {
      readonly url: string
      readonly state: string
      readonly reason: string | null
    }[]
  }
  readonly customers: number
  readonly delegations: number
  readonly openExits: number
  readonly standingAlarms: number
  readonly evidence: number
  /** Milliseconds since the last round of each part. */
  readonly heartbeat: Readonly<Record<string, number>>
  readonly alive: boolean
}

/** What an owner signed so that the watcher can exit for her (EIP-712 `ExitDelegate`). */
export interface Delegation {
  readonly owner: Address
  readonly delegate: Address
  /** Seconds. */
  readonly validUntil: bigint
  readonly signature: Hex
}

export interface EstimateRequest {
  readonly outputId: OutputId
}

/** What the API can see and do: the whole watcher, seen from outside. */
export interface WatcherView {
  readonly alarms: AlarmBook
  status(): Status
  claims(): Iterable<Claim>
  disputes(): Iterable<Dispute>
  /** Errors: `customer.unknown`. */
  exitData(owner: Address): Result<readonly ExitData[], OmgError>
  /** Errors: `customer.unknown`, `ethereum.unavailable`. */
  estimate(request: EstimateRequest): Promise<Result<ExitEstimate, OmgError>>
  /** Errors: `delegation.*`. */
  delegate(delegation: Delegation): Promise<Result<{ readonly validUntil: bigint }, OmgError>>
  /** Errors: `encoding.*`, `signature.*`, `evidence.*`. */
  addEvidence(signed: Uint8Array): Promise<Result<{ readonly txHash: Hash }, OmgError>>
  metrics(): Promise<string>
}
