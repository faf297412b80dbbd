import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  type Address,
  address,
  amount,
  coinGuard,
  decodeSignedTransaction,
  fromHex,
  type Hex,
  OmgError,
  type OutputId,
  transactionHash,
  unwrap,
  ZERO_ADDRESS,
} from '@omg/protocol'
import { type Deployment, domainOf, encodeDeployment, mainnetParameters } from '@omg/rootchain'
import { type WebSocket as ServerSocket, WebSocketServer } from 'ws'

const at = (n: number) => address(`0x${n.toString(16).padStart(40, '0')}`)

export const USD = at(100)
export const ITEM = at(101)

export const deployment: Deployment = {
  chainId: 31_337n,
  rootChain: at(1),
  bonding: at(2),
  omgToken: at(3),
  ethVault: at(4),
  erc20Vault: at(5),
  erc721Vault: at(6),
  exitQueue: at(7),
  standardExits: at(8),
  inFlightExits: at(9),
  markets: at(10),
  feeVotes: at(13),
  slashing: at(14),
  rewards: at(15),
  insuranceVault: at(16),
  deployedAtBlock: 1n,
  parameters: mainnetParameters,
  feeTokens: [
    { lane: 0, token: ZERO_ADDRESS, unit: 10n, symbol: 'ETH', decimals: 18 },
    { lane: 1, token: USD, unit: 1n, symbol: 'TUSD', decimals: 6 },
  ],
}

export const domain = domainOf(deployment)

/** Payments cost 50 in ETH or 5 in USD; with an item 70 or 7. The dust limit is 20 and 2. */
const FEES = [
  {
    lane: 0,
    token: ZERO_ADDRESS,
    symbol: 'ETH',
    decimals: 18,
    unit: '10',
    dust: '20',
    fees: { payment: '5', item: '7' },
  },
  {
    lane: 1,
    token: USD,
    symbol: 'TUSD',
    decimals: 6,
    unit: '1',
    dust: '2',
    fees: { payment: '5', item: '7' },
  },
]

/** The answer of a chain whose fees never move. */
function feesOf(tokens: typeof FEES) {
  const lane = (read: (token: (typeof FEES)[number]) => string) => [...tokens.map(read), '0', '0']
  const schedule = {
    payment: lane(({ fees }) => fees.payment),
    item: lane(({ fees }) => fees.item),
    accepted: [true, true, false, false],
    ...{ makerBps: [10, 10, 10], takerBps: [20, 20, 20], steps: 32, unitsPerStep: '1000', cancels: 256 },
  }
  return {
    ...{ voted: schedule, nextEpoch: schedule, congestion: '1000000', maxCongestion: '1000000' },
    feeTokens: tokens.map(({ lane, token, fees }) => ({ lane, token, accepted: true, ...fees })),
  }
}

export interface FakeOutput {
  owner: Address
  amount: bigint
  token?: Address
  type?: 'coin' | 'item'
  status?: 'included' | 'checkpointed' | 'committed'
  locked?: boolean
}

type Handler = (params: Record<string, unknown>) => unknown

/** A node that answers like the real one, from memory, and misbehaves as a test tells it to. */
export interface FakeNode extends AsyncDisposable {
  readonly url: string
  readonly webSocketUrl: string
  readonly handlers: Record<string, Handler>
  /** What was submitted and taken. */
  readonly taken: Hex[]
  /** How many calls came per method. */
  readonly calls: Record<string, number>
  /** Answers that are lost on their way back. */
  lose: number
  /** Tells the subscribers of a channel. */
  tell(channel: string, event: object): void
  /** Breaks all connections. */
  disconnect(): void
  /** An unspent output as the node describes it. */
  findOutput(id: OutputId): object
  /** From which height each subscription started, in order. */
  readonly subscribed: { channel: string; from: string | undefined }[]
}

export const id = (n: number) => `0x${n.toString(16).padStart(64, '0')}` as OutputId

