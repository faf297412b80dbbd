import { useEffect, useState } from 'react'

/** What was answered last, and whether the last question was answered. */
export interface Repeated<T> {
  readonly answer: T | undefined
  readonly connected: boolean
  /** Whether a question was asked and not answered; false before the first one is over. */
  readonly failed: boolean
}

/**
 * Asks again and again, with a pause in milliseconds after each answer; a question without one is how a lost server shows. `ask` is the same as
 * long as the same is asked.
 */
export function useRepeated<T>(ask: () => Promise<T>, pause: number): Repeated<T> {
  const [known, setKnown] = useState<Repeated<T>>({ answer: undefined, connected: false, failed: false })
  useEffect(() => {
    let over = false
    let timer: ReturnType<typeof setTimeout> | undefined
    const look = async () => {
      const answer = await ask().catch(() => undefined)
      if (over) return
      setKnown(last =>
        answer === undefined
          ? { ...last, connected: false, failed: true }
          : { answer, connected: true, failed: false },
      )
      timer = setTimeout(() => void look(), pause)
    }
    void look()
    return () => {
      over = true
      clearTimeout(timer)
    }
  }, [ask, pause])
  return known
}
