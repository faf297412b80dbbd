/** Holds the chain between two heights while nobody has work for a block. */
export class Gate {
  readonly #hasWork: () => boolean
  /** Empty blocks after this time in milliseconds; undefined: never. */
  readonly #emptyMilliseconds: number | undefined
  readonly #waiting = new Set<() => void>()
  /** Height for which another validator has called last. */
  #called = 0n
  #open = false

  constructor(options: { hasWork: () => boolean; emptyMilliseconds?: number | undefined }) {
    this.#hasWork = options.hasWork
    this.#emptyMilliseconds = options.emptyMilliseconds
  }

  /** Something may have come up: whoever waits looks again. */
  look(): void {
    if (this.#waiting.size > 0 && this.wanted) this.#release()
  }

  /** Another validator wants the block of this height, for work that we may not see. */
  call(height: bigint): void {
    this.#called = height
    this.#release()
  }

  /** Nobody waits any longer. */
  open(): void {
    this.#open = true
    this.#release()
  }

  /** Before the block of `height`: until there is work, somebody calls for it, an empty block is due, or `gone`. */
  async wait(height: bigint, gone: AbortSignal): Promise<void> {
    if (gone.aborted || this.#called === height || this.wanted) return
    await new Promise<void>(resolve => {
      const timer =
        this.#emptyMilliseconds === undefined ? undefined : setTimeout(() => done(), this.#emptyMilliseconds)
      const done = () => {
        clearTimeout(timer)
        this.#waiting.delete(done)
        gone.removeEventListener('abort', done)
        resolve()
      }
      this.#waiting.add(done)
      gone.addEventListener('abort', done, { once: true })
    })
  }

  /** There is work for a block. */
  get wanted(): boolean {
    if (this.#open) return true
    try {
      return this.#hasWork()
    } catch {
      // What cannot be told now is met again, and reported, where the block is made.
      return true
    }
  }

  #release(): void {
    for (const done of [...this.#waiting]) done()
  }
}
