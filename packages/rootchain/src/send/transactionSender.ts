import { OmgError } from '@omg/protocol'
import {
  type Address,
  BaseError,
  type Hash,
  type Hex,
  keccak256,
  type LocalAccount,
  type PublicClient,
  TimeoutError,
  type TransactionReceipt,
  TransactionReceiptNotFoundError,
  type TransactionSerializableEIP4844,
} from 'viem'
import { rootChainError } from '../error.ts'
import { type BlobSidecar, versionedHash, withoutSidecars, withSidecars } from './blobs.ts'
import { bumpFees, defaultFeeStrategy, estimateFees, type FeeStrategy, type Fees } from './fees.ts'
import { gasLimit } from './gas.ts'

/** A call to a contract, or its creation where `to` is absent. `value` in wei. */
export interface TransactionRequest {
  readonly to?: Address
  readonly data: Hex
  readonly value?: bigint
  /** Makes it a transaction with blobs (EIP-4844); a wallet cannot send one. */
  readonly sidecars?: readonly BlobSidecar[]
}

export interface SendOptions {
  /** Stops waiting; the transaction may still be included. */
  readonly signal?: AbortSignal
}

/** Sends transactions of one account and returns when they are in a block. */
export interface TransactionSender {
  readonly address: Address
  /**
   * Sends and waits for the receipt, whatever replacements that takes. A reverted transaction has a receipt too.
   *
   * @throws OmgError `ethereum.refused`, `ethereum.funds`, `ethereum.nonce_taken`, `ethereum.aborted`
   */
  send(request: TransactionRequest, options?: SendOptions): Promise<TransactionReceipt>
}

export interface TransactionSenderParameters {
  readonly client: PublicClient
  readonly account: LocalAccount
  readonly fees?: FeeStrategy
}

const POLL_MS = 250
/** Blocks for which the nonce must have been used by a stranger before we believe it: one could be a reorg. */
const NONCE_TAKEN_BLOCKS = 3n
const MAX_NONCE_ATTEMPTS = 5
/** Failed looks in a row after which the endpoint counts as gone. */
const MAX_FAILURES = 60

/** One nonce and every version of the transaction that was sent with it. */
interface Attempt {
  readonly nonce: number
  readonly hashes: Hash[]
  raw: Hex
  fees: Fees
  sentAtBlock: bigint
  /** Since which block a stranger's transaction seems to have our nonce. */
  takenSince: bigint | undefined
}

/**
 * A sender with a local key. Nonces are given out one after the other, so calls may overlap. A transaction that
 * is not included in time is replaced at a higher fee, one that the node forgot is sent again; both are the same
 * nonce, so at most one version is ever included.
 */
