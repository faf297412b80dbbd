import type { Address, Hex } from '@omg/protocol'
import { getStakePool, isPunished } from '@omg/rootchain'
import { rootChainOf } from '@omg/rootchain/testing'
import { OffenceKeeper, STRANGER } from './keeper.ts'
import type { FaultNetwork, Status } from './network.ts'
import type { FaultCase, Offender } from './outcome.ts'

const OMG = 10n ** 18n
/** Blocks without a vote that say that a validator has none. */
const VOTELESS_BLOCKS = 12
/** A record that is raised by so many blocks knows of every vote before its machine is up. */
const RAISED_BLOCKS = 40

interface Voter {
  readonly address: Address
  /** Height of the last block that it voted for. */
  readonly lastVote: string | null
}

interface Checkpoint {
  readonly signatures: readonly { readonly validator: Address; readonly signature: Hex }[]
}

/** Two headers of one number: nobody is told who did it. The second header itself says so, beside what the chain has, and travels from node to node. */
export const TWO_HEADERS: FaultCase = {
  name: 'one signs two headers of a checkpoint',
  async run(network, load, found) {
    const culprit = 2
    const before = await stakeOf(network, network.addressOf(culprit))
    await network.kill([culprit], 'SIGTERM')
    await network.start(culprit, 'two-headers')
    await load.more(8)
    const keeper = new OffenceKeeper(network)
    await network.until(async () => {
      await keeper.round()
      return keeper.slashed !== undefined
    }, 'the second header stands beside the first, and is punished')
    const offender = keeper.slashed!
    keeper.close()
    const slashed = await slashOf(network, offender, before)
    await network.kill([culprit], 'SIGTERM')
    await network.start(culprit)
    await load.more(4)
    found({ found: `${placeOf(network, offender)}, by a keeper`, slashed })
  },
}

/**
 * One key on two machines: each proposes and votes for itself. The guard of the second one would see the votes of the first, and sign
 * nothing; so its operator has written into its record that all of them were its own.
 */
export const DOUBLE_VOTE: FaultCase = {
  name: 'one votes twice: its key runs on two machines',
  async run(network, load, found) {
    const culprit = 3
    const offender = network.addressOf(culprit)
    const before = await stakeOf(network, offender)
    await network.kill([culprit], 'SIGTERM')
    const twin = await network.twin(culprit)
    network.raiseRecord(culprit, (await network.height(0)) + RAISED_BLOCKS)
    await network.start(culprit)
    const reader = rootChainOf(network.ethereum, network.deployment, STRANGER)
    const query = { validator: offender, kind: 'doubleVote', validatorSetId: 1n } as const
    const keeper = new OffenceKeeper(network)
    await network.until(async () => {
      await keeper.round()
      return isPunished(reader, query)
    }, 'the double vote is punished')
    const relayers = network.all.filter(i => network.logged(i, 'a double vote is on Ethereum').length > 0)
    const prover = keeper.slashed ? 'a keeper' : `validator ${relayers.join(', ') || ''}`.trim()
    keeper.close()
    const slashed = await slashOf(network, offender, before)
    await network.kill([twin, culprit], 'SIGTERM')
    await network.start(culprit)
    await load.more(8)
    found({ found: `${placeOf(network, offender)}, relayed by ${prover}`, slashed })
  },
}

export async function stakeOf({ ethereum, deployment }: FaultNetwork, validator: Address): Promise<bigint> {
  const pool = await getStakePool(rootChainOf(ethereum, deployment, STRANGER), { validator })
  return pool!.tokens
}

/** What was taken since, in words. Throws where nothing was. */
async function slashOf(network: FaultNetwork, validator: Address, before: bigint): Promise<string> {
  const taken = before - (await stakeOf(network, validator))
  if (taken <= 0n) throw new Error(`${validator} has lost nothing`)
  return `${(100n * taken) / before} % (${taken / OMG} OMG)`
}

function placeOf(network: FaultNetwork, address: Address): string {
  return `validator ${network.all.find(i => network.addressOf(i) === address)}`
}

/** A validator whose votes bring no signature: checkpoints get theirs from the other three, and Ethereum takes them. */
export async function findMissing(network: FaultNetwork, culprit: number): Promise<Offender> {
  const status = async () => (await network.answer<Status>(0, 'omg_status', {})).result!.checkpoints
  // What stood open when it began may still have its signature.
  const number = BigInt((await status()).closed) + 2n
  await network.until(
    async () => BigInt((await status()).accepted ?? 0) >= number,
    `Ethereum accepts checkpoint ${number}`,
  )
  const { result } = await network.answer<Checkpoint>(0, 'omg_getCheckpoint', [Number(number)])
  const signers = result!.signatures.map(({ validator }) => validator)
  const missing = network.all.filter(i => !signers.includes(network.addressOf(i)))
  if (missing.join() !== String(culprit)) {
    throw new Error(`checkpoint ${number} lacks the signatures of ${missing.join(', ') || 'nobody'}`)
  }
  return { found: `validator ${culprit}: checkpoint ${number} has the other three` }
}

/** A validator whose votes nobody takes: blocks are decided without it, as their commits say. */
export async function findVoteless(network: FaultNetwork, culprit: number): Promise<Offender> {
  const address = network.addressOf(culprit)
  let last = 0
  await network.until(async () => {
    const { result } = await network.answer<{ validators: Voter[] }>(0, 'omg_getValidators', {})
    last = Number(result!.validators.find(known => known.address === address)?.lastVote ?? 0)
    return (await network.height(0)) >= last + VOTELESS_BLOCKS
  }, `${VOTELESS_BLOCKS} blocks without a vote of validator ${culprit}`)
  return { found: `validator ${culprit}: no vote since block ${last}` }
}
