import {
  amount,
  depositId,
  type Guard,
  type Hash,
  type Output,
  type OutputId,
  OutputType,
  type OutputTypeName,
  outputProblem,
  type Position,
} from '@omg/protocol'
import {
  type Address,
  type ContractEventName,
  createPublicClient,
  type DecodeEventLogReturnType,
  decodeEventLog,
  decodeFunctionResult,
  encodeFunctionData,
  type Hex,
  http,
  type Log,
  type PublicClient,
} from 'viem'
import { eventAbis, marketsAbi, rootChainAbi } from '../abi.ts'
import type { Deployment } from '../deployment.ts'
import { rootChainError } from '../error.ts'
import { pause } from '../pause.ts'
import {
  type BlockRef,
  type ChainFollowerParameters,
  type Cursor,
  createChainFollower,
  type Feed,
  type Step,
} from './chainFollower.ts'
import { SourceFailure, type SourceHealth } from './source.ts'

/** Where an event stands on Ethereum. */
export interface EventPlace {
  readonly block: BlockRef
  readonly transactionHash: Hex
  readonly logIndex: number
}

/** An item of the inbox. */
export interface DepositEvent extends EventPlace {
  readonly kind: 'deposit'
  /** Position in the inbox, from 0, without gaps. */
  readonly index: bigint
  readonly id: OutputId
  readonly output: Output
  readonly position: Position
}

/** A checkpoint that Ethereum accepted. */
export interface CheckpointEvent extends EventPlace {
  readonly kind: 'checkpoint'
  /** From 1, without gaps. */
  readonly number: bigint
  readonly headerHash: Hash
  readonly origin: bigint
  readonly inboxCursor: bigint
  readonly validatorSetId: bigint
  /** Bit `i`: validator `i` of the set signed. */
  readonly signers: bigint
  /** The last checkpoint up to this one without published data, 0 if there is none: this one itself, unless it came with blobs. */
  readonly lastNonDA: bigint
}

type EventAbis = typeof eventAbis

/** Everything else the contracts say: exits, challenges, credits, bonds. */
export type ContractEvent = EventPlace &
  {
    [Name in keyof EventAbis]: {
      readonly kind: 'contract'
      readonly contract: Name
    } & DecodeEventLogReturnType<EventAbis[Name], ContractEventName<EventAbis[Name]>, Hex[], Hex, true>
  }[keyof EventAbis]

export type RootChainEvent = DepositEvent | CheckpointEvent | ContractEvent

/** What the contracts count by themselves, so that an event that an endpoint leaves out is noticed. */
export interface EventCounters {
  readonly inboxCount: bigint
  readonly lastCheckpoint: bigint
  /** Listings of markets and changes of their states. */
  readonly marketChanges: bigint
}

const COUNTERS = ['inboxCount', 'lastCheckpoint', 'marketChanges'] as const satisfies (keyof EventCounters)[]

export type EventCursor = Cursor<EventCounters>
export type EventStep = Step<RootChainEvent, EventCounters>

export interface EventReaderParameters
  extends Omit<ChainFollowerParameters<RootChainEvent, EventCounters>, 'feed' | 'cursor'> {
  readonly deployment: Deployment
  /** Where to go on. Without it, from the deployment. */
  readonly cursor?: EventCursor
}

export interface EventReader {
  /** One step: new events, a reorganisation, nothing new, or why no endpoint could be used. */
  poll(): Promise<EventStep>
  /** Steps for ever, with pauses when there is nothing to do; ends when the signal aborts. */
  follow(options?: FollowOptions): AsyncGenerator<EventStep, void, void>
  sources(): SourceHealth[]
}

export interface FollowOptions {
  readonly signal?: AbortSignal
  /** Milliseconds to wait when there is nothing new, default 500. */
  readonly interval?: number
}

const FOLLOW_INTERVAL_MS = 500

/**
 * Reads the events of a deployment in order, over one or more endpoints, from the cursor on.
 *
 * Store `step.cursor` in the same write as what the step's events did, and no event is ever lost or applied twice.
 * @throws OmgError `ethereum.unavailable` or `ethereum.wrong_chain`, only while it is being created without a cursor.
 */
