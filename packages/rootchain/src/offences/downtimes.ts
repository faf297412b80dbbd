import { type Address, address, decodeHeader, fromHex, type Hex, headerHash } from '@omg/protocol'
import { parseEventLogs } from 'viem'
import { slashingAbi } from '../abi.ts'
import { DOWNTIME, getDowntimeReport } from '../actions/downtime.ts'
import type { RootChain } from '../client.ts'
import { type Checkpoint, getCheckpoint, getLastCheckpoint } from '../reads/checkpoints.ts'
import { type BlockRange, getContractLogs } from '../reads/logs.ts'
import { getStakePool } from '../reads/stake.ts'
import { getParticipation } from '../reads/standings.ts'
import { getValidatorSet } from '../reads/validators.ts'
import { type AskNode, type FoundOffence, offenceId, validatorOf } from './offence.ts'
import { ownCheckpoint, signatureOf, signerOf } from './twoHeaders.ts'

/** Keys that signed fewer of the last checkpoints than they must, from what Ethereum has recorded. */
export async function findDowntimes(rootChain: RootChain): Promise<FoundOffence[]> {
  const last = await getLastCheckpoint(rootChain)
  if (last < DOWNTIME.window) return []
  const { timestamp } = await rootChain.ethereum.getBlock()
  const participation = await getParticipation(rootChain, { last: Number(DOWNTIME.window) })
  const found: FoundOffence[] = []
  for (const [signer, { signed, of }] of participation) {
    if (!isDown(of - signed)) continue
    const validator = await validatorOf(rootChain, signer)
    const report = await getDowntimeReport(rootChain, { signer })
    const pool = validator && (await getStakePool(rootChain, { validator }))
    const at = report?.from ?? last - DOWNTIME.window + 1n
    const open = report && (report.answerBy < timestamp ? 'due' : 'reported')
    const state = open ?? (pool && pool.jailedUntil > 0n ? 'jailed' : 'found')
    const id = offenceId('downtime', at, signer)
    found.push({ id, kind: 'downtime', signer, validator, at, state, offence: undefined })
  }
  return found
}

/** Whether somebody who missed so many of a window may be jailed. */
const isDown = (missed: number): boolean => BigInt(missed) + DOWNTIME.minimum > DOWNTIME.window

/** A question that waits for an answer. Times in seconds. */
export interface DowntimeReport {
  readonly signer: Address
  /** The first checkpoint of the window. */
  readonly from: bigint
  readonly answerBy: bigint
}

/** What Slashing has said of downtime up to now. */
export interface DowntimeLedger {
  /** Reports that are not concluded, the oldest first. */
  readonly open: readonly DowntimeReport[]
  /** Signatures that were shown: `checkpoint:key`. */
  readonly shown: ReadonlySet<string>
}

/** Something that Slashing said of downtime, with its place on Ethereum. */
export type DowntimeEvent = Awaited<ReturnType<typeof getDowntimeEvents>>[number]

/** The events of reports and answers in a range of blocks, in the order of Ethereum. */
export async function getDowntimeEvents(
  reader: Pick<RootChain, 'ethereum' | 'deployment'>,
  range: BlockRange,
) {
  const logs = await getContractLogs(reader, [reader.deployment.slashing], range)
  const eventName = ['DowntimeReported', 'DowntimeConcluded', 'SignatureShown'] as const
  return parseEventLogs({ abi: slashingAbi, logs, eventName: [...eventName] })
}

const shownKey = (checkpoint: bigint, signer: string) => `${checkpoint}:${signer.toLowerCase()}`

/** Adds up the events of {@link getDowntimeEvents}, from the deployment on. */
export function downtimeLedgerOf(events: readonly DowntimeEvent[]): DowntimeLedger {
  const open = new Map<string, DowntimeReport>()
  const shown = new Set<string>()
  for (const { eventName, args } of events) {
    if (eventName === 'SignatureShown') {
      shown.add(shownKey(args.checkpoint, args.signer))
      continue
    }
    const signer = address(args.signer)
    open.delete(signer)
    if (eventName === 'DowntimeReported') {
      open.set(signer, { signer, from: args.from, answerBy: args.answerBy })
    }
  }
  return { open: [...open.values()], shown }
}

export interface LeftOutQuery {
  readonly signer: Address
  /** The first checkpoint of the window. */
  readonly from: bigint
  readonly shown: DowntimeLedger['shown']
}

/** How a window stands with what a node knows besides. */
export interface LeftOut {
  /** She signed almost nothing, also when all that the node knows is counted. */
  readonly isDown: boolean
  /** Signatures that submitters left out, just as many as answer the report; none where they would not be enough, or are not needed. */
  readonly answer: readonly { readonly checkpoint: bigint; readonly signature: Hex }[]
}

/**
 * Whether a key that Ethereum misses in a window did sign: submitters need two thirds of the power and may leave out the rest, and the node has what
 * votes brought later.
 */
export async function findLeftOut(
  rootChain: RootChain,
  ask: AskNode,
  { signer, from, shown }: LeftOutQuery,
): Promise<LeftOut> {
  const missed = (await missedBy(rootChain, { signer, from })).filter(
    ({ number }) => !shown.has(shownKey(number, signer)),
  )
  const answer: { checkpoint: bigint; signature: Hex }[] = []
  for (const checkpoint of missed) {
    if (!isDown(missed.length - answer.length)) break
    const signature = await signatureFor(rootChain, ask, checkpoint, signer)
    if (signature !== undefined) answer.push({ checkpoint: checkpoint.number, signature })
  }
  const stillDown = isDown(missed.length - answer.length)
  return { isDown: stillDown, answer: stillDown ? [] : answer }
}

/** The checkpoints of a window that a key should have signed and did not, as Ethereum has recorded them. */
async function missedBy(
  rootChain: RootChain,
  { signer, from }: Pick<LeftOutQuery, 'signer' | 'from'>,
): Promise<Checkpoint[]> {
  const numbers = Array.from({ length: Number(DOWNTIME.window) }, (_, i) => from + BigInt(i))
  const window = await Promise.all(numbers.map(number => getCheckpoint(rootChain, { number })))
  const ids = [...new Set(window.flatMap(checkpoint => (checkpoint ? [checkpoint.validatorSetId] : [])))]
  const sets = await Promise.all(ids.map(id => getValidatorSet(rootChain, { id })))
  return window
    .filter(checkpoint => checkpoint !== undefined)
    .filter(({ validatorSetId, signers }) => {
      const set = sets.find(each => each?.id === validatorSetId)
      const place = set?.validators.findIndex(member => member.signer === signer) ?? -1
      return place >= 0 && ((signers >> BigInt(place)) & 1n) === 0n
    })
}

/** A signature that Ethereum will count: of this key, and of the header that was accepted. One that is neither would spoil the whole answer. */
async function signatureFor(
  rootChain: RootChain,
  ask: AskNode,
  { number, headerHash: accepted }: Checkpoint,
  signer: Address,
): Promise<Hex | undefined> {
  const own = await ownCheckpoint(ask, number)
  const signature = own && signatureOf(own, signer)
  if (!own || !signature) return undefined
  const header = decodeHeader(fromHex(own.header))
  if (!header.ok || headerHash(header.value) !== accepted) return undefined
  return signerOf(rootChain, { header: header.value, signature }) === signer ? signature : undefined
}
