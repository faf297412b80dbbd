import { type Address, address } from '@omg/protocol'
import { bondingAbi, rootChainAbi } from '../abi.ts'
import type { RootChain } from '../client.ts'

export interface Validator {
  /** The address of the key that signs checkpoints. */
  readonly signer: Address
  /** Its power: OMG wei. */
  readonly bond: bigint
}

/** A published validator set, in ascending order of signer. Times in seconds. */
export interface ValidatorSet {
  readonly id: bigint
  readonly validators: readonly Validator[]
  readonly publishedAt: bigint
  /** Until when, inclusive, it may sign; 2^48 - 1 while it is the current one. */
  readonly validUntil: bigint
}

/** A validator set, by default the current one; undefined if it was never published. */
export async function getValidatorSet(
  { ethereum, deployment }: RootChain,
  parameters: { id?: bigint } = {},
): Promise<ValidatorSet | undefined> {
  const bonding = { address: deployment.bonding, abi: bondingAbi } as const
  const anchor = { address: deployment.rootChain, abi: rootChainAbi } as const
  const id =
    parameters.id ?? (await ethereum.readContract({ ...anchor, functionName: 'currentValidatorSetId' }))
  const set = await ethereum.readContract({ ...anchor, functionName: 'validatorSet', args: [id] })
  if (set.validUntil === 0n) return undefined
  const members = await ethereum.readContract({ ...bonding, functionName: 'validatorsOf', args: [id] })
  const validators = members.map(({ signer, bond }) => ({ signer: address(signer), bond }))
  return { id, validators, publishedAt: set.publishedAt, validUntil: set.validUntil }
}
