import type { Logger } from 'pino'
import type { CommittedBlock } from './application/application.ts'
import type { SeenCheckpoint } from './rootchain/seam.ts'
import type { NodeServices } from './services.ts'

/** Tells subscribers and the log of a block, and of what it closed. */
export function announce(
  committed: CommittedBlock,
  { events, checkpoints }: NodeServices,
  logger: Logger,
): void {
  const { closed, renewed } = committed
  const { block, records } = committed.execution
  logger.debug({ height: Number(block.height), transactions: records.length }, 'block')
  events.emit('block', committed)
  for (const { number } of renewed) logger.warn({ checkpoint: String(number) }, 'checkpoint renewed')
  // Who catches up has read of Ethereum what it accepted before.
  for (const { number } of closed ? [...renewed, closed] : renewed) {
    if (checkpoints.get(number)?.accepted) events.emit('accepted', number)
  }
  if (!closed) return
  logger.info({ checkpoint: String(closed.number), transactions: closed.txCount }, 'checkpoint closed')
}

/** Ethereum has accepted checkpoints, finally: from here on their outputs are committed. */
export function tellAccepted(
  accepted: readonly SeenCheckpoint[],
  services: NodeServices,
  logger: Logger,
): void {
  for (const seen of accepted) {
    const { number } = seen
    const standing = services.checkpoints.standing(seen)
    // Who is behind has not executed the block that renewed it; who is not has another chain.
    if (standing === 'another')
      logger.fatal({ checkpoint: String(number) }, 'Ethereum accepted another header than ours')
    if (standing === 'accepted') services.events.emit('accepted', number)
  }
}
