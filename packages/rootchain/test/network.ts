import {
  type Address,
  address,
  checkpointDigest,
  type Hash,
  type Header,
  type Hex,
  hash,
  headerHash,
  signDigest,
  ZERO_HASH,
} from '@omg/protocol'
import { erc721Abi } from 'viem'
import { testItemAbi, testUsdAbi } from '../src/abi.ts'
import { createRootChain, type RootChain } from '../src/client.ts'
import { readArtifact } from '../src/deploy/artifacts.ts'
import { deployContracts } from '../src/deploy/index.ts'
import { type Deployment, domainOf } from '../src/deployment.ts'
import { devnetParameters, type Parameters } from '../src/parameters.ts'
import { createTransactionSender } from '../src/send/transactionSender.ts'
import { writeContract } from '../src/send/writeContract.ts'
import { type Ethereum, testAccount, testPrivateKey } from './ethereum.ts'

/** Test account that deploys. */
export const DEPLOYER = 0
/** Test account whose key signs checkpoints. */
export const VALIDATOR = 9

export interface TestNetworkParameters {
  readonly parameters?: Parameters
  /** Deploys a Permit2 first, which the ERC-20 vault then accepts. */
  readonly permit2?: boolean
}

/** Deploys a devnet with one validator on a test node. */
export async function deployTestNetwork(
  ethereum: Ethereum,
  options: TestNetworkParameters = {},
): Promise<Deployment> {
  return deployContracts({
    ...(options.permit2 && { permit2: await deployPermit2(ethereum) }),
    rpcUrl: ethereum.url,
    account: testAccount(DEPLOYER),
    parameters: options.parameters ?? devnetParameters(),
    validators: [{ account: testAccount(VALIDATOR), signer: testAccount(VALIDATOR) }],
  })
}

async function deployPermit2({ client }: Ethereum): Promise<Address> {
  const sender = createTransactionSender({ client, account: testAccount(DEPLOYER) })
  const { bytecode } = await readArtifact('Permit2')
  const { contractAddress } = await sender.send({ data: bytecode })
  return address(contractAddress!)
}

/** The contracts as test account `index` sees them. */
export function rootChainOf(ethereum: Ethereum, deployment: Deployment, index: number): RootChain {
  return createRootChain({ urls: [ethereum.url], deployment, account: testAccount(index) })
}

/** Gives test dollars to the client's account. */
export async function mintUsd(rootChain: RootChain, amount: bigint): Promise<void> {
  const usd = { address: rootChain.deployment.testTokens!.usd, abi: testUsdAbi } as const
  await writeContract(rootChain, { ...usd, functionName: 'mint', args: [rootChain.sender!.address, amount] })
}

/** Gives a test item to the client's account. */
export async function mintItem(rootChain: RootChain, tokenId: bigint): Promise<void> {
  const item = { address: rootChain.deployment.testTokens!.item, abi: testItemAbi } as const
  await writeContract(rootChain, {
    ...item,
    functionName: 'mint',
    args: [rootChain.sender!.address, tokenId],
  })
}

/** Who has a test item on Ethereum. */
export function itemOwner({ ethereum, deployment }: RootChain, tokenId: bigint): Promise<string> {
  const item = { address: deployment.testTokens!.item, abi: erc721Abi } as const
  return ethereum.readContract({ ...item, functionName: 'ownerOf', args: [tokenId] })
}

export interface SignedHeader {
  readonly header: Header
  readonly signatures: readonly Hex[]
}

/** The next checkpoint after `parent`, over nothing but an inbox cursor, signed by the test validator. */
export async function signHeader(
  { ethereum, deployment }: RootChain,
  parent: Header | undefined,
  changes: Partial<Header> = {},
): Promise<SignedHeader> {
  const block = await ethereum.getBlock()
  const origin = await ethereum.getBlock({ blockNumber: block.number - 1n })
  const header: Header = {
    version: 3,
    chainId: deployment.chainId,
    contract: deployment.rootChain,
    checkpoint: (parent?.checkpoint ?? 0n) + 1n,
    parentHash: parent ? headerHash(parent) : ZERO_HASH,
    txRoot: ZERO_HASH,
    feeLanes: 0n,
    txCount: 0,
    bookRoot: ZERO_HASH,
    batchRoot: ZERO_HASH,
    origin: origin.number,
    originHash: hash(origin.hash) as Hash,
    inboxCursor: parent?.inboxCursor ?? 0n,
    validatorSetId: 1n,
    daMode: 'plasma',
    daCommitments: [],
    firstHeight: (parent?.lastHeight ?? 0n) + 1n,
    lastHeight: (parent?.lastHeight ?? 0n) + 1n,
    ...changes,
  }
  const digest = checkpointDigest(headerHash(header), domainOf(deployment))
  return { header, signatures: [signDigest(digest, testPrivateKey(VALIDATOR))] }
}
