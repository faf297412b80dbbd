import { checkpointDigest, type Hash, type Header, headerHash, signDigest, ZERO_HASH } from '@omg/protocol'
import { bondingAbi, domainOf, getInbox, omgTokenAbi, submitCheckpoint, writeContract } from '@omg/rootchain'
import { testAccount, testPrivateKey } from '@omg/rootchain/testing'
import { FIRST_SET, type Stage, VALIDATORS } from './stage.ts'

const DAY_SECONDS = 86_400

/** The chain of headers that the stage's validators have signed. */
export interface HeaderChain {
  /** Submits a checkpoint over a root, signed by everyone in the current set. */
  submit(root?: { txRoot: Hash; feeLanes: bigint; txCount: number }): Promise<Header>
}

const SOME_ROOT = { txRoot: `0x${'5b'.repeat(32)}` as Hash, feeLanes: 123_456n << 192n, txCount: 60_000 }

export function startHeaderChain(
  stage: Stage,
): HeaderChain & { setValidators(id: bigint, count: number): void } {
  let parent: Header | undefined
  let set = { id: 1n, count: FIRST_SET }
  return {
    setValidators: (id, count) => {
      set = { id, count }
    },

    async submit(root = SOME_ROOT) {
      const { client } = stage.ethereum
      const origin = await client.getBlock({
        blockNumber: (await client.getBlockNumber({ cacheTime: 0 })) - 1n,
      })
      const { count } = await getInbox(stage.as(0))
      const heights = (parent?.lastHeight ?? 0n) + 1n
      const header: Header = {
        version: 3,
        chainId: stage.deployment.chainId,
        contract: stage.deployment.rootChain,
        checkpoint: (parent?.checkpoint ?? 0n) + 1n,
        parentHash: parent ? headerHash(parent) : ZERO_HASH,
        ...root,
        bookRoot: ZERO_HASH,
        batchRoot: ZERO_HASH,
        origin: origin.number,
        originHash: origin.hash as Hash,
        inboxCursor: count,
        validatorSetId: set.id,
        daMode: 'plasma',
        daCommitments: [],
        firstHeight: heights,
        lastHeight: heights + 59n,
      }
      const digest = checkpointDigest(headerHash(header), domainOf(stage.deployment))
      const signers = VALIDATORS.slice(0, set.count)
      const signatures = signers.map(index => signDigest(digest, testPrivateKey(index)))
      await submitCheckpoint(stage.as(0), { header, signatures })
      parent = header
      return header
    },
  }
}

export async function measureCheckpoints(stage: Stage): Promise<HeaderChain> {
  const headers = startHeaderChain(stage)
  await headers.submit()
  await stage.measure('checkpoint, 4 signers', () => headers.submit())
  await growValidatorSet(stage)
  headers.setValidators(2n, VALIDATORS.length)
  await stage.measure('checkpoint, 16 signers', () => headers.submit())
  return headers
}

async function growValidatorSet(stage: Stage): Promise<void> {
  const { bonding, omgToken, parameters } = stage.deployment
  const bond = parameters.minBond
  const token = { address: omgToken, abi: omgTokenAbi } as const
  for (const index of VALIDATORS.slice(FIRST_SET)) {
    const { address } = testAccount(index)
    const validator = stage.as(index)
    await writeContract(stage.as(0), { ...token, functionName: 'transfer', args: [address, bond] })
    await writeContract(validator, { ...token, functionName: 'approve', args: [bonding, bond] })
    const call = { address: bonding, abi: bondingAbi, functionName: 'bond', args: [bond, address] } as const
    await writeContract(validator, call)
  }
  await stage.ethereum.passTime(DAY_SECONDS)
  const publish = {
    address: bonding,
    abi: bondingAbi,
    functionName: 'publishValidatorSet',
    args: [],
  } as const
  await writeContract(stage.as(0), publish)
}
