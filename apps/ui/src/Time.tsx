import { useEffect, useState } from 'react'

const TICK_MS = 1_000
const STEPS = [
  [86_400, 'day'],
  [3_600, 'hour'],
  [60, 'min'],
] as const

/** How long ago, in words. */
export function ago(seconds: number): string {
  if (seconds < 1) return 'now'
  for (const [size, name] of STEPS) {
    const count = Math.floor(seconds / size)
    if (count > 0) return `${count} ${name}${name !== 'min' && count > 1 ? 's' : ''} ago`
  }
  return `${Math.floor(seconds)} s ago`
}

/** A moment of the chain (seconds since 1970): how long ago, and in full where there is room for it. */
export function Time({ seconds, full = false }: { seconds: bigint; full?: boolean }) {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS)
    return () => clearInterval(timer)
  }, [])
  const moment = new Date(Number(seconds) * 1_000)
  if (Number.isNaN(moment.getTime())) return <span>{String(seconds)} s</span>
  const text = moment.toISOString().replace('T', ' ').replace('.000Z', ' UTC')
  const past = ago(now / 1_000 - Number(seconds))
  return (
    <time dateTime={moment.toISOString()} title={text} className="whitespace-nowrap">
      {full ? `${text} (${past})` : past}
    </time>
  )
}
