import type { Mapper } from './map.ts'
import type { OrderBlock } from './order/block.ts'
import type { KeptChecks } from './order/check.ts'
import type { Placement } from './order/draft.ts'
import type { PaymentRules } from './payment.ts'
import type { Leaves, LockedOutputs, MappedRecord } from './types.ts'
import type { UnspentSet } from './unspent.ts'

/** What `Draft.layOut` yields: everything that depends on where transactions stand. */
export interface Layout {
  readonly records: readonly MappedRecord[]
  readonly leaves: Leaves
  readonly body: Uint8Array
  readonly bounds: Uint32Array
  readonly spent: Uint8Array
  readonly created: Uint8Array
  /** The place of an output under a guard of orders. */
  readonly positionOf: Placement
  readonly nextPath: number
  readonly shardBytes: number
}

/** What a draft is made on, and with. */
export interface DraftParts {
  readonly unspent: UnspentSet
  readonly orders: OrderBlock
  readonly rules: PaymentRules
  readonly map: Mapper
  readonly locked: LockedOutputs
  /** Of this tip, locks and exchange. */
  readonly kept?: KeptChecks | undefined
}
