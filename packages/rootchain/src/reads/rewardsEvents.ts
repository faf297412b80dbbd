import { type Address, address, type OutputId } from '@omg/protocol'
import { type ParseEventLogsReturnType, parseEventLogs } from 'viem'
import { rewardsAbi } from '../abi.ts'
import type { RootChain } from '../client.ts'
import { type BlockRange, getContractLogs } from './logs.ts'

/** Something that Rewards said, with its place on Ethereum. */
export type RewardsEvent = ParseEventLogsReturnType<typeof rewardsAbi, undefined, true>[number]

/** The events of the fees on their way and of their division in a range of blocks, in the order of Ethereum. */
export async function getRewardsEvents(
  reader: Pick<RootChain, 'ethereum' | 'deployment'>,
  range: BlockRange,
): Promise<RewardsEvent[]> {
  const logs = await getContractLogs(reader, [reader.deployment.rewards], range)
  return parseEventLogs({ abi: rewardsAbi, logs })
}

/** A fee coin whose exit was started, and whose money has not been taken in. */
export interface FeeCollection {
  readonly exitId: OutputId
  /** Whose income it becomes. */
  readonly validatorSetId: bigint
  readonly token: Address
  readonly amount: bigint
  /** Who put up the bond. */
  readonly payer: Address
}

/** The income of one set in one token, in wei of the token. */
export interface SetIncome {
  readonly token: Address
  readonly validatorSetId: bigint
  /** What has come in. */
  readonly income: bigint
  /** Undefined until it is divided. */
  readonly division?: {
    readonly stakers: bigint
    readonly insurance: bigint
    readonly burnt: bigint
    /** What rounding left, for the next set. */
    readonly carried: bigint
    /** What the stake of each validator has earned, her delegators' part included. */
    readonly allotted: readonly { readonly validator: Address; readonly amount: bigint }[]
  }
}

/** What the events of Rewards add up to. */
export interface RewardsLedger {
  /** Fee coins on their way, the oldest first. */
  readonly open: readonly FeeCollection[]
  /** Every fee coin whose exit was ever started. */
  readonly collected: ReadonlySet<OutputId>
  /** Sets with income, the oldest first. */
  readonly sets: readonly SetIncome[]
}

/** Adds up the events of {@link getRewardsEvents}, from the deployment on. */
export function rewardsLedgerOf(events: readonly RewardsEvent[]): RewardsLedger {
  const open = new Map<OutputId, FeeCollection>()
  const collected = new Set<OutputId>()
  const sets = new Map<string, SetIncome>()
  const change = (token: string, validatorSetId: bigint, by: (set: SetIncome) => Partial<SetIncome>) => {
    const key = `${address(token)} ${validatorSetId}`
    const known = sets.get(key) ?? { token: address(token), validatorSetId, income: 0n }
    sets.set(key, { ...known, ...by(known) })
  }
  for (const { eventName, args } of events) {
    if (eventName === 'Collected') {
      const { validatorSetId, amount } = args
      const exitId = args.exitId as OutputId
      collected.add(exitId)
      open.set(exitId, {
        ...{ exitId, validatorSetId, amount },
        ...{ token: address(args.token), payer: address(args.payer) },
      })
    } else if (eventName === 'Swept') {
      open.delete(args.exitId as OutputId)
      const { token, validatorSetId, amount } = args
      if (amount > 0n) change(token, validatorSetId, ({ income }) => ({ income: income + amount }))
    } else if (eventName === 'Allotted') {
      const part = { validator: address(args.validator), amount: args.amount }
      change(args.token, args.validatorSetId, ({ division = NOTHING }) => ({
        division: { ...division, allotted: [...division.allotted, part] },
      }))
    } else if (eventName === 'Divided') {
      const { stakers, insurance, burnt, carried } = args
      change(args.token, args.validatorSetId, ({ division = NOTHING }) => ({
        division: { ...division, stakers, insurance, burnt, carried },
      }))
    }
  }
  const inOrder = [...sets.values()].toSorted((a, b) => Number(a.validatorSetId - b.validatorSetId))
  return { open: [...open.values()], collected, sets: inOrder }
}

const NOTHING = { stakers: 0n, insurance: 0n, burnt: 0n, carried: 0n, allotted: [] }