export async function createEventReader(parameters: EventReaderParameters): Promise<EventReader> {
  const { deployment, ...rest } = parameters
  const cursor = parameters.cursor ?? (await cursorAtDeployment(parameters.urls, deployment))
  const follower = createChainFollower({ ...rest, cursor, feed: createFeed(deployment) })
  return {
    poll: follower.poll,
    sources: follower.sources,
    async *follow({ signal, interval = FOLLOW_INTERVAL_MS } = {}) {
      while (!signal?.aborted) {
        const step = await follower.poll()
        yield step
        if (step.kind === 'idle') await pause(interval, signal)
        if (step.kind === 'failed') await pause(Math.max(interval, step.retryInMs), signal)
      }
    },
  }
}

/** The cursor as JSON, bigints as decimal strings. */
export function encodeEventCursor(cursor: EventCursor): string {
  return JSON.stringify(cursor, (_, value) => (typeof value === 'bigint' ? value.toString() : value))
}

/** Reads what `encodeEventCursor` wrote: our own bytes, so anything else is a bug or a broken disk, and throws. */
export function decodeEventCursor(text: string): EventCursor {
  const numeric = new Set<string>(['number', 'timestamp', ...COUNTERS])
  const cursor = JSON.parse(text, (name, value) => (numeric.has(name) ? BigInt(value) : value)) as EventCursor
  if (!cursor.recent.at(-1)) throw new Error('an event cursor without blocks')
  return cursor
}

async function cursorAtDeployment(urls: readonly string[], deployment: Deployment): Promise<EventCursor> {
  const reasons: unknown[] = []
  for (const url of urls) {
    const client = createPublicClient({ transport: http(url, { retryCount: 1 }) })
    try {
      const chainId = await client.getChainId()
      if (BigInt(chainId) !== deployment.chainId) {
        reasons.push(rootChainError('ethereum.wrong_chain', `${url} serves chain ${chainId}`))
        continue
      }
      // The block before the deployment holds none of its events.
      const blockNumber = deployment.deployedAtBlock === 0n ? 0n : deployment.deployedAtBlock - 1n
      const { number, hash, parentHash, timestamp } = await client.getBlock({ blockNumber })
      const counters = { inboxCount: 0n, lastCheckpoint: 0n, marketChanges: 0n }
      return { recent: [{ block: { number, hash, parentHash, timestamp }, counters }] }
    } catch (error) {
      reasons.push(error)
    }
  }
  const wrongChain = reasons.find(reason => (reason as { code?: string }).code === 'ethereum.wrong_chain')
  throw wrongChain ?? rootChainError('ethereum.unavailable', 'no Ethereum endpoint answers', reasons[0])
}

function createFeed(deployment: Deployment): Feed<RootChainEvent, EventCounters> {
  const contracts = new Map<string, keyof EventAbis>(
    (Object.keys(eventAbis) as (keyof EventAbis)[]).map(name => [deployment[name].toLowerCase(), name]),
  )
  return {
    addresses: [...contracts.keys()] as Address[],

    decode(log, block) {
      const contract = contracts.get(log.address.toLowerCase())
      if (!contract)
        throw new SourceFailure('lying', `serves a log of ${log.address}, which was not asked for`)
      return decodeLog(contract, log, block)
    },

    count: (before, events) => events.reduce(countEvent, before),

    readCounters: (client, block) => readCounters(client, deployment, block),

    compareCounters(counted, onChain) {
      for (const name of COUNTERS) {
        if (counted[name] !== onChain[name])
          return `${name} is ${onChain[name]}, its events make ${counted[name]}`
      }
      return undefined
    },
  }
}

function countEvent(before: EventCounters, event: RootChainEvent): EventCounters {
  const { inboxCount, lastCheckpoint, marketChanges } = before
  switch (event.kind) {
    case 'deposit':
      requireNext('deposits', event.index, inboxCount)
      return { ...before, inboxCount: inboxCount + 1n }
    case 'checkpoint':
      requireNext('checkpoints', event.number, lastCheckpoint + 1n)
      return { ...before, lastCheckpoint: event.number }
    default:
      if (event.contract !== 'markets') return before
      requireNext('changes of markets', event.args.index, marketChanges)
      return { ...before, marketChanges: marketChanges + 1n }
  }
}

