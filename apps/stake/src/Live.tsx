import { createBareClient } from '@omg/sdk'
import { Boundary, Loading, Missing, Notice, useRepeated } from '@omg/ui'
import { lazy, Suspense, useEffect, useMemo, useState } from 'react'
import { DeedNote } from './account/DeedNote.tsx'
import { useAccount } from './account/useAccount.ts'
import { StakeContext } from './context.ts'
import type { Place } from './network/place.ts'
import { stakeReader } from './network/read.ts'
import { OwnView } from './own/OwnView.tsx'
import type { Route } from './route.ts'
import type { Connection } from './Stake.tsx'
import { ValidatorsView } from './validator/ValidatorsView.tsx'

const FeesView = lazy(() => import('./vote/FeesView.tsx'))
const HistoryView = lazy(() => import('./history/HistoryView.tsx'))
const ValidatorView = lazy(() => import('./validator/ValidatorView.tsx'))

/** Between two looks at Ethereum, in milliseconds. */
const LOOK_MS = 2_000
const SKELETON_ROWS = 14

interface LiveProps {
  readonly place: Place
  readonly route: Route
  readonly onConnection: (connection: Connection) => void
}

/** Stake as it is, read again and again, and the view of it that the address names. */
export default function Live({ place, route, onConnection }: LiveProps) {
  const [looks, look] = useState(0)
  const doing = useAccount(place, () => look(count => count + 1))
  const client = useMemo(() => createBareClient({ node: place.node, ethereum: place.ethereum }), [place])
  useEffect(() => () => client.close(), [client])
  const owner = doing.account?.address
  const read = useMemo(() => stakeReader(client, owner), [client, owner])
  // After a deed it is looked at once, and then as before.
  // biome-ignore lint/correctness/useExhaustiveDependencies: a look is asked for by counting on
  const ask = useMemo(() => () => read(), [read, looks])
  const { answer: stake, connected, failed } = useRepeated(ask, LOOK_MS)
  const now = useClock(stake?.now)
  const connection = connected ? 'live' : stake ? 'reconnecting' : 'connecting'
  useEffect(() => onConnection(connection), [connection, onConnection])
  if (!doing.ready || (stake === undefined && !failed)) return <Loading rows={SKELETON_ROWS} />
  if (stake === undefined) {
    return (
      <Notice title="The network does not answer">
        Stake is safe on Ethereum, whatever this page sees. It asks again by itself.
      </Notice>
    )
  }
  return (
    <StakeContext value={{ ...doing, place, stake, now }}>
      <Boundary key={route.view} instead={<Missing what="This view" />}>
        <Suspense fallback={<Loading rows={SKELETON_ROWS} />}>{viewOf(route)}</Suspense>
      </Boundary>
      {/* Room for the note at the end of the page. */}
      <div className="h-12" />
      <DeedNote lost={!connected} />
    </StakeContext>
  )
}

function viewOf(route: Route) {
  switch (route.view) {
    case 'validators':
      return <ValidatorsView />
    case 'validator':
      return <ValidatorView key={route.validator} validator={route.validator} />
    case 'own':
      return <OwnView />
    case 'fees':
      return <FeesView />
    case 'history':
      return <HistoryView />
    case 'unknown':
      return (
        <Notice title="There is no such view">
          <a href="#/">To the validators</a>
        </Notice>
      )
  }
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
