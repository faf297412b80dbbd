import {
  type Address,
  address,
  concat,
  consensusChainId,
  encodeHeader,
  fromHex,
  type Header,
  hash,
  keccak256,
  signDigest,
  toHex,
  unwrap,
} from '@omg/protocol'
import { createWalletClient, encodeFunctionData, http } from 'viem'
import { omgTokenAbi, rootChainAbi } from '../src/abi.ts'
import { bond } from '../src/actions/bond.ts'
import { proveSigningKey } from '../src/actions/signingKey.ts'
import { publishValidatorSet } from '../src/actions/validator.ts'
import type { RootChain } from '../src/client.ts'
import { type Deployment, domainOf } from '../src/deployment.ts'
import { getValidatorSet, type ValidatorSet } from '../src/reads/validators.ts'
import { writeContract } from '../src/send/writeContract.ts'
import { type ConsensusVote, voteSignBytes } from '../src/votes/vote.ts'
import { type Ethereum, testAccount, testPrivateKey } from './ethereum.ts'
import { DEPLOYER, rootChainOf, type SignedHeader, signHeader } from './network.ts'

/** Gas of submitCheckpoint with a few validators, and some room. */
const SUBMISSION_GAS = 400_000n

export interface OmgGift {
  readonly to: Address
  /** OMG wei. */
  readonly amount: bigint
}

/** Gives OMG of the deployer to somebody. */
export async function giveOmg(
  ethereum: Ethereum,
  deployment: Deployment,
  { to, amount }: OmgGift,
): Promise<void> {
  const transfer = { address: deployment.omgToken, abi: omgTokenAbi, functionName: 'transfer' } as const
  await writeContract(rootChainOf(ethereum, deployment, DEPLOYER), { ...transfer, args: [to, amount] })
}

export interface TestBond {
  /** The test account that validates; its key signs. */
  readonly who: number
  /** OMG wei, given to it first. */
  readonly amount: bigint
}

/** Has a test account bond, as a validator that counts from the next set on. */
export async function bondAs(
  ethereum: Ethereum,
  deployment: Deployment,
  { who, amount }: TestBond,
): Promise<void> {
  const account = testAccount(who)
  const owner = address(account.address)
  await giveOmg(ethereum, deployment, { to: owner, amount })
  const key = await proveSigningKey(account, owner, domainOf(deployment))
  await bond(rootChainOf(ethereum, deployment, who), { amount, key })
}

/** Lets an epoch pass, and publishes the next validator set. */
export async function nextSet(ethereum: Ethereum, rootChain: RootChain): Promise<ValidatorSet> {
  await ethereum.passTime(rootChain.deployment.parameters.epoch)
  await publishValidatorSet(rootChain)
  return (await getValidatorSet(rootChain))!
}

export interface TestVote {
  /** The test account whose key votes. */
  readonly who: number
  readonly height: bigint
  /** Undefined: for no block. */
  readonly block: ConsensusVote['block']
}

/** A precommit of CometBFT in round 0, signed. */
export function signVote(deployment: Deployment, { who, height, block }: TestVote): ConsensusVote {
  const unsigned: ConsensusVote = {
    ...{ type: 'precommit', height, round: 0, block, seconds: 1_790_000_000n, nanoseconds: 0 },
    signature: '0x',
  }
  const message = unwrap(voteSignBytes(unsigned, consensusChainId(domainOf(deployment))))
  const signature = fromHex(signDigest(hash(toHex(keccak256(message))), testPrivateKey(who)))
  // Ethereum counts from 27 what CometBFT counts from 0.
  signature[64]! -= 27
  return { ...unsigned, signature: toHex(signature) }
}

export interface SubmittedRun {
  /** The test account that sends. */
  readonly sender: number
  readonly count: number
  readonly parent?: Header | undefined
  readonly validatorSetId: bigint
}

/** A run of checkpoints that nobody but the test validator has signed, all in one block of Ethereum. */
export async function submitRun(
  ethereum: Ethereum,
  deployment: Deployment,
  { sender, count, parent, validatorSetId }: SubmittedRun,
): Promise<SignedHeader[]> {
  const account = testAccount(sender)
  const rootChain = rootChainOf(ethereum, deployment, sender)
  const wallet = createWalletClient({ account, transport: http(ethereum.url) })
  const rpc = (method: string, params: unknown[]) => wallet.request({ method, params } as never)
  await rpc('evm_setAutomine', [false])
  const first = await ethereum.client.getTransactionCount({ address: account.address })
  const signed: SignedHeader[] = []
  for (let i = 0; i < count; i++) {
    const next = await signHeader(rootChain, signed.at(-1)?.header ?? parent, { validatorSetId })
    signed.push(next)
    const args = [
      toHex(encodeHeader(next.header)),
      toHex(concat(...next.signatures.map(each => fromHex(each)))),
    ] as const
    const data = encodeFunctionData({ abi: rootChainAbi, functionName: 'submitCheckpoint', args })
    const request = { chain: null, to: deployment.rootChain, data, nonce: first + i, gas: SUBMISSION_GAS }
    await wallet.sendTransaction(request)
  }
  await rpc('evm_setAutomine', [true])
  await ethereum.mine(1)
  return signed
}