export async function startFakeNode(outputs: readonly FakeOutput[] = []): Promise<FakeNode> {
  const listed = outputs.map((output, index) => ({
    id: id(index + 1),
    type: output.type ?? 'coin',
    guard: coinGuard(output.owner),
    token: output.token ?? ZERO_ADDRESS,
    amount: String(amount(output.amount)),
    position: String((BigInt(index + 1) << 64n) | 1n),
    height: '1',
    txHash: null,
    status: output.status ?? 'committed',
    locked: output.locked ?? false,
  }))
  const taken: Hex[] = []
  const known = new Map<string, object>()

  const handlers: Record<string, Handler> = {
    omg_getParameters: () => ({
      domain: { chainId: '31337', verifyingContract: deployment.rootChain },
      feeTokens: FEES,
      deployment: JSON.parse(encodeDeployment(deployment)),
    }),
    omg_getFees: () => feesOf(FEES),
    omg_status: () => ({ height: '1', time: '1000', checkpoint: '1', alarms: [] }),
    omg_getOutputs({ owner, token, cursor, limit = 100 }) {
      const start = Number(cursor ?? 0)
      const all = listed.filter(output => output.guard === coinGuard(owner as Address))
      const wanted = all.filter(output => token === undefined || output.token === token)
      const end = start + Number(limit)
      return { outputs: wanted.slice(start, end), cursor: end < wanted.length ? String(end) : null }
    },
    omg_submit({ transaction }) {
      const { transaction: decoded } = unwrap(decodeSignedTransaction(fromHex(transaction as string)))
      const hash = transactionHash(decoded, domain)
      if (known.has(hash)) throw new OmgError('mempool.duplicate', 'known', 'Nothing to do.')
      known.set(hash, { hash, status: 'pending' })
      taken.push(transaction as Hex)
      return { txHash: hash }
    },
    omg_getTransaction({ txHash }) {
      const state = known.get(txHash as string)
      if (!state) throw new OmgError('request.not_found', 'unknown', 'Check the id.')
      return state
    },
  }

  const sockets = new Set<ServerSocket>()
  const subscriptions = new Map<string, { channel: string; socket: ServerSocket }>()
  const node: FakeNode = {
    url: '',
    webSocketUrl: '',
    handlers,
    taken,
    calls: {},
    lose: 0,
    subscribed: [],
    findOutput(id) {
      const found = listed.find(output => output.id === id)
      if (!found) throw new OmgError('request.not_found', 'unknown', 'Check the id.')
      return found
    },
    tell(channel, event) {
      for (const [subscription, { channel: name, socket }] of subscriptions) {
        if (name !== channel) continue
        const params = { subscription, result: event }
        socket.send(JSON.stringify({ jsonrpc: '2.0', method: 'omg_subscription', params }))
      }
    },
    disconnect() {
      for (const socket of sockets) socket.terminate()
    },
    async [Symbol.asyncDispose]() {
      node.disconnect()
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }

  function answer(text: string): object {
    const { id: call, method, params } = JSON.parse(text)
    node.calls[method] = (node.calls[method] ?? 0) + 1
    try {
      const handler = handlers[method]
      if (!handler) throw new OmgError('request.method', `no ${method}`, 'Call another.')
      return { jsonrpc: '2.0', id: call, result: handler(params) }
    } catch (error) {
      const { code, message, action } = error as OmgError
      return { jsonrpc: '2.0', id: call, error: { code: -32000, message, data: { code, action } } }
    }
  }

  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = answer(Buffer.concat(chunks).toString())
    if (node.lose > 0) {
      node.lose--
      request.socket.destroy()
      return
    }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(body))
  })
  new WebSocketServer({ server }).on('connection', socket => {
    sockets.add(socket)
    socket.on('close', () => {
      sockets.delete(socket)
      for (const [name, { socket: owner }] of subscriptions) if (owner === socket) subscriptions.delete(name)
    })
    socket.on('message', data => {
      const call = JSON.parse(String(data))
      if (call.method !== 'omg_subscribe') {
        socket.send(JSON.stringify(answer(String(data))))
        return
      }
      const subscription = `s${node.subscribed.length + 1}`
      const { channel, from } = call.params
      node.subscribed.push({ channel, from })
      subscriptions.set(subscription, { channel, socket })
      socket.send(JSON.stringify({ jsonrpc: '2.0', id: call.id, result: { subscription } }))
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return Object.assign(node, { url: `http://127.0.0.1:${port}`, webSocketUrl: `ws://127.0.0.1:${port}` })
}
