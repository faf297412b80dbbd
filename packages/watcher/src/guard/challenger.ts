import { encodeTransaction, type Hex, type OmgError, type OutputId, toHex } from '@omg/protocol'
import {
  challengeCanonicity,
  challengeLosingExit,
  challengePiggyback,
  challengeStandardExit,
  challengeVoidExit,
  challengeVoidPiggyback,
  proveInclusion,
  RevertedError,
  type RootChain,
  voidTransaction,
  withdrawBonds,
} from '@omg/rootchain'
import type { Violation } from './claim.ts'
import type { Evidence } from './evidence.ts'

/** What became of an answer. */
export type Answer =
  | { readonly kind: 'mined'; readonly transactionHash: Hex; readonly block: bigint }
  /** Ethereum holds it to be answered already, or of no effect. Nothing was sent. */
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string }

/** Answers wrong claims on Ethereum. Tries each call first, so a refusal costs nothing. */
export interface Challenger {
  answer(violation: Violation): Promise<Answer>
  /** Has the bonds of finished exits paid out. */
  collect(
    game: 'standardExits' | 'inFlightExits',
    exitIds: readonly Hex[],
  ): Promise<{ readonly transactionHash: Hex; readonly block: bigint }>
}

/** Reverts that say: somebody was faster, or Ethereum knows better already. */
export const ANSWERED: ReadonlySet<string> = new Set([
  'ExitNotOpen',
  'EvidenceWithoutEffect',
  'AlreadyDecided',
])

/** A challenger that signs with the key of `rootChain`. */
export function createChallenger(rootChain: RootChain, evidence: Evidence, signal: AbortSignal): Challenger {
  return {
    async answer(violation) {
      try {
        const { transactionHash, blockNumber } = await call(rootChain, evidence, violation, signal)
        return { kind: 'mined', transactionHash, block: blockNumber }
      } catch (error) {
        if (error instanceof RevertedError && ANSWERED.has(error.reason)) {
          return { kind: 'refused', reason: error.reason }
        }
        return { kind: 'failed', reason: reasonOf(error) }
      }
    },

    async collect(game, exitIds) {
      const { transactionHash, blockNumber } = await withdrawBonds(rootChain, {
        game,
        exitIds: exitIds as readonly OutputId[],
        signal,
      })
      return { transactionHash, block: blockNumber }
    },
  }
}

function call(rootChain: RootChain, evidence: Evidence, violation: Violation, signal: AbortSignal) {
  switch (violation.kind) {
    case 'exit.spent': {
      const { claim } = violation
      const spend = evidence.show(violation.spend, claim.outputId)
      return challengeStandardExit(rootChain, { exitId: claim.id as OutputId, spend, signal })
    }
    case 'exit.void':
      return showVoid(rootChain, violation, signal)
    case 'exit.losing':
      return showLosing(rootChain, evidence, violation, signal)
    case 'inFlight.void': {
      const { claim, inputIndex, parent } = violation
      const transaction = toHex(encodeTransaction(claim.pay))
      return voidTransaction(rootChain, { transaction, inputIndex, ...(parent && { parent }), signal })
    }
    case 'piggyback.spent': {
      const { claim } = violation
      const spend = evidence.show(violation.spend, claim.outputId)
      const { transaction: txHash, side, index } = claim.piggyback!
      return challengePiggyback(rootChain, { txHash, side, index, spend, signal })
    }
    case 'inFlight.rival': {
      const { claim, spend, input } = violation
      const proven = spend.leaf === null ? undefined : evidence.included(spend.txHash, [input])
      if (proven === undefined) {
        return challengeCanonicity(rootChain, {
          txHash: claim.id,
          rival: evidence.show(spend, input),
          signal,
        })
      }
      // An included rival counts for all games at once.
      return proveInclusion(rootChain, { ...proven, signal })
    }
    case 'inFlight.included': {
      const { claim } = violation
      const proven = evidence.included(claim.id, claim.pay.inputs)
      if (proven === undefined) throw new Error(`the inclusion of ${claim.id} was seen and cannot be found`)
      return proveInclusion(rootChain, { ...proven, signal })
    }
  }
}

/** That the exit's transaction is void, if Ethereum must still be shown why; then that it made the output. */
async function showVoid(
  rootChain: RootChain,
  { claim, maker, lost }: Extract<Violation, { kind: 'exit.void' }>,
  signal: AbortSignal,
) {
  if (lost !== null) {
    const { shown, inputIndex } = lost
    const { transaction } = shown.creator
    await unlessAnswered(voidTransaction(rootChain, { transaction, inputIndex, signal }))
  }
  const { txHash: creator, outputIndex } = maker
  if (claim.piggyback !== null) {
    const { transaction: txHash, index: inputIndex } = claim.piggyback
    return challengeVoidPiggyback(rootChain, { txHash, inputIndex, parent: maker, signal })
  }
  return challengeVoidExit(rootChain, { exitId: claim.id as OutputId, creator, outputIndex, signal })
}

/** Two steps: the earlier spend, if Ethereum does not know it, and that the exit's transaction stands after it. */
async function showLosing(
  rootChain: RootChain,
  evidence: Evidence,
  { claim, shown, inputIndex, spend }: Extract<Violation, { kind: 'exit.losing' }>,
  signal: AbortSignal,
) {
  const proven = evidence.included(spend.txHash, [shown.inputs[inputIndex]!])
  if (proven === undefined) throw new Error(`the inclusion of ${spend.txHash} was seen and cannot be found`)
  await unlessAnswered(proveInclusion(rootChain, { ...proven, signal }))
  const exitId = claim.id as OutputId
  return challengeLosingExit(rootChain, { exitId, creator: shown.creator, inputIndex, signal })
}

/** A first step that Ethereum needs no more is no failure. */
export async function unlessAnswered(step: Promise<unknown>): Promise<void> {
  try {
    await step
  } catch (error) {
    if (!(error instanceof RevertedError && ANSWERED.has(error.reason))) throw error
  }
}

/** An error in one line, with its code. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as Partial<OmgError>
  return code === undefined ? String(message ?? error) : `${code}: ${message}`
}
