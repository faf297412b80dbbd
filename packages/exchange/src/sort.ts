const DIGIT_BITS = 11
const DIGITS = 1 << DIGIT_BITS
/** Below it, counting digits costs more than comparing. */
const SMALL = 64

/**
 * Sorts refs by a column of 32-bit numbers, in place and stably: several columns are sorted by the least one first.
 * With `descending`, the largest number comes first, and equal ones still keep their order.
 */
export function sortByColumn(refs: Uint32Array, column: Uint32Array, descending = false): Uint32Array {
  let all = 0
  let any = 0xffff_ffff
  for (let i = 0; i < refs.length; i++) {
    all |= column[refs[i]!]!
    any &= column[refs[i]!]!
  }
  // Bits in which all numbers agree need no sorting.
  const varying = (all ^ any) >>> 0
  if (varying === 0) return refs
  const flip = descending ? DIGITS - 1 : 0
  let from = refs
  let to: Uint32Array = new Uint32Array(refs.length)
  for (let shift = 0; shift < 32; shift += DIGIT_BITS) {
    if (((varying >>> shift) & (DIGITS - 1)) === 0) continue
    distribute(from, to, column, shift, flip)
    const swap = from
    from = to
    to = swap
  }
  if (from !== refs) refs.set(from)
  return refs
}

/** Sorts refs by the position that made their orders, the oldest first, in place. */
export function sortByAge(
  columns: { checkpoint: Uint32Array; path: Uint32Array },
  refs: Uint32Array,
): Uint32Array {
  const { checkpoint, path } = columns
  if (refs.length <= SMALL) {
    return refs.sort((a, b) => checkpoint[a]! - checkpoint[b]! || path[a]! - path[b]!)
  }
  return sortByColumn(sortByColumn(refs, path), checkpoint)
}

function distribute(
  from: Uint32Array,
  to: Uint32Array,
  column: Uint32Array,
  shift: number,
  flip: number,
): void {
  const starts = new Uint32Array(DIGITS + 1)
  const digits = new Uint16Array(from.length)
  for (let i = 0; i < from.length; i++) {
    const digit = ((column[from[i]!]! >>> shift) & (DIGITS - 1)) ^ flip
    digits[i] = digit
    starts[digit + 1]!++
  }
  for (let digit = 1; digit < DIGITS; digit++) starts[digit]! += starts[digit - 1]!
  for (let i = 0; i < from.length; i++) to[starts[digits[i]!]!++] = from[i]!
}
