/** Blocks whose events are kept for clients that resume. */
export const RING_BLOCKS = 1_024
/** Events that are kept, of all blocks together. */
export const RING_EVENTS = 50_000

/** One message of one channel: at most one for each block. */
export interface Event {
  readonly channel: string
  /** Height of the block. */
  readonly sequence: bigint
  /** The message as it is sent. */
  readonly text: string
}

interface RingBlock {
  readonly height: bigint
  readonly events: ReadonlyMap<string, Event>
}

/** The events of the last blocks, bounded in blocks and in events. */
export class Ring {
  readonly #limits: { readonly blocks: number; readonly events: number }
  readonly #blocks: RingBlock[] = []
  #events = 0
  #floor: bigint

  /** `floor`: the last block that is not to be had any more. */
  constructor(floor: bigint, limits = { blocks: RING_BLOCKS, events: RING_EVENTS }) {
    this.#floor = floor
    this.#limits = limits
  }

  /** Everything after this block is here. */
  get floor(): bigint {
    return this.#floor
  }

  add(height: bigint, events: ReadonlyMap<string, Event>): void {
    this.#blocks.push({ height, events })
    this.#events += events.size
    while (this.#blocks.length > this.#limits.blocks || this.#events > this.#limits.events) {
      const oldest = this.#blocks.shift()!
      this.#events -= oldest.events.size
      this.#floor = oldest.height
    }
  }

  /** The events of a channel after a block; undefined where some of them may be gone. */
  after(channel: string, sequence: bigint): Event[] | undefined {
    if (sequence < this.#floor) return undefined
    return this.#blocks.flatMap(({ height, events }) => {
      const event = height > sequence ? events.get(channel) : undefined
      return event ? [event] : []
    })
  }
}
