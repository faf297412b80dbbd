import { type NodeTransport, webSocket } from '@omg/sdk'
import { Loading, Notice, Page, Status, useRepeated } from '@omg/ui'
import { readPlace } from '@omg/ui/place'
import { useCallback, useEffect, useState } from 'react'
import { useAnswer } from './chain/ask.ts'
import { ChainContext } from './chain/context.ts'
import { type Place, placeFrom } from './chain/place.ts'
import { readParameters, readStatus } from './chain/read.ts'
import { BatchPage } from './page/BatchPage.tsx'
import { BlockPage } from './page/BlockPage.tsx'
import { CheckpointPage } from './page/CheckpointPage.tsx'
import { HomePage } from './page/HomePage.tsx'
import { MarketPage } from './page/MarketPage.tsx'
import { MarketsPage } from './page/MarketsPage.tsx'
import { OutputPage } from './page/OutputPage.tsx'
import { OwnerPage } from './page/OwnerPage.tsx'
import { SearchPage } from './page/SearchPage.tsx'
import { TransactionPage } from './page/TransactionPage.tsx'
import { ValidatorsPage } from './page/ValidatorsPage.tsx'
import { SearchForm } from './part/SearchForm.tsx'
import { type Route, useRoute } from './route.ts'

/** Between two looks at the node, in milliseconds. */
const STATUS_MS = 1_000

export function Explorer() {
  const [place, setPlace] = useState<Place & { readonly transport: NodeTransport }>()
  const [problem, setProblem] = useState<string>()
  useEffect(() => {
    readPlace('place.json', placeFrom).then(
      found => setPlace({ ...found, transport: webSocket(found.node) }),
      (error: Error) => setProblem(error.message),
    )
  }, [])
  if (problem !== undefined) return <Notice title="The explorer does not know its node">{problem}</Notice>
  return place ? <Connected node={place.transport} place={place} /> : <Loading rows={12} />
}

function Connected({ node, place }: { node: NodeTransport; place: Place }) {
  const route = useRoute()
  const { status, connected } = useStatus(node)
  const { data: parameters } = useAnswer(
    'parameters',
    () => readParameters(node),
    () => true,
  )
  const title = 'id' in route ? `${route.page} ${route.id.slice(0, 14)}` : route.page
  useEffect(() => {
    document.title = `${title} · OMG Explorer`
  }, [title])
  const links = [
    { title: 'Overview', href: '#/', here: route.page === 'home' },
    ...(place.indexer
      ? [{ title: 'Markets', href: '#/markets', here: ['markets', 'market', 'batch'].includes(route.page) }]
      : []),
    { title: 'Validators', href: '#/validators', here: route.page === 'validators' },
    ...(place.stake ? [{ title: 'Stake', href: place.stake, here: false }] : []),
    ...(place.exchange ? [{ title: 'Trade', href: place.exchange, here: false }] : []),
  ]
  const mark = (
    <span role="status" data-testid="connection" className="inline-flex min-w-28 justify-end">
      <Status look={connected ? 'good' : 'wait'}>
        {connected ? 'live' : status ? 'reconnecting' : 'connecting'}
      </Status>
    </span>
  )
  return (
    <ChainContext value={{ node, indexer: place.indexer, parameters, status, connected }}>
      <Page name="OMG Explorer" links={links} search={<SearchForm />} connection={mark}>
        {pageOf(route)}
      </Page>
    </ChainContext>
  )
}

function pageOf(route: Route) {
  switch (route.page) {
    case 'home':
      return <HomePage />
    case 'validators':
      return <ValidatorsPage />
    case 'markets':
      return <MarketsPage />
    case 'market':
      return <MarketPage key={route.id} id={route.id} />
    case 'batch':
      return <BatchPage key={`${route.id} ${route.height}`} id={route.id} height={route.height} />
    case 'block':
      return <BlockPage height={BigInt(route.id)} />
    case 'checkpoint':
      return <CheckpointPage number={BigInt(route.id)} />
    case 'tx':
      return <TransactionPage id={route.id} />
    case 'output':
      return <OutputPage id={route.id} />
    case 'owner':
      return <OwnerPage key={route.id} id={route.id} />
    case 'search':
      return <SearchPage key={route.id} id={route.id} />
    case 'unknown':
      return (
        <Notice title="There is no such page">
          <a href="#/">To the overview</a>
        </Notice>
      )
  }
}

/** The node's state, asked every second. */
function useStatus(node: NodeTransport) {
  const ask = useCallback(() => readStatus(node), [node])
  const { answer, connected } = useRepeated(ask, STATUS_MS)
  return { status: answer, connected }
}
