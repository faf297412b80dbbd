import { toHex } from '@omg/protocol'
import type { LockFact } from './locks.ts'
import type { LockedOutputs } from './types.ts'

/** R6 in plain words: looks through all facts for every answer. The model that {@link Locks} is tested against. */
export function lockedOutputsReference(facts: readonly LockFact[], origin: bigint): LockedOutputs {
  const past = facts.filter(({ block }) => block <= origin)
  const isVoid = (hash: string) => past.some(fact => fact.kind === 'void' && fact.txHash === hash)
  return {
    size: past.length,
    blocks(id, spender) {
      const [output, payment] = [toHex(id), toHex(spender)]
      return past.some(fact => {
        if (fact.kind === 'exit' || fact.kind === 'contest') return fact.outputId === output
        if (fact.kind === 'void' || !fact.inputs.some(input => input === output)) return false
        return isVoid(fact.txHash) ? fact.txHash === payment : fact.txHash !== payment
      })
    },
  }
}
