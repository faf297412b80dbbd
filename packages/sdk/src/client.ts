import { type Address, address, type Domain, type OutputId, type TxHash } from '@omg/protocol'
import type { RootChain } from '@omg/rootchain'
import { type Deployment, decodeDeployment, domainOf } from '@omg/rootchain/deployment'
import type { EIP1193Provider } from 'viem'
import type { Account } from './account/account.ts'
import { sdkError } from './error.ts'
import { Fields } from './node/decode.ts'
import { http } from './node/http.ts'
import type { NodeTransport } from './node/transport.ts'
import { webSocket } from './node/webSocket.ts'

/** A token in which fees are paid. Amounts in token units. */
export interface FeeToken {
  readonly lane: number
  readonly token: Address
  readonly symbol: string
  readonly decimals: number
  /** Fees are multiples of it. */
  readonly unit: bigint
  /** Smallest coin of the token. */
  readonly dust: bigint
  /** The least fee of one signature: the one that the chain began with, where nothing else is said. */
  readonly fees: { readonly payment: bigint; readonly item: bigint }
  /** False while the stakers do not accept fees in it. */
  readonly accepted?: boolean
}

/** What a wallet must know of a network. */
export interface Network {
  readonly domain: Domain
  readonly deployment: Deployment
  readonly feeTokens: readonly FeeToken[]
}

export interface ClientParameters {
  /** Where the node is: `http(s)://...`, `ws(s)://...`, or a transport. */
  readonly node: string | NodeTransport
  /** Ethereum: endpoint, several of them, or a wallet's provider. Needed for deposits and exits. */
  readonly ethereum?: string | readonly string[] | Pick<EIP1193Provider, 'request'>
  readonly account?: Account
  /** Whose orders this client trades with, if its account is her agent. Default: the account's own. */
  readonly owner?: Address
  /**
   * The network's deployment record. Give it, from a source you trust, where money is at stake: without it the node's
   * word is taken for which contracts and which domain to use.
   */
  readonly deployment?: Deployment
}

/** What every verb takes first. */
export interface Client {
  readonly node: NodeTransport
  readonly account: Account | undefined
  /** The account's address. @throws SdkError `client.no_account` */
  address(): Address
  /** Whose orders the client trades with: the account itself, or the owner for whom it is the agent. */
  owner(): Address
  /** Domain, contracts and fees; asked for once. */
  network(): Promise<Network>
  /** The contracts on Ethereum. @throws SdkError `client.no_ethereum` */
  rootChain(): Promise<RootChain>
  /** Outputs that payments of this client are spending, so that two payments at once choose different coins. */
  readonly reserved: Map<OutputId, TxHash>
  /** Makes payments choose their coins one after the other. */
  inTurn<T>(work: () => Promise<T>): Promise<T>
  close(): void
}

/** Connects to a network. Nothing is sent before the first verb. */
export function createBareClient(parameters: ClientParameters): Client {
  const { account, ethereum, owner } = parameters
  const node = typeof parameters.node === 'string' ? transportTo(parameters.node) : parameters.node
  let turn: Promise<unknown> = Promise.resolve()

  const network = once(() => readNetwork(node, parameters.deployment))

  const rootChain = once(async () => {
    if (ethereum === undefined) throw sdkError('client.no_ethereum', 'this client has no Ethereum endpoint')
    const { deployment } = await network()
    // A page that only reads need not load what speaks to Ethereum.
    const { createRootChain } = await import('@omg/rootchain')
    const options = account ? { deployment, account } : { deployment }
    if (typeof ethereum === 'string') return createRootChain({ ...options, urls: [ethereum] })
    if ('request' in ethereum) return createRootChain({ ...options, provider: ethereum })
    return createRootChain({ ...options, urls: ethereum })
  })

  const ownAddress = () => {
    if (!account) throw sdkError('client.no_account', 'this client has no account')
    return address(account.address)
  }

  return {
    node,
    account,
    network,
    rootChain,
    reserved: new Map(),
    address: ownAddress,
    owner: () => (owner === undefined ? ownAddress() : address(owner)),
    inTurn(work) {
      const result = turn.then(work)
      turn = result.catch(() => {})
      return result
    },
    close: () => node.close(),
  }
}

function transportTo(url: string): NodeTransport {
  return /^wss?:/.test(url) ? webSocket(url) : http(url)
}

/** The first success is kept; a failure is tried again the next time. */
function once<T>(load: () => Promise<T>): () => Promise<T> {
  let kept: Promise<T> | undefined
  return () => {
    kept ??= load().catch(error => {
      kept = undefined
      throw error
    })
    return kept
  }
}

async function readNetwork(node: NodeTransport, trusted: Deployment | undefined): Promise<Network> {
  const answer = new Fields(await node.request('omg_getParameters', {}), 'parameters')
  const named = answer.object('domain')
  const deployment = trusted ?? decodeDeployment(answer.raw('deployment'))
  const domain = domainOf(deployment)
  if (
    named.integer('chainId') !== domain.chainId ||
    named.address('verifyingContract') !== domain.verifyingContract
  ) {
    throw sdkError('node.wrong_network', `the node serves ${named.address('verifyingContract')}`)
  }
  return { domain, deployment, feeTokens: answer.list('feeTokens', feeTokenOf) }
}

function feeTokenOf(value: unknown): FeeToken {
  const fields = new Fields(value, 'fee token')
  const fees = fields.object('fees')
  const unit = fields.integer('unit')
  return {
    lane: fields.count('lane'),
    token: fields.address('token'),
    symbol: fields.text('symbol'),
    decimals: fields.count('decimals'),
    unit,
    dust: fields.integer('dust'),
    fees: { payment: fees.integer('payment') * unit, item: fees.integer('item') * unit },
  }
}
