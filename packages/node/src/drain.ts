import type { ConsensusEngine } from './engines/engine.ts'
import type { NodeServices } from './services.ts'

/** Longest time that a stop waits for the last checkpoint, in milliseconds. */
export const DRAIN_MILLISECONDS = 5_000
const LOOK_MILLISECONDS = 20

/**
 * Before a stop: closes the open checkpoint and sees it to Ethereum, if that goes quickly. Otherwise its origin would
 * age while the node is away, until Ethereum refuses it for ever (R4).
 */
export async function drain(services: NodeServices, engine: ConsensusEngine): Promise<void> {
  const { schedule, ledger, mempool } = services
  const isWell = () => !services.halted() && !engine.status().stalled && !services.follower().error
  const isDone = () => {
    const accepted = services.submitter()?.accepted
    const isClosed = mempool.size === 0 && !schedule.hasContent(ledger.tip)
    return isClosed && (accepted === undefined || accepted >= ledger.tip.checkpoint - 1n)
  }
  schedule.drain()
  const end = Date.now() + DRAIN_MILLISECONDS
  while (isWell() && !services.submitter()?.error && !isDone() && Date.now() < end) {
    engine.wake()
    await new Promise(resolve => setTimeout(resolve, LOOK_MILLISECONDS))
  }
}
