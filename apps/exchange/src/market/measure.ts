import { type RefObject, useEffect, useState } from 'react'

/** From this width on, everything stands side by side; below, one tab at a time (Tailwind's `lg`). */
export const WIDE = '(min-width: 64rem)'

/** The height of an element in pixels, and whether this is a phone. */
export function useMeasured(element: RefObject<HTMLElement | null>): { height: number; phone: boolean } {
  const [measured, setMeasured] = useState({ height: 0, phone: !matchMedia(WIDE).matches })
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setMeasured({ height: entry.contentRect.height, phone: !matchMedia(WIDE).matches })
    })
    observer.observe(element.current!)
    return () => observer.disconnect()
  }, [element])
  return measured
}
