import { useEffect, useState } from 'react'

/** Between two questions while an answer may still change, in milliseconds. */
const REFRESH_MS = 2_000

export interface Answer<T> {
  readonly data: T | undefined
  readonly error: Error | undefined
}

/**
 * Asks again and again while `settled` is false of the answer. A question that fails after an answer leaves the answer
 * where it is: the connection mark in the header tells of a node that went away.
 */
export function useAnswer<T>(
  key: string,
  ask: () => Promise<T>,
  settled: (data: T) => boolean = () => false,
): Answer<T> {
  const [answer, setAnswer] = useState<Answer<T> & { key: string }>({
    key,
    data: undefined,
    error: undefined,
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key names everything that the question depends on
  useEffect(() => {
    let over = false
    let timer: ReturnType<typeof setTimeout> | undefined
    const run = async () => {
      let done = false
      try {
        const data = await ask()
        done = settled(data)
        if (!over) setAnswer({ key, data, error: undefined })
      } catch (error) {
        if (!over) {
          setAnswer(known => {
            const data = known.key === key ? known.data : undefined
            return { key, data, error: data === undefined ? (error as Error) : undefined }
          })
        }
      }
      if (!over && !done) timer = setTimeout(() => void run(), REFRESH_MS)
    }
    void run()
    return () => {
      over = true
      clearTimeout(timer)
    }
  }, [key])
  return answer.key === key ? answer : { data: undefined, error: undefined }
}
