import { type Hex, MAX_OUTPUTS, type OutputId, outputId, type TxHash } from '@omg/protocol'
import type { Claim, Maker } from './claim.ts'

/** What Ethereum has decided for good about outputs, as far as it bears on other claims. */
export interface Finality {
  /** Whether an output is final by an exit, or by another transaction than this one. */
  isFinalWithout(outputId: OutputId, txHash: TxHash): boolean
  /** The void transaction that would have made an output. */
  voidMakerOf(outputId: OutputId): Maker | undefined
}

/** Reads it from the claims and from the transactions that were declared void. */
export function finalityOf(claims: Iterable<Claim>, declaredVoid: Iterable<TxHash>): Finality {
  const exited = new Set<OutputId>()
  const finalBy = new Map<OutputId, TxHash>()
  const makers = new Map<Hex, Maker>()
  const addVoid = (txHash: TxHash) => {
    for (let outputIndex = 0; outputIndex < MAX_OUTPUTS; outputIndex++)
      makers.set(outputId(txHash, outputIndex), { txHash, outputIndex })
  }
  for (const txHash of declaredVoid) addVoid(txHash)
  for (const claim of claims) {
    if (claim.kind === 'exit') {
      if (claim.state === 'paid') exited.add(claim.outputId)
    } else if (claim.state === 'decided') {
      if (claim.verdict === 'void') addVoid(claim.id)
      else for (const input of claim.pay.inputs) finalBy.set(input, claim.id)
    }
  }
  return {
    isFinalWithout(output, txHash) {
      const winner = finalBy.get(output)
      return exited.has(output) || (winner !== undefined && winner !== txHash)
    },
    voidMakerOf: output => makers.get(output),
  }
}
