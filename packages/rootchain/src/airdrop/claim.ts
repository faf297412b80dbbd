import { type Address, address, type Hash, type Hex, ZERO_ADDRESS } from '@omg/protocol'
import { erc20Abi, type LocalAccount, type TransactionReceipt } from 'viem'
import { airdropAbi } from '../abi.ts'
import type { RootChain } from '../client.ts'
import { rootChainError } from '../error.ts'
import type { SendOptions } from '../send/transactionSender.ts'
import { writeContract } from '../send/writeContract.ts'
import type { AllocationTable } from './table.ts'
import type { Allocation } from './tree.ts'

type Reader = Pick<RootChain, 'ethereum'>

/** An airdrop as Ethereum knows it. */
export interface Airdrop {
  readonly token: Address
  readonly root: Hash
  /** Token wei, as are all amounts. */
  readonly total: bigint
  /** What it holds: unclaimed, or not paid in yet. */
  readonly balance: bigint
  /** Seconds: the first in which nothing can be claimed any more. */
  readonly endsAt: bigint
  /** Who gets what is left. */
  readonly giver: Address
}

/** Reads an airdrop. */
export async function getAirdrop({ ethereum }: Reader, at: Address): Promise<Airdrop> {
  const read = <Name extends 'token' | 'root' | 'total' | 'endsAt' | 'giver'>(functionName: Name) =>
    ethereum.readContract({ address: at, abi: airdropAbi, functionName })
  const [token, root, total, endsAt, giver] = await Promise.all([
    ...([read('token'), read('root'), read('total'), read('endsAt'), read('giver')] as const),
  ])
  const balance = await ethereum.readContract({
    ...({ address: token, abi: erc20Abi, functionName: 'balanceOf', args: [at] } as const),
  })
  return { token: address(token), root: root as Hash, total, balance, endsAt, giver: address(giver) }
}

/** Whether a line was claimed. */
export function isClaimed({ ethereum }: Reader, at: Address, line: number): Promise<boolean> {
  const args = [BigInt(line)] as const
  return ethereum.readContract({ address: at, abi: airdropAbi, functionName: 'isClaimed', args })
}

/** What an account asks for: its line, paid out or delegated to a validator, sent by anybody. */
export interface ClaimOrder {
  readonly airdrop: Address
  readonly account: Address
  /** Zero: the tokens are paid out. */
  readonly validator: Address
  /** Seconds. */
  readonly validUntil: bigint
  readonly signature: Hex
}

export interface SignClaimOrderParameters {
  readonly airdrop: Address
  readonly chainId: bigint
  readonly allocation: Allocation
  readonly validator?: Address
  readonly validUntil: bigint
}

/** Signs an order to claim the account's line. */
export async function signClaimOrder(
  account: Pick<LocalAccount, 'address' | 'signTypedData'>,
  { airdrop, chainId, allocation, validator = ZERO_ADDRESS, validUntil }: SignClaimOrderParameters,
): Promise<ClaimOrder> {
  const signature = await account.signTypedData({
    domain: { name: 'OMG Airdrop', version: '1', chainId, verifyingContract: airdrop },
    types: {
      Claim: [
        { name: 'line', type: 'uint256' },
        { name: 'validator', type: 'address' },
        { name: 'validUntil', type: 'uint64' },
      ],
    },
    primaryType: 'Claim',
    message: { line: BigInt(allocation.line), validator, validUntil },
  })
  return { airdrop, account: address(account.address), validator, validUntil, signature }
}

export interface ClaimAirdropParameters extends SendOptions {
  readonly airdrop: Address
  readonly table: AllocationTable
  /** Whom to delegate to; default: the tokens are paid out. Ignored with an order, which says it. */
  readonly validator?: Address
  /** Claims for the account that signed it; default for the sender. */
  readonly order?: ClaimOrder
}

/**
 * Claims a line of an airdrop.
 *
 * @throws OmgError `airdrop.table` if the account has no line, RevertedError `AlreadyClaimed`, `ClaimsEnded`, `NotInTable` (another
 * table than the airdrop's), `OrderNotSigned`, and how Bonding refuses a delegation.
 */
export async function claimAirdrop(
  rootChain: RootChain,
  { airdrop, table, validator = ZERO_ADDRESS, order, ...options }: ClaimAirdropParameters,
): Promise<TransactionReceipt> {
  const { sender } = rootChain
  if (!sender) throw rootChainError('ethereum.no_account', 'a claim needs an account')
  const account = order?.account ?? address(sender.address)
  const found = table.allocations.find(allocation => allocation.account === account)
  if (!found) throw rootChainError('airdrop.table', `${account} is not in the table`)
  const allocation = { ...found, line: BigInt(found.line) }
  const proof = table.tree.proof(found.line)
  const contract = { address: airdrop, abi: airdropAbi } as const
  if (!order) {
    const call = { functionName: 'claim', args: [allocation, validator, proof] } as const
    return writeContract(rootChain, { ...contract, ...call }, options)
  }
  const args = [allocation, order.validator, proof, order.validUntil, order.signature] as const
  return writeContract(rootChain, { ...contract, functionName: 'claimFor', args }, options)
}

/** After the end, pays what is left to the giver. Anyone may. */
export function reclaimAirdrop(
  rootChain: RootChain,
  { airdrop, ...options }: { readonly airdrop: Address } & SendOptions,
): Promise<TransactionReceipt> {
  const call = { functionName: 'reclaim', args: [] } as const
  return writeContract(rootChain, { address: airdrop, abi: airdropAbi, ...call }, options)
}
