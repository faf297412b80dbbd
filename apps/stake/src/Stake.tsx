import { Boundary, Loading, Missing, Notice, Page, Status } from '@omg/ui'
import { readPlace } from '@omg/ui/place'
import { lazy, Suspense, useEffect, useState } from 'react'
import { type Place, placeFrom } from './network/place.ts'
import { type Route, useRoute } from './route.ts'

// Everything that speaks to Ethereum comes after the frame has been drawn, and is asked for at once.
const loading = import('./Live.tsx')
const Live = lazy(() => loading)

/** Rows of the skeleton: as tall as the first screen of most views. */
const SKELETON_ROWS = 14

export type Connection = 'connecting' | 'live' | 'reconnecting'

/** The frame of the page: there at once, whatever the network does. */
export function Stake() {
  const route = useRoute()
  const [place, setPlace] = useState<Place>()
  const [problem, setProblem] = useState<string>()
  const [connection, setConnection] = useState<Connection>('connecting')
  useEffect(() => {
    readPlace('place.json', placeFrom).then(setPlace, (error: Error) => setProblem(error.message))
  }, [])
  useEffect(() => {
    document.title = `${TITLES[route.view]} · OMG Stake`
  }, [route.view])
  const mark = (
    <span role="status" data-testid="connection" className="inline-flex min-w-28 justify-end">
      <Status look={connection === 'live' ? 'good' : 'wait'}>{connection}</Status>
    </span>
  )
  return (
    <Page name="OMG Stake" links={linksOf(route, place)} connection={mark}>
      {problem !== undefined ? (
        <Notice title="The page does not know its network">{problem}</Notice>
      ) : (
        <Boundary instead={<Missing what="The page" />}>
          <Suspense fallback={<Loading rows={SKELETON_ROWS} />}>
            {place ? (
              <Live place={place} route={route} onConnection={setConnection} />
            ) : (
              <Loading rows={SKELETON_ROWS} />
            )}
          </Suspense>
        </Boundary>
      )}
    </Page>
  )
}

const TITLES: Record<Route['view'], string> = {
  validators: 'Validators',
  validator: 'Validator',
  own: 'Your stake',
  fees: 'Fees',
  history: 'Slashes',
  unknown: 'Nothing here',
}

function linksOf({ view }: Route, place: Place | undefined) {
  return [
    { title: 'Validators', href: '#/', here: view === 'validators' || view === 'validator' },
    { title: 'Your stake', href: '#/own', here: view === 'own' },
    { title: 'Fees', href: '#/fees', here: view === 'fees' },
    { title: 'Slashes', href: '#/history', here: view === 'history' },
    ...(place?.explorer ? [{ title: 'Explorer', href: place.explorer, here: false }] : []),
    ...(place?.exchange ? [{ title: 'Trade', href: place.exchange, here: false }] : []),
  ]
}
