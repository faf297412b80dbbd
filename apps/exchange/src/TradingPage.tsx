import { Loading } from '@omg/ui'
import { useNetwork } from './data/network.ts'
import { marketFrom, useFragment } from './route.ts'

/** The page of one market. */
export function TradingPage() {
  const { markets } = useNetwork()
  const market = marketFrom(useFragment(), markets)
  if (!market) return <Loading rows={16} />
  return <h1>{market.symbol}</h1>
}
