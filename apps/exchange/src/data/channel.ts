import { useEffect, useState, useSyncExternalStore } from 'react'
import type { IndexerClient } from './indexer.ts'
import { useNetwork } from './network.ts'
import type { StreamState } from './stream.ts'

/** How the messages of a channel become a state. Either function may throw: then the channel starts anew. */
export interface Reading<T> {
  snapshot(data: unknown, sequence: bigint): T
  update(state: T, data: unknown, sequence: bigint): T
}

/** The state of a channel of the indexer; undefined until its snapshot is here. `reading` is the same for all time. */
export function useChannel<T>(name: string | undefined, reading: Reading<T>): T | undefined {
  const { indexer } = useNetwork()
  const [held, setHeld] = useState<{ name: string; state: T }>()
  useEffect(() => {
    if (name === undefined || !indexer) return
    return follow(indexer, name, reading, state => setHeld({ name, state }))
  }, [indexer, name, reading])
  return held?.name === name ? held?.state : undefined
}

/** Follows a channel without React. */
export function follow<T>(
  indexer: IndexerClient,
  name: string,
  reading: Reading<T>,
  onState: (state: T) => void,
): () => void {
  let state: T | undefined
  return indexer.stream.subscribe(name, {
    snapshot(data, sequence) {
      state = reading.snapshot(data, sequence)
      onState(state)
    },
    update(data, sequence) {
      if (state === undefined) return
      state = reading.update(state, data, sequence)
      onState(state)
    },
  })
}

const never = () => () => {}

/** Whether the stream of the indexer is there; undefined without an indexer. */
export function useStreamState(): StreamState | undefined {
  const { indexer } = useNetwork()
  return useSyncExternalStore(indexer?.stream.onState ?? never, () => indexer?.stream.state())
}
