import { type Hex, MAX_OUTPUTS, type OutputId, outputId, type TxHash } from '@omg/protocol'
import type { Claim, Maker } from './claim.ts'

/** What Ethereum has decided for good about outputs, as far as it bears on other claims. */
export interface Finality {
  /** Whether an output is final by an exit, or by another transaction than this one. */
  isFinalWithout(outputId: OutputId, txHash: TxHash): boolean
  /** The void transaction that would have made an output. */
  voidMakerOf(outputId: OutputId): Maker | undefined
}

export interface FinalityFacts {
  readonly claims: Iterable<Claim>
  /** Transactions that were declared void. */
  readonly declaredVoid: Iterable<TxHash>
  /** Outputs of which Ethereum was shown a spend. */
  readonly shownSpent: ReadonlySet<OutputId>
  /** Chain time in seconds. */
  readonly now: bigint
}

/** Reads it from what Ethereum has recorded. */
export function finalityOf({ claims, declaredVoid, shownSpent, now }: FinalityFacts): Finality {
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
      // ExitQueue._isExitCertain: no spend counts against it any more, so who waits for the queue would come too late.
      const certain = claim.piggyback === null && claim.state === 'open' && now >= claim.exitableAt
      const due = certain && !shownSpent.has(claim.outputId)
      if (due || claim.state === 'paid') exited.add(claim.outputId)
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
