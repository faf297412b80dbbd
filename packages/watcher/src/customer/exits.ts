import type { OutputId } from '@omg/protocol'
import {
  type Creator,
  type Delegation,
  type Origin,
  proveInclusion,
  RevertedError,
  type RootChain,
  type StandardExit,
  startStandardExit,
  withdrawBonds,
} from '@omg/rootchain'
import { unlessAnswered } from '../guard/challenger.ts'
import type { Evidence } from '../guard/evidence.ts'

/** An output of an owner who delegated, in the form in which its exit starts. */
export interface DelegatedExit extends Origin {
  readonly outputId: OutputId
  readonly delegation: Delegation
}

/** What the key of this watcher does on Ethereum for a customer. Each is tried first, so a refusal costs nothing. */
export interface ExitCalls {
  start(exit: DelegatedExit): Promise<StandardExit>
  /** Shows that the payment which made an output stands in a checkpoint. */
  showInclusion(creator: Creator): Promise<unknown>
  /** Has the bond of an earlier exit of the output paid out. */
  withdrawBond(outputId: OutputId): Promise<unknown>
}

/**
 * Refusals that say that there is nothing to start: the exit is there already, or was paid; or the output cannot leave, since
 * what it was made of has left (R14), was spent by an earlier leaf, or its payment is void. None of them is a failure of the
 * watcher, and none is final as long as Ethereum can reorganise (A19) and an exit that is there can be challenged.
 */
export const POINTLESS: ReadonlySet<string> = new Set([
  'ExitExists',
  'InputExited',
  'InputSpentByOther',
  'CreatorVoid',
])

/**
 * Refusals that name what must come first. I2: Ethereum knows another claim to what the output was made of, and wants to see
 * that its payment was included. And an earlier exit of the same output that was challenged or dropped has a bond to be paid out.
 */
export const PREPARATIONS: ReadonlyMap<string, (calls: ExitCalls, exit: DelegatedExit) => Promise<unknown>> =
  new Map([
    ['SpendNotProven', (calls, { creator }) => calls.showInclusion(creator)],
    ['BondOutstanding', (calls, { outputId }) => calls.withdrawBond(outputId)],
  ])

/** Starts an exit, and before that whatever Ethereum asks for, each at most once. Throws what `ExitCalls.start` throws. */
export async function startDelegatedExit(calls: ExitCalls, exit: DelegatedExit): Promise<StandardExit> {
  const done = new Set<string>()
  for (;;) {
    try {
      return await calls.start(exit)
    } catch (error) {
      if (!(error instanceof RevertedError) || done.has(error.reason)) throw error
      const prepare = PREPARATIONS.get(error.reason)
      if (prepare === undefined) throw error
      done.add(error.reason)
      // Somebody else may have done it in the meantime.
      await unlessAnswered(prepare(calls, exit))
    }
  }
}

/** The calls, with the key of `rootChain` and the evidence of the watcher's own blocks. */
export function createExitCalls(rootChain: RootChain, evidence: Evidence, signal: AbortSignal): ExitCalls {
  return {
    start({ creator, inclusion, delegation }) {
      const origin = inclusion === undefined ? { creator } : { creator, inclusion }
      return startStandardExit(rootChain, { ...origin, delegation, signal })
    },
    showInclusion: async creator => proveInclusion(rootChain, { ...evidence.includedMaker(creator), signal }),
    withdrawBond: outputId =>
      withdrawBonds(rootChain, { game: 'standardExits', exitIds: [outputId], signal }),
  }
}
