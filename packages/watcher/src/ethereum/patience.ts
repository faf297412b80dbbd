export interface ReadEthereum {
  /** Whether everything that Ethereum has was read, as of the last look. */
  readonly caughtUp: boolean
  /** Number of the newest Ethereum block read. */
  readonly head: bigint
}

/**
 * Whether a block may go on waiting for Ethereum. A wait is a stall, wherever its cause lies; but a watcher that starts late
 * reads Ethereum for a long time, and while it gets on with that nothing is wrong.
 */
export class Patience {
  #head = -1n

  /** To be asked in every round that waits. */
  lasts({ caughtUp, head }: ReadEthereum): boolean {
    const moved = head > this.#head
    this.#head = head
    return moved && !caughtUp
  }
}
