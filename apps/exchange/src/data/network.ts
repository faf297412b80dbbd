import {
  type Client,
  createBareClient,
  Fields,
  getMarkets,
  type Market,
  type Network,
  type NodeTransport,
  networkNow,
  webSocket,
} from '@omg/sdk'
import { useRepeated } from '@omg/ui'
import { readPlace } from '@omg/ui/place'
import { createContext, useCallback, useContext, useEffect, useRef, useState } from 'react'
import { type IndexerClient, openIndexer } from './indexer.ts'
import { type Place, placeFrom } from './place.ts'

/** Between two looks at the node, in milliseconds. */
const STATUS_MS = 1_000
/** Between two looks at the list of markets: one is listed or halted rarely. */
const MARKETS_MS = 10_000
/** Between two looks at the fees: the stakers move them once an epoch, full blocks faster. */
const FEES_MS = 5_000

/** Everything that the page talks to. */
export interface Connection {
  readonly place: Place
  /** Over a WebSocket; goes on after a lost connection. */
  readonly node: NodeTransport
  /** Reads without an account. */
  readonly client: Client
  /** Undefined where the network has none: no chart, tape and history then. */
  readonly indexer: IndexerClient | undefined
}

/** The state of the node that the page shows. */
export interface NodeStatus {
  readonly height: bigint
  /** Of the last block, in seconds. */
  readonly time: bigint
  readonly alarms: readonly { readonly code: string; readonly message: string; readonly action: string }[]
}

export interface NetworkValue extends Connection {
  /** Domain, contracts, fee tokens with what is due of each in the next block; undefined until the node has answered. */
  readonly parameters: Network | undefined
  /** Listed markets, in the order in which the registry lists them; empty until the node has answered. */
  readonly markets: readonly Market[]
  /** Undefined until the node has answered. */
  readonly status: NodeStatus | undefined
  /** Whether the node answered last time. */
  readonly connected: boolean
}

export const NetworkContext = createContext<NetworkValue | undefined>(undefined)

/** The network. Throws outside of `<NetworkContext>`. */
export function useNetwork(): NetworkValue {
  const network = useContext(NetworkContext)
  if (!network) throw new Error('a component stands outside of the network')
  return network
}

/** Connects to what `place.json` names. */
export function useConnection(): Connection | Error | undefined {
  const [connection, setConnection] = useState<Connection | Error>()
  useEffect(() => {
    let opened: Connection | undefined
    let over = false
    readPlace('place.json', placeFrom).then(
      place => {
        if (over) return
        opened = connect(place)
        setConnection(opened)
      },
      (error: Error) => over || setConnection(error),
    )
    return () => {
      over = true
      opened?.node.close()
      opened?.indexer?.close()
    }
  }, [])
  return connection
}

function connect(place: Place): Connection {
  const node = webSocket(place.node)
  const client = createBareClient({ node, ...(place.ethereum && { ethereum: place.ethereum }) })
  return {
    place,
    node,
    client,
    indexer: place.indexer === undefined ? undefined : openIndexer(place.indexer),
  }
}

/** The network over a connection, kept up to date. */
export function useNetworkOver(connection: Connection): NetworkValue {
  const { client, node } = connection
  const { status, connected } = useStatus(node)
  const parameters = useAgain(() => networkNow(client), FEES_MS, connected)
  const markets = useAgain(() => getMarkets(client), MARKETS_MS, connected)
  return { ...connection, parameters, markets: markets ?? [], status, connected }
}

/** An answer that is asked for again and again, with a pause in milliseconds after each; sooner after none. */
function useAgain<T>(ask: () => Promise<T>, pause: number, connected: boolean): T | undefined {
  const [answer, setAnswer] = useState<T>()
  const question = useRef(ask)
  useEffect(() => {
    if (!connected) return
    let over = false
    let timer: ReturnType<typeof setTimeout> | undefined
    const run = async () => {
      const next = await question.current().catch((error: Error) => {
        console.warn(error.message)
        return undefined
      })
      if (over) return
      if (next !== undefined) setAnswer(() => next)
      timer = setTimeout(() => void run(), next === undefined ? STATUS_MS : pause)
    }
    void run()
    return () => {
      over = true
      clearTimeout(timer)
    }
  }, [pause, connected])
  return answer
}

/** The node's state, asked every second. */
function useStatus(node: NodeTransport): Pick<NetworkValue, 'status' | 'connected'> {
  const ask = useCallback(async () => statusFrom(await node.request('omg_status', {})), [node])
  const { answer, connected } = useRepeated(ask, STATUS_MS)
  return { status: answer, connected }
}

function statusFrom(answer: unknown): NodeStatus {
  const fields = new Fields(answer, 'status')
  return {
    height: fields.integer('height'),
    time: fields.integer('time'),
    alarms: fields.list('alarms', value => {
      const alarm = new Fields(value, 'alarm')
      return { code: alarm.text('code'), message: alarm.text('message'), action: alarm.text('action') }
    }),
  }
}
