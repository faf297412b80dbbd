import { exact, grouped } from './number.ts'

/** An amount of money, to its last digit. A token without known decimals is shown in its smallest units. */
export function Amount({
  units,
  token,
}: {
  units: bigint
  token: { symbol: string; decimals: number } | undefined
}) {
  return (
    <span className="whitespace-nowrap">
      {token ? exact(units, token.decimals) : grouped(units)}{' '}
      <span className="text-quiet">{token ? token.symbol : 'units'}</span>
    </span>
  )
}
