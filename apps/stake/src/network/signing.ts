import type { Address } from '@omg/protocol'
import {
  type Checkpoint,
  getCheckpoint,
  getLastCheckpoint,
  getValidatorSet,
  type RootChain,
  type ValidatorSet,
} from '@omg/rootchain'

/** Checkpoints that are looked at for participation. */
export const LOOKED_AT = 40
/** The newest ones, which are read anew: Ethereum may still take them back. */
const UNSETTLED = 4n

/** A checkpoint that a key could sign. */
export interface Signing {
  readonly checkpoint: bigint
  readonly signed: boolean
}

/** By the key that signs, the oldest checkpoint first. */
export type Signings = ReadonlyMap<Address, readonly Signing[]>

/** Who signed the last accepted checkpoints, from the signers that Ethereum has recorded. What is settled is asked for once. */
export function signingReader(rootChain: RootChain): () => Promise<Signings> {
  const checkpoints = new Map<bigint, Checkpoint>()
  const sets = new Map<bigint, ValidatorSet>()
  return async () => {
    const newest = await getLastCheckpoint(rootChain)
    const oldest = newest > BigInt(LOOKED_AT) ? newest - BigInt(LOOKED_AT) + 1n : 1n
    const wanted = range(oldest, newest)
    const unknown = wanted.filter(number => number + UNSETTLED > newest || !checkpoints.has(number))
    const read = await Promise.all(unknown.map(number => getCheckpoint(rootChain, { number })))
    for (const checkpoint of read) if (checkpoint) checkpoints.set(checkpoint.number, checkpoint)
    for (const number of checkpoints.keys())
      if (number < oldest || number > newest) checkpoints.delete(number)
    const found = wanted.map(number => checkpoints.get(number)).filter(each => each !== undefined)
    const ids = [...new Set(found.map(({ validatorSetId }) => validatorSetId))].filter(id => !sets.has(id))
    const more = await Promise.all(ids.map(id => getValidatorSet(rootChain, { id })))
    for (const set of more) if (set) sets.set(set.id, set)
    return signingsOf(found, sets)
  }
}

/** Who signed which of these checkpoints, and did not. */
export function signingsOf(
  checkpoints: readonly Pick<Checkpoint, 'number' | 'validatorSetId' | 'signers'>[],
  sets: ReadonlyMap<bigint, Pick<ValidatorSet, 'validators'>>,
): Signings {
  const signings = new Map<Address, Signing[]>()
  for (const { number, validatorSetId, signers } of checkpoints) {
    sets.get(validatorSetId)?.validators.forEach(({ signer }, place) => {
      const all = signings.get(signer) ?? []
      all.push({ checkpoint: number, signed: ((signers >> BigInt(place)) & 1n) === 1n })
      signings.set(signer, all)
    })
  }
  return signings
}

function range(first: bigint, last: bigint): bigint[] {
  const numbers: bigint[] = []
  for (let number = first; number <= last; number++) numbers.push(number)
  return numbers
}
