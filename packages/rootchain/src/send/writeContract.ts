import { OmgError } from '@omg/protocol'
import {
  type Abi,
  type Address,
  type BaseError,
  type ContractFunctionArgs,
  type ContractFunctionName,
  encodeFunctionData,
  getContractError,
  type PublicClient,
  type TransactionReceipt,
} from 'viem'
import { RevertedError, rootChainError } from '../error.ts'
import { refusalIn } from '../failure.ts'
import { type BlobSidecar, versionedHash } from './blobs.ts'
import type { SendOptions, TransactionSender } from './transactionSender.ts'

type Writable = 'nonpayable' | 'payable'

export interface WriteContractParameters<
  abi extends Abi,
  name extends ContractFunctionName<abi, Writable>,
  args extends ContractFunctionArgs<abi, Writable, name>,
> {
  readonly address: Address
  readonly abi: abi
  readonly functionName: name
  readonly args: args
  /** Wei. */
  readonly value?: bigint
  /** The blobs of the transaction. */
  readonly sidecars?: readonly BlobSidecar[]
}

export interface Writer {
  readonly ethereum: PublicClient
  readonly sender: TransactionSender | undefined
}

/**
 * Calls a contract in a transaction and waits until it is in a block.
 *
 * The call is tried first, so a refusal costs nothing and has a name.
 * @throws RevertedError with the contract's reason, and the errors of `TransactionSender.send`.
 */
export async function writeContract<
  const abi extends Abi,
  name extends ContractFunctionName<abi, Writable>,
  const args extends ContractFunctionArgs<abi, Writable, name>,
>(
  { ethereum, sender }: Writer,
  parameters: WriteContractParameters<abi, name, args>,
  options: SendOptions = {},
): Promise<TransactionReceipt> {
  if (!sender) throw rootChainError('ethereum.no_account', `${parameters.functionName} needs an account`)
  const { address: to, value } = parameters
  const data = encodeFunctionData(parameters as never)
  const { sidecars } = parameters
  const request = { to, data, ...(value === undefined ? {} : { value }), ...(sidecars ? { sidecars } : {}) }
  await simulate(ethereum, sender.address, parameters)
  const receipt = await sender.send(request, options).catch(async error => {
    // Somebody was faster between the trial and the estimate of gas: then trying again names the reason.
    if (!(error instanceof OmgError)) await simulate(ethereum, sender.address, parameters)
    throw error
  })
  if (receipt.status === 'success') return receipt
  // It worked when we tried it: the state has changed since, so trying again names the reason.
  await simulate(ethereum, sender.address, parameters)
  throw new RevertedError(parameters.functionName, 'unknown', [receipt.transactionHash])
}

async function simulate(
  ethereum: PublicClient,
  account: Address,
  { sidecars, ...parameters }: { abi: Abi; functionName: string; sidecars?: readonly BlobSidecar[] },
): Promise<void> {
  try {
    if (sidecars) await callWithBlobs(ethereum, account, parameters, sidecars)
    else await ethereum.simulateContract({ account, ...parameters } as never)
  } catch (error) {
    throw refusalIn(error) ?? error
  }
}

/** As `simulateContract`, which cannot name blobs by their hashes. */
async function callWithBlobs(
  ethereum: PublicClient,
  from: Address,
  parameters: { abi: Abi; functionName: string },
  sidecars: readonly BlobSidecar[],
): Promise<void> {
  const { address: to } = parameters as { address?: Address }
  const data = encodeFunctionData(parameters as never)
  const call = { from, to, data, blobVersionedHashes: sidecars.map(versionedHash) }
  try {
    await ethereum.request({ method: 'eth_call', params: [call, 'latest'] } as never)
  } catch (error) {
    throw getContractError(error as BaseError, { args: [], ...parameters })
  }
}
