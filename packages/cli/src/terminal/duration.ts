const UNITS: readonly [seconds: number, name: string][] = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'min'],
]

/** A length of time for people: `45 s`, `3 min`, `6 d 23 h`. */
export function formatSeconds(seconds: number | bigint): string {
  const total = Math.max(0, Math.round(Number(seconds)))
  for (const [index, [size, name]] of UNITS.entries()) {
    if (total < size) continue
    const lower = UNITS[index + 1]
    const rest = lower === undefined ? total % size : Math.floor((total % size) / lower[0])
    const restName = lower === undefined ? 's' : lower[1]
    return rest === 0
      ? `${Math.floor(total / size)} ${name}`
      : `${Math.floor(total / size)} ${name} ${rest} ${restName}`
  }
  return `${total} s`
}
