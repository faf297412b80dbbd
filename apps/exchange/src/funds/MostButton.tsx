import { shortly, textOf } from '../ticket/amount.ts'

interface MostButtonProps {
  /** Token units. */
  readonly most: bigint
  readonly token: { readonly symbol: string; readonly decimals: number }
  /** Takes the amount as one types it. */
  readonly onTake: (text: string) => void
}

/** Says the most that can be moved, and fills it in. */
export function MostButton({ most, token, onTake }: MostButtonProps) {
  return (
    <button
      type="button"
      className="text-accent hover:underline"
      onClick={() => onTake(textOf(most, token.decimals))}
    >
      most: {shortly(most, token.decimals)} {token.symbol}
    </button>
  )
}
