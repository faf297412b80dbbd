import { EventEmitter } from 'node:events'
import type { CommittedBlock } from './application/application.ts'

interface EventMap {
  /** A block is durable and applied. */
  block: [CommittedBlock]
  /** Ethereum has accepted a checkpoint, finally. */
  accepted: [bigint]
}

/** What happens in the node, for subscriptions and metrics. Listeners run at once: keep them short. */
export class NodeEvents extends EventEmitter<EventMap> {
  constructor() {
    super()
    this.setMaxListeners(0)
  }
}
