import { type Address, address } from '@omg/protocol'
import type { RootChain } from '../client.ts'
import { getCheckpoint, getLastCheckpoint } from './checkpoints.ts'
import { getStakePool, getStandingValidators, type StakePool } from './stake.ts'
import type { StakeEvent } from './stakeEvents.ts'
import { getValidatorSet, type ValidatorSet } from './validators.ts'

/**
 * `active`: in the current set and in the next. `joining`: in the next one. `leaving`: in the current one only. `jailed`: kept out of new sets, perhaps
 * still in the current one. `waiting`: in neither, below the smallest bond or displaced.
 */
export type ValidatorState = 'active' | 'joining' | 'leaving' | 'jailed' | 'waiting'

/** How a validator stands, and what she says of herself. */
export interface ValidatorStanding extends StakePool {
  readonly state: ValidatorState
  /** Her power in the current set, in OMG wei; 0 if she is not in it. */
  readonly power: bigint
  readonly description: string
}

/** Every account that ever was a validator, as it stands now; the most power first. `events` are those of {@link getStakeEvents}. */
export async function getStandings(
  reader: RootChain,
  { events }: { readonly events: readonly StakeEvent[] },
): Promise<readonly ValidatorStanding[]> {
  const descriptions = new Map<Address, string>()
  for (const { eventName, args } of events) {
    if (eventName === 'Bonded' && !descriptions.has(address(args.validator)))
      descriptions.set(address(args.validator), '')
    if (eventName === 'Described') descriptions.set(address(args.validator), args.description)
  }
  const [set, standing] = await Promise.all([getValidatorSet(reader), getStandingValidators(reader)])
  const found = await Promise.all(
    [...descriptions].map(async ([validator, description]) => {
      const pool = await getStakePool(reader, { validator, standing })
      if (pool === undefined) return undefined
      const power = powerIn(set, events, pool)
      return { ...pool, power, description, state: stateOf(pool, power) }
    }),
  )
  return found
    .filter(each => each !== undefined)
    .toSorted(
      (a, b) =>
        Number(b.power > a.power) - Number(b.power < a.power) ||
        Number(b.tokens > a.tokens) - Number(b.tokens < a.tokens),
    )
}

/** The set names keys: the one that she has now, or one that she had. */
function powerIn(
  set: ValidatorSet | undefined,
  events: readonly StakeEvent[],
  { validator, signer }: StakePool,
) {
  const keys = new Set<string>([signer])
  for (const { eventName, args } of events) {
    if (eventName === 'SignerProven' && address(args.validator) === validator) keys.add(address(args.signer))
  }
  return set?.validators.find(member => keys.has(member.signer))?.bond ?? 0n
}

function stateOf({ jailedUntil, standing }: StakePool, power: bigint): ValidatorState {
  if (jailedUntil > 0n) return 'jailed'
  if (standing) return power > 0n ? 'active' : 'joining'
  return power > 0n ? 'leaving' : 'waiting'
}

/** How many of the checkpoints that were looked at a key could sign, and did. */
export interface Participation {
  readonly signed: number
  readonly of: number
}

/** Who signed the last accepted checkpoints, by key, from the signers that Ethereum has recorded. */
export async function getParticipation(
  reader: RootChain,
  { last }: { readonly last: number },
): Promise<ReadonlyMap<Address, Participation>> {
  const newest = await getLastCheckpoint(reader)
  const count = newest < BigInt(last) ? Number(newest) : last
  const numbers = Array.from({ length: count }, (_, i) => newest - BigInt(i))
  const checkpoints = await Promise.all(numbers.map(number => getCheckpoint(reader, { number })))
  const ids = new Set(checkpoints.flatMap(checkpoint => (checkpoint ? [checkpoint.validatorSetId] : [])))
  const sets = await Promise.all([...ids].map(id => getValidatorSet(reader, { id })))
  const found = new Map<Address, Participation>()
  for (const checkpoint of checkpoints) {
    const set = sets.find(each => each?.id === checkpoint?.validatorSetId)
    set?.validators.forEach(({ signer }, place) => {
      const { signed, of } = found.get(signer) ?? { signed: 0, of: 0 }
      const did = (checkpoint!.signers >> BigInt(place)) & 1n
      found.set(signer, { signed: signed + Number(did), of: of + 1 })
    })
  }
  return found
}
