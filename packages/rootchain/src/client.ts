import {
  createPublicClient,
  custom,
  type EIP1193Provider,
  fallback,
  http,
  type LocalAccount,
  type PublicClient,
} from 'viem'
import type { Deployment } from './deployment.ts'
import type { FeeStrategy } from './send/fees.ts'
import { createTransactionSender, type TransactionSender } from './send/transactionSender.ts'
import { createWalletSender, type WalletAccount } from './send/walletSender.ts'

/** Who sends: a key in this process, or a wallet behind EIP-1193. */
export type EthereumAccount = LocalAccount | WalletAccount

/** The contracts of a deployment, seen through Ethereum endpoints. Every verb of this package takes it first. */
export interface RootChain {
  readonly deployment: Deployment
  readonly ethereum: PublicClient
  /** Undefined in a client without an account: it can only read. */
  readonly sender: TransactionSender | undefined
}

export interface RootChainParameters {
  readonly deployment: Deployment
  /** Endpoints, tried in this order; or instead of them `provider`. */
  readonly urls?: readonly string[]
  /** The Ethereum connection of a wallet. */
  readonly provider?: Pick<EIP1193Provider, 'request'>
  readonly account?: EthereumAccount
  /** For local accounts; a wallet chooses its own fees. */
  readonly fees?: FeeStrategy
}

const REQUEST_TIMEOUT_MS = 10_000
const RETRIES = 3
const POLL_MS = 500

/**
 * Connects to the contracts of a deployment.
 *
 * @example
 * ```ts
 * const rootChain = createRootChain({ deployment, urls: ['http://127.0.0.1:8545'], account })
 * const { id } = await depositEth(rootChain, { amount: parseEther('1') })
 * ```
 */
export function createRootChain({
  deployment,
  urls = [],
  provider,
  account,
  fees,
}: RootChainParameters): RootChain {
  const transports = urls.map(url =>
    http(url, { batch: true, retryCount: RETRIES, timeout: REQUEST_TIMEOUT_MS }),
  )
  if (provider) transports.push(custom(provider) as unknown as (typeof transports)[number])
  const [first] = transports
  if (!first) throw new Error('createRootChain needs urls or a provider')
  const transport = transports.length === 1 ? first : fallback(transports)
  const ethereum = createPublicClient({ transport, pollingInterval: POLL_MS })
  return { deployment, ethereum, sender: account && createSender(ethereum, account, fees) }
}

function createSender(client: PublicClient, account: EthereumAccount, fees?: FeeStrategy): TransactionSender {
  if ('provider' in account) return createWalletSender(client, account)
  return createTransactionSender(fees ? { client, account, fees } : { client, account })
}
