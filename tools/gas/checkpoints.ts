import {
  address,
  checkpointDigest,
  type Hash,
  type Header,
  headerHash,
  signDigest,
  ZERO_HASH,
} from '@omg/protocol'
import {
  bond,
  bondingAbi,
  domainOf,
  getInbox,
  omgTokenAbi,
  proveSigningKey,
  submitCheckpoint,
  writeContract,
} from '@omg/rootchain'
import { testAccount, testPrivateKey } from '@omg/rootchain/testing'
import { FIRST_SET, type Stage, VALIDATORS } from './stage.ts'

const DAY_SECONDS = 86_400
/** More than the opcode BLOCKHASH reaches, less than the oldest origin that is accepted. */
const OLD_ORIGIN_BLOCKS = 280

/** What a checkpoint says about its transactions. */
export interface Root {
  readonly txRoot: Hash
  /** Packed. */
  readonly feeLanes: bigint
  readonly txCount: number
}

/** The chain of headers that the stage's validators have signed. */
export interface HeaderChain {
  /** Submits the next checkpoint, signed by everyone in the current set. */
  submit(options?: { root?: Root; originAgeBlocks?: number }): Promise<Header>
  /** The header that was submitted last. */
  last(): Header
  /** From now on set `id` signs: the first `count` validators. */
  setValidators(id: bigint, count: number): void
}

const SOME_ROOT: Root = {
  txRoot: `0x${'5b'.repeat(32)}` as Hash,
  feeLanes: 123_456n << 192n,
  txCount: 60_000,
}

export function startHeaderChain(stage: Stage): HeaderChain {
  const { chainId, rootChain: contract } = stage.deployment
  let parent: Header | undefined
  let set = { id: 1n, count: FIRST_SET }

  async function next(root: Root, originAgeBlocks: number): Promise<Header> {
    const { client } = stage.ethereum
    const blockNumber = (await client.getBlockNumber({ cacheTime: 0 })) - BigInt(originAgeBlocks)
    const origin = await client.getBlock({ blockNumber })
    const { count } = await getInbox(stage.as(0))
    const firstHeight = (parent?.lastHeight ?? 0n) + 1n
    return {
      version: 3,
      chainId,
      contract,
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
      firstHeight,
      lastHeight: firstHeight + 59n,
    }
  }

  return {
    last() {
      if (!parent) throw new Error('no checkpoint was submitted')
      return parent
    },

    setValidators(id, count) {
      set = { id, count }
    },

    async submit({ root = SOME_ROOT, originAgeBlocks = 1 } = {}) {
      const header = await next(root, originAgeBlocks)
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
  await stage.ethereum.mine(OLD_ORIGIN_BLOCKS)
  const originAgeBlocks = OLD_ORIGIN_BLOCKS
  await stage.measure('checkpoint, 4 signers, old origin', () => headers.submit({ originAgeBlocks }))
  await growValidatorSet(stage)
  headers.setValidators(2n, VALIDATORS.length)
  await stage.measure('checkpoint, 16 signers', () => headers.submit())
  return headers
}

async function growValidatorSet(stage: Stage): Promise<void> {
  const { bonding, omgToken, parameters } = stage.deployment
  const amount = parameters.minBond
  const token = { address: omgToken, abi: omgTokenAbi } as const
  for (const index of VALIDATORS.slice(FIRST_SET)) {
    const account = testAccount(index)
    const own = address(account.address)
    await writeContract(stage.as(0), { ...token, functionName: 'transfer', args: [own, amount] })
    const key = await proveSigningKey(account, own, domainOf(stage.deployment))
    await stage.measure('bond, a new validator', () => bond(stage.as(index), { amount, key }))
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
