import type { Signing } from '../network/signing.ts'
import { partOf } from '../words.ts'

/** How many of the checkpoints that she could sign a validator did, in words and figures. */
export function uptimeOf(signings: readonly Signing[] | undefined): string {
  if (signings === undefined || signings.length === 0) return '–'
  return partOf(BigInt(signings.filter(({ signed }) => signed).length), BigInt(signings.length))
}

/** A stroke for each of the last checkpoints, the newest on the right: low where she did not sign, pale where there was none for her. */
export function Strokes({ signings: all, count }: { signings: readonly Signing[]; count: number }) {
  const signings = all.slice(-count)
  const missed = signings.filter(({ signed }) => !signed).length
  const before = count - signings.length
  return (
    <svg
      viewBox={`0 0 ${count * STROKE} 16`}
      className="h-4 max-w-full"
      preserveAspectRatio="xMinYMid meet"
      role="img"
      aria-label={`${signings.length - missed} of the last ${signings.length} checkpoints signed`}
    >
      {Array.from({ length: before }, (_, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: strokes of nothing are all alike
        <rect key={place} x={place * STROKE} width={STROKE - 2} height="16" rx="1.5" className="fill-line" />
      ))}
      {signings.map(({ checkpoint, signed }, place) => (
        <rect
          key={String(checkpoint)}
          x={(before + place) * STROKE}
          y={signed ? 0 : 10}
          width={STROKE - 2}
          height={signed ? 16 : 6}
          rx="1.5"
          className={signed ? 'fill-good' : 'fill-bad'}
        >
          <title>{`Checkpoint ${checkpoint}: ${signed ? 'signed' : 'not signed'}`}</title>
        </rect>
      ))}
    </svg>
  )
}

/** Width of a stroke with its gap, on the field of the drawing. */
const STROKE = 6
