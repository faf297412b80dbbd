import { Status } from '@omg/ui'
import { useStreamState } from './data/channel.ts'
import { useNetwork } from './data/network.ts'

/** Whether what one sees is of now. It comes back by itself. */
export function ConnectionMark() {
  const { connected, status } = useNetwork()
  const stream = useStreamState()
  const isLive = connected && (stream === undefined || stream === 'live')
  const was = status !== undefined && stream !== 'connecting'
  return (
    <span role="status" data-testid="connection" className="inline-flex justify-end sm:min-w-28">
      <Status look={isLive ? 'good' : 'wait'}>{isLive ? 'live' : was ? 'reconnecting' : 'connecting'}</Status>
    </span>
  )
}

/** Says over the page what a lost connection means, without moving anything. */
export function ConnectionNotice() {
  const { connected, status } = useNetwork()
  const stream = useStreamState()
  const lost = [
    ...(status && !connected ? ['the node'] : []),
    ...(stream === 'reconnecting' ? ['market data'] : []),
  ]
  return (
    <div role="status" className="pointer-events-none fixed inset-x-0 top-16 z-50 flex justify-center px-4">
      {lost.length > 0 ? (
        <p className="rounded-full border border-wait/40 bg-surface px-4 py-2 text-sm text-wait shadow-lg">
          Connecting again to {lost.join(' and ')}. Prices stand still until then; your orders and money are
          safe.
        </p>
      ) : null}
    </div>
  )
}