function requireNext(what: string, number: bigint, expected: bigint): void {
  if (number === expected) return
  throw new SourceFailure('lying', `leaves out ${what}: ${number} comes where ${expected} was expected`)
}

/** By block hash, so that a reorganisation in between is an error and not a wrong accusation. */
async function readCounters(
  client: PublicClient,
  { rootChain, markets }: Deployment,
  { hash, number }: BlockRef,
): Promise<EventCounters> {
  const call = async (to: Address, data: Hex): Promise<Hex | undefined> =>
    (await client.call({ to, data, blockHash: hash })).data
  const read = async (to: Address, data: Hex): Promise<Hex> => {
    const answer = await call(to, data)
    if (!answer) throw new Error(`no contract at ${to} in block ${number}`)
    return answer
  }
  const [inbox, last, changes] = await Promise.all([
    read(rootChain, encodeFunctionData({ abi: rootChainAbi, functionName: 'inbox' })),
    read(rootChain, encodeFunctionData({ abi: rootChainAbi, functionName: 'lastCheckpoint' })),
    call(markets, encodeFunctionData({ abi: marketsAbi, functionName: 'changes' })),
  ])
  const result = { abi: rootChainAbi } as const
  const [inboxCount] = decodeFunctionResult({ ...result, functionName: 'inbox', data: inbox })
  return {
    inboxCount,
    lastCheckpoint: decodeFunctionResult({ ...result, functionName: 'lastCheckpoint', data: last }),
    // The registry is deployed some blocks after the root chain.
    marketChanges: changes
      ? decodeFunctionResult({ abi: marketsAbi, functionName: 'changes', data: changes })
      : 0n,
  }
}

function decodeLog(
  contract: keyof EventAbis,
  log: Log<bigint, number, false>,
  block: BlockRef,
): RootChainEvent {
  const place: EventPlace = { block, transactionHash: log.transactionHash, logIndex: log.logIndex }
  const decoded = decodeStrictly(contract, log)
  if (decoded.eventName === 'Deposited') return depositOf(decoded.args, place)
  if (decoded.eventName === 'CheckpointAccepted') {
    const { number, origin, inboxCursor, validatorSetId, signers, lastNonDA } = decoded.args
    const headerHash = decoded.args.headerHash as Hash
    return {
      kind: 'checkpoint',
      ...place,
      ...{ number, headerHash, origin, inboxCursor, validatorSetId, signers, lastNonDA },
    }
  }
  return { ...decoded, ...place, kind: 'contract', contract } as ContractEvent
}

function decodeStrictly(contract: keyof EventAbis, log: Log<bigint, number, false>) {
  try {
    const decoded = decodeEventLog({
      abi: eventAbis[contract],
      topics: log.topics,
      data: log.data,
      strict: true,
    })
    return decoded as Exclude<ContractEvent, never>
  } catch (cause) {
    throw new SourceFailure('lying', `serves a log that ${contract} cannot have made: ${String(cause)}`, {
      cause,
    })
  }
}

const TYPE_NAMES = new Map(
  Object.entries(OutputType).map(([name, code]) => [code as number, name as OutputTypeName]),
)

interface DepositedArguments {
  readonly outputId: Hex
  readonly guard: Hex
  readonly index: bigint
  readonly number: bigint
  readonly outputType: number
  readonly token: Address
  readonly amount: bigint
}

/** The id commits to everything in the event, so an endpoint cannot change what was deposited. */
function depositOf(args: DepositedArguments, place: EventPlace): DepositEvent {
  const output: Output = {
    type: TYPE_NAMES.get(args.outputType) ?? 'fee',
    guard: args.guard as Guard,
    token: args.token.toLowerCase() as Output['token'],
    amount: amount(args.amount),
  }
  const position = (args.number << 32n) as Position
  const id = args.outputId as OutputId
  if (outputProblem(output) || depositId(output, position) !== id) {
    throw new SourceFailure('lying', `serves a deposit whose id is not ${id}`)
  }
  return { kind: 'deposit', ...place, index: args.index, id, output, position }
}
