import { createClient } from '@omg/sdk'
import { Loading, Notice, Page, Status, useRepeated } from '@omg/ui'
import { type KeptAccount, readAccount } from '@omg/ui/account/accounts.ts'
import { readPlace } from '@omg/ui/place'
import { useEffect, useMemo, useState } from 'react'
import { AccountPanel } from './account/AccountPanel.tsx'
import { useAccount } from './account/useAccount.ts'
import { StakeContext } from './context.ts'
import { HistoryPanel } from './history/HistoryPanel.tsx'
import { type Place, placeFrom } from './network/place.ts'
import { stakeReader } from './network/read.ts'
import { Overview } from './Overview.tsx'
import { OwnPanels } from './own/OwnPanels.tsx'
import { ValidatorsPanel } from './validator/ValidatorsPanel.tsx'
import { VotePanel } from './vote/VotePanel.tsx'

/** Between two looks at Ethereum, in milliseconds. */
const LOOK_MS = 2_000

export function Stake() {
  const [start, setStart] = useState<{ place: Place; account: KeptAccount | undefined }>()
  const [problem, setProblem] = useState<string>()
  useEffect(() => {
    const kept = readAccount().catch(() => undefined)
    Promise.all([readPlace('place.json', placeFrom), kept]).then(
      ([place, account]) => setStart({ place, account }),
      (error: Error) => setProblem(error.message),
    )
  }, [])
  if (problem !== undefined) return <Notice title="The page does not know its network">{problem}</Notice>
  return start ? <Connected {...start} /> : <Loading rows={12} />
}

function Connected({ place, account: kept }: { place: Place; account: KeptAccount | undefined }) {
  const [looks, look] = useState(0)
  const doing = useAccount(place, kept, () => look(count => count + 1))
  const { account } = doing
  const client = useMemo(() => createClient({ node: place.node, ethereum: place.ethereum }), [place])
  useEffect(() => () => client.close(), [client])
  const owner = account?.address
  const read = useMemo(() => stakeReader(client, owner), [client, owner])
  // After a deed it is looked at once, and then as before.
  // biome-ignore lint/correctness/useExhaustiveDependencies: a look is asked for by counting on
  const ask = useMemo(() => () => read(), [read, looks])
  const { answer: stake, connected } = useRepeated(ask, LOOK_MS)
  const now = useClock(stake?.now)
  const links = [
    { title: 'Staking', href: '#/', here: true },
    ...(place.explorer ? [{ title: 'Explorer', href: place.explorer, here: false }] : []),
    ...(place.exchange ? [{ title: 'Trade', href: place.exchange, here: false }] : []),
  ]
  const mark = (
    <span role="status" data-testid="connection" className="inline-flex min-w-28 justify-end">
      <Status look={connected ? 'good' : 'wait'}>
        {connected ? 'live' : stake ? 'reconnecting' : 'connecting'}
      </Status>
    </span>
  )
  return (
    <Page name="OMG Stake" links={links} connection={mark}>
      <h1 className="sr-only">Staking</h1>
      {stake === undefined ? (
        <Loading rows={12} />
      ) : (
        <StakeContext value={{ ...doing, place, stake, now }}>
          <Overview />
          <AccountPanel />
          <OwnPanels />
          <ValidatorsPanel />
          <VotePanel />
          <HistoryPanel />
        </StakeContext>
      )}
    </Page>
  )
}

/** Seconds of Ethereum, going on by this clock between its blocks. */
function useClock(last: bigint | undefined): bigint {
  const [now, setNow] = useState(last ?? 0n)
  useEffect(() => {
    if (last === undefined) return
    const seen = Date.now()
    setNow(last)
    const timer = setInterval(() => setNow(last + BigInt(Math.floor((Date.now() - seen) / 1_000))), 1_000)
    return () => clearInterval(timer)
  }, [last])
  return now
}
