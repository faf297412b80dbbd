import { type Address, address } from '@omg/protocol'
import type { StakeEvent } from '@omg/rootchain'
import { percent, wholeOmg } from '../words.ts'

/** Something that a validator was punished for or accused of, or that somebody did with her stake. */
export interface Past {
  readonly key: string
  readonly block: bigint
  /** Seconds; undefined where the endpoint does not say. */
  readonly time: bigint | undefined
  readonly validator: Address
  readonly look: 'good' | 'wait' | 'bad' | 'quiet'
  readonly title: string
  readonly text: string
}

/** What happened, without where: {@link Past} without what every event has. */
type What = Pick<Past, 'look' | 'title' | 'text'> & { readonly validator: string }

/** Slashes, jail and reports of downtime, the newest first. */
export function deedsOf(events: readonly StakeEvent[]): readonly Past[] {
  return pasts(events, offenceIn)
}

/** What an account did with its stake, the newest first. */
export function activityOf(events: readonly StakeEvent[], account: Address): readonly Past[] {
  return pasts(events, event => movementIn(event, account))
}

function pasts(events: readonly StakeEvent[], read: (event: StakeEvent) => What | undefined): Past[] {
  return events
    .flatMap(event => {
      const what = read(event)
      if (what === undefined) return []
      const { blockNumber, blockTimestamp, transactionHash, logIndex } = event
      return [
        {
          ...what,
          key: `${transactionHash} ${logIndex}`,
          block: blockNumber,
          time: blockTimestamp ?? undefined,
          validator: address(what.validator),
        },
      ]
    })
    .toReversed()
}

function offenceIn({ eventName, args }: StakeEvent): What | undefined {
  switch (eventName) {
    case 'Slashed': {
      const text = `${percent(args.bps)} of all that answered for set ${args.validatorSetId}: ${wholeOmg(args.amount)} OMG`
      return { validator: args.validator, look: 'bad', title: 'slashed', text }
    }
    case 'Punished': {
      const text = args.offence === 0 ? 'signed two headers of one checkpoint' : 'voted twice at one height'
      return { validator: args.validator, look: 'bad', title: 'proven', text }
    }
    case 'Jailed':
      return { validator: args.validator, look: 'bad', title: 'jailed', text: 'kept out of new sets' }
    case 'Unjailed':
      return { validator: args.validator, look: 'good', title: 'out of jail', text: 'may stand again' }
    case 'DowntimeReported': {
      const text = 'somebody says that she does not sign'
      return { validator: args.validator, look: 'wait', title: 'reported', text }
    }
    case 'DowntimeConcluded':
      return args.jailed
        ? { validator: args.validator, look: 'bad', title: 'was down', text: 'did not answer the report' }
        : { validator: args.validator, look: 'good', title: 'was not down', text: 'answered the report' }
    default:
      return undefined
  }
}

function movementIn({ eventName, args }: StakeEvent, account: Address): What | undefined {
  switch (eventName) {
    case 'Delegated':
      return address(args.delegator) === account
        ? { validator: args.validator, look: 'good', title: 'staked', text: `${wholeOmg(args.amount)} OMG` }
        : undefined
    case 'Undelegated': {
      const text = `${wholeOmg(args.amount)} OMG`
      return address(args.delegator) === account
        ? { validator: args.validator, look: 'wait', title: 'taken out', text }
        : undefined
    }
    case 'Redelegated': {
      const text = `${wholeOmg(args.amount)} OMG, from ${args.from.slice(0, 8)}…`
      return address(args.delegator) === account
        ? { validator: args.to, look: 'good', title: 'moved', text }
        : undefined
    }
    case 'RedelegationSlashed': {
      const text = `${wholeOmg(args.amount)} OMG, for what ${args.from.slice(0, 8)}… signed`
      return address(args.delegator) === account
        ? { validator: args.to, look: 'bad', title: 'slashed', text }
        : undefined
    }
    default:
      return undefined
  }
}
