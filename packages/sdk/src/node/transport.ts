/** A connection to a node: JSON-RPC 2.0 over HTTP or WebSocket. */
export interface NodeTransport {
  readonly url: string
  /**
   * Calls a method.
   *
   * @throws OmgError with the node's own code, or SdkError `node.unreachable`, `node.answer`.
   */
  request(method: string, params: object): Promise<unknown>
  /** Present on WebSocket transports. */
  readonly subscribe?: Subscribe
  close(): void
}

/** Listens to a channel from `from` on, over reconnections, until the returned function is called. */
export type Subscribe = (channel: string, from: bigint | undefined, listener: Listener) => () => void

export interface Listener {
  event(event: unknown): void
  error(error: Error): void
}

/** Milliseconds until a request counts as lost. */
export const REQUEST_TIMEOUT_MS = 10_000
/** Longest answer that is read, in characters: a page of outputs has about 100,000. */
export const MAX_ANSWER_CHARACTERS = 16_000_000
