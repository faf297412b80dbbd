import { Loading, Notice } from '@omg/ui'
import { type Connection, NetworkContext, useConnection, useNetworkOver } from './data/network.ts'
import { TradingPage } from './TradingPage.tsx'

export function Exchange() {
  const connection = useConnection()
  if (connection instanceof Error) {
    return <Notice title="The page does not know its network">{connection.message}</Notice>
  }
  return connection ? <Connected connection={connection} /> : <Loading rows={16} />
}

function Connected({ connection }: { connection: Connection }) {
  return (
    <NetworkContext value={useNetworkOver(connection)}>
      <TradingPage />
    </NetworkContext>
  )
}