export function createTransactionSender(parameters: TransactionSenderParameters): TransactionSender {
  const { client, account, fees: strategy = defaultFeeStrategy } = parameters
  let nextNonce = 0
  let inFlight = 0
  let nonceTurn: Promise<unknown> = Promise.resolve()
  let chainId: number | undefined

  async function sign(request: TransactionRequest, gas: bigint, nonce: number, fees: Fees): Promise<Hex> {
    chainId ??= await client.getChainId()
    const { sidecars, ...call } = request
    const { maxFeePerBlobGas = 0n, ...plain } = fees
    const envelope = { chainId, ...call, gas, nonce, ...plain }
    if (!sidecars) return account.signTransaction({ type: 'eip1559', ...envelope })
    const blobVersionedHashes = sidecars.map(versionedHash)
    // What is signed names the blobs by their hashes alone.
    const blobs = { type: 'eip4844', ...envelope, maxFeePerBlobGas, blobVersionedHashes } as const
    const signed = await account.signTransaction(blobs as unknown as TransactionSerializableEIP4844)
    return withSidecars(signed, sidecars)
  }

  /** Takes the next nonce and sends. One at a time, so that no two transactions take the same nonce. */
  function begin(request: TransactionRequest, gas: bigint): Promise<Attempt> {
    const turn = nonceTurn.then(async () => {
      for (let attempt = 1; ; attempt++) {
        const pending = await client.getTransactionCount({ address: account.address, blockTag: 'pending' })
        // A19: a reorganisation may have given nonces back, so our own count is worth something only while we wait.
        const nonce = inFlight === 0 ? pending : Math.max(nextNonce, pending)
        const fees = await estimateFees(client, strategy, request.sidecars !== undefined)
        const raw = await sign(request, gas, nonce, fees)
        const sentAtBlock = await client.getBlockNumber({ cacheTime: 0 })
        const outcome = await broadcast(client, raw)
        if (outcome.kind === 'nonce too low' && attempt < MAX_NONCE_ATTEMPTS) {
          nextNonce = 0
          continue
        }
        if (outcome.kind !== 'sent') throw refusal(outcome)
        nextNonce = nonce + 1
        inFlight++
        return { nonce, hashes: [outcome.hash], raw, fees, sentAtBlock, takenSince: undefined }
      }
    })
    nonceTurn = turn.catch(() => {})
    return turn
  }

  async function replace(
    attempt: Attempt,
    request: TransactionRequest,
    gas: bigint,
    head: bigint,
  ): Promise<void> {
    const market = await estimateFees(client, strategy, request.sidecars !== undefined)
    const fees = bumpFees(attempt.fees, market, strategy)
    const raw = fees ? await sign(request, gas, attempt.nonce, fees) : attempt.raw
    const outcome = await broadcast(client, raw)
    attempt.sentAtBlock = head
    // A price that is still too low must rise from here at the next turn, so remember it either way.
    if (fees) Object.assign(attempt, { fees, raw })
    if (outcome.kind === 'sent' && !attempt.hashes.includes(outcome.hash)) attempt.hashes.push(outcome.hash)
  }

  async function look(
    attempt: Attempt,
    request: TransactionRequest,
    gas: bigint,
  ): Promise<TransactionReceipt | undefined> {
    const receipt = await findReceipt(client, attempt.hashes)
    if (receipt) return receipt
    const head = await client.getBlockNumber({ cacheTime: 0 })
    const used = await client.getTransactionCount({ address: account.address, blockTag: 'latest' })
    attempt.takenSince = used <= attempt.nonce ? undefined : (attempt.takenSince ?? head)
    if (attempt.takenSince === undefined) {
      if (head >= attempt.sentAtBlock + strategy.stuckAfterBlocks) await replace(attempt, request, gas, head)
    } else if (head >= attempt.takenSince + NONCE_TAKEN_BLOCKS) {
      throw rootChainError('ethereum.nonce_taken', `another transaction used nonce ${attempt.nonce}`)
    }
    return undefined
  }

  async function follow(attempt: Attempt, request: TransactionRequest, gas: bigint, { signal }: SendOptions) {
    let failures = 0
    for (;;) {
      if (signal?.aborted)
        throw rootChainError('ethereum.aborted', 'gave up waiting for a receipt', signal.reason)
      try {
        const receipt = await look(attempt, request, gas)
        if (receipt) return receipt
        failures = 0
      } catch (error) {
        // The transaction is on its way: an endpoint that fails for a while is no reason to lose sight of it.
        if (error instanceof OmgError) throw error
        if (++failures > MAX_FAILURES)
          throw rootChainError('ethereum.unavailable', 'lost sight of a transaction', error)
      }
      await new Promise(resolve => setTimeout(resolve, POLL_MS))
    }
  }

  return {
    address: account.address,

    async send(request, options = {}) {
      const gas = await gasLimit(client, account.address, request)
      const attempt = await begin(request, gas)
      try {
        return await follow(attempt, request, gas, options)
      } finally {
        inFlight--
      }
    },
  }
}

type Broadcast =
  | { kind: 'sent'; hash: Hash }
  | { kind: 'nonce too low' | 'underpriced' | 'funds' | 'refused'; error: unknown }

async function broadcast(client: PublicClient, raw: Hex): Promise<Broadcast> {
  try {
    return { kind: 'sent', hash: await client.sendRawTransaction({ serializedTransaction: raw }) }
  } catch (error) {
    // Whether the node took it will be seen: checking its first blobs keeps anvil busy for longer than a request may last.
    if (error instanceof BaseError && error.walk(cause => cause instanceof TimeoutError)) {
      return { kind: 'sent', hash: transactionHash(raw) }
    }
    const text = String(error)
    // The node has it: an earlier answer was lost on the way.
    if (/already known|already imported|known transaction/i.test(text)) {
      return { kind: 'sent', hash: transactionHash(raw) }
    }
    if (/nonce too low|nonce is lower|OldNonce/i.test(text)) return { kind: 'nonce too low', error }
    if (/underpriced/i.test(text)) return { kind: 'underpriced', error }
    if (/insufficient funds/i.test(text)) return { kind: 'funds', error }
    return { kind: 'refused', error }
  }
}

/** Sidecars are no part of what is hashed. */
function transactionHash(raw: Hex): Hash {
  return keccak256(raw.startsWith('0x03') ? withoutSidecars(raw) : raw)
}

function refusal(outcome: Exclude<Broadcast, { kind: 'sent' }>) {
  const message = outcome.error instanceof Error ? outcome.error.message : String(outcome.error)
  const code = outcome.kind === 'funds' ? 'ethereum.funds' : 'ethereum.refused'
  return rootChainError(code, message.split('\n')[0] ?? message, outcome.error)
}

async function findReceipt(
  client: PublicClient,
  hashes: readonly Hash[],
): Promise<TransactionReceipt | undefined> {
  for (const hash of hashes) {
    try {
      return await client.getTransactionReceipt({ hash })
    } catch (error) {
      if (!(error instanceof TransactionReceiptNotFoundError)) throw error
    }
  }
  return undefined
}
