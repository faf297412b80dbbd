import { useEffect, useState } from 'react'

/** What was answered last, and whether the last question was answered. */
export interface Repeated<T> {
  readonly answer: T | undefined
  readonly connected: boolean
}

/**
 * Asks again and again, with a pause in milliseconds after each answer; a question without one is how a lost server shows. `ask` is the same as
 * long as the same is asked.
 */
export function useRepeated<T>(ask: () => Promise<T>, pause: number): Repeated<T> {
  const [known, setKnown] = useState<Repeated<T>>({ answer: undefined, connected: false })
  useEffect(() => {
    let over = false
    let timer: ReturnType<typeof setTimeout> | undefined
    const look = async () => {
      const answer = await ask().catch(() => undefined)
      if (over) return
      setKnown(last => (answer === undefined ? { ...last, connected: false } : { answer, connected: true }))
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
