import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Address,
  checkpointDigest,
  decodeHeader,
  fromHex,
  type Hash,
  type Header,
  type Hex,
  headerHash,
  recoverSigner,
  unwrap,
} from '@omg/protocol'
import { domainOf, getStakePool, isPunished, type Offence, relayOffence } from '@omg/rootchain'
import { rootChainOf, testAccount } from '@omg/rootchain/testing'
import { SHOWN_FILE } from './fault.ts'
import type { FaultNetwork, Status } from './network.ts'
import type { FaultCase, Offender } from './outcome.ts'

/** A test account that validates nothing and has no stake: whoever sees an offence can prove it. */
const STRANGER = 15
const SALT = `0x${'a5'.repeat(32)}` as Hash
const OMG = 10n ** 18n
/** Blocks without a vote that say that a validator has none. */
const VOTELESS_BLOCKS = 12

interface Voter {
  readonly address: Address
  /** Height of the last block that it voted for. */
  readonly lastVote: string | null
}

/** What a validator who signs two headers has shown to somebody. */
interface Shown {
  readonly header: Hex
  readonly signature: Hex
}

interface Checkpoint {
  readonly header: Hex
  readonly signatures: readonly { readonly validator: Address; readonly signature: Hex }[]
}

/** Two headers of one number: nobody is told who did it. The second header itself says so, beside what the chain has. */
export const TWO_HEADERS: FaultCase = {
  name: 'one signs two headers of a checkpoint',
  async run(network, load, found) {
    const culprit = 2
    const before = await stakeOf(network, network.addressOf(culprit))
    await network.kill([culprit], 'SIGTERM')
    await network.start(culprit, 'two-headers')
    await load.more(8)
    let evidence: { offence: Offence; offender: Address } | undefined
    await network.until(async () => {
      const shown = readShown(network.directoryOf(culprit))
      evidence = shown && (await findEquivocation(network, shown))
      return evidence !== undefined
    }, 'the second header stands beside the first')
    const { offence, offender } = evidence!
    await prove(network, offence)
    const slashed = await slashOf(network, offender, before)
    await network.kill([culprit], 'SIGTERM')
    rmSync(join(network.directoryOf(culprit), SHOWN_FILE))
    await network.start(culprit)
    await load.more(4)
    found({ found: `${placeOf(network, offender)}, by a stranger`, slashed })
  },
}

/** One key on two machines, on two sides: each proposes and votes for itself. */
export const DOUBLE_VOTE: FaultCase = {
  name: 'one votes twice: its key runs on two machines',
  async run(network, load, found) {
    const culprit = 3
    const offender = network.addressOf(culprit)
    const before = await stakeOf(network, offender)
    await network.kill([culprit], 'SIGTERM')
    const twin = await network.twin(culprit)
    await network.start(culprit)
    const reader = rootChainOf(network.ethereum, network.deployment, STRANGER)
    const query = { validator: offender, kind: 'doubleVote', validatorSetId: 1n } as const
    await network.until(() => isPunished(reader, query), 'the double vote is punished')
    const relayers = network.all.filter(i => network.logged(i, 'a double vote is on Ethereum').length > 0)
    const slashed = await slashOf(network, offender, before)
    await network.kill([twin, culprit], 'SIGTERM')
    await network.start(culprit)
    await load.more(8)
    found({
      found: `${placeOf(network, offender)}, relayed by ${relayers.join(', ') || 'a validator'}`,
      slashed,
    })
  },
}

/** Has the offender signed a checkpoint of the chain too? Undefined as long as the chain has no signature of hers for that number. */
async function findEquivocation(network: FaultNetwork, shown: Shown) {
  const domain = domainOf(network.deployment)
  const other = unwrap(decodeHeader(fromHex(shown.header)))
  const signer = unwrap(recoverSigner(checkpointDigest(headerHash(other), domain), shown.signature))
  const known = await network.call<Checkpoint>(0, 'omg_getCheckpoint', [Number(other.checkpoint)])
  const own = known?.signatures.find(({ validator }) => validator === signer.toLowerCase())
  if (!known || !own) return undefined
  const header: Header = unwrap(decodeHeader(fromHex(known.header)))
  const offence: Offence = {
    kind: 'equivocation',
    headers: [header, other],
    signatures: [own.signature, shown.signature],
  }
  return { offence, offender: own.validator }
}

/** Anybody can: what it pays goes to whoever proves it. */
async function prove(network: FaultNetwork, offence: Offence): Promise<void> {
  const prover = testAccount(STRANGER).address.toLowerCase() as Address
  await relayOffence(rootChainOf(network.ethereum, network.deployment, STRANGER), {
    offence,
    prover,
    salt: SALT,
  })
}

async function stakeOf({ ethereum, deployment }: FaultNetwork, validator: Address): Promise<bigint> {
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

function readShown(directory: string): Shown | undefined {
  try {
    return JSON.parse(readFileSync(join(directory, SHOWN_FILE), 'utf8')) as Shown
  } catch {
    // Not shown yet, or half written.
    return undefined
  }
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
