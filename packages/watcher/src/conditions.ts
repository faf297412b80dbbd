import type { AlarmBook } from './alarm/book.ts'
import type { Comparison } from './chain/checkpoints.ts'
import type { Follower } from './chain/follower.ts'
import type { StoredCheckpoint } from './store/facts.ts'

export interface ChainConditions {
  readonly alarms: AlarmBook
  readonly comparison: Comparison
  readonly follower: Pick<Follower, 'state'>
  readonly lastCheckpoint: StoredCheckpoint | undefined
  /** Whether everything that Ethereum has was read. */
  readonly caughtUp: boolean
  /** Number of the open checkpoint, and transactions in it. */
  readonly tip: { readonly checkpoint: bigint; readonly txCount: number }
}

/** Sees and clears the alarms that compare the chain with Ethereum. To be called in every round. */
export function judgeChain(conditions: ChainConditions): void {
  const { alarms, comparison, follower, lastCheckpoint, caughtUp, tip } = conditions
  const { mismatch, missing, stale } = comparison
  const wrong = new Set<string>()
  if (mismatch !== undefined) {
    const { number, expected, found } = mismatch
    wrong.add(number.toString())
    alarms.see('checkpoint.mismatch', number.toString(), { checkpoint: number.toString(), expected, found })
  }
  alarms.clearOthers('checkpoint.mismatch', wrong)

  const late = new Set<string>()
  if (stale !== undefined) {
    const { number, height, txHash: transaction, why } = stale
    late.add(number.toString())
    const place = { checkpoint: number.toString(), height: height.toString() }
    alarms.see('checkpoint.stale', number.toString(), { ...place, transaction, why })
  }
  alarms.clearOthers('checkpoint.stale', late)

  // A31: while blocks still come, they are late and not withheld.
  const withheld = new Set<string>()
  if (missing !== undefined && follower.state !== 'syncing') {
    const { number, lastNonDA, transactionHash } = missing
    withheld.add(number.toString())
    // In blob mode the transactions are on Ethereum whoever withholds them, for the weeks that its nodes keep blobs.
    const published = lastNonDA === number ? {} : { blobsOf: transactionHash }
    alarms.see('data.withheld', number.toString(), {
      checkpoint: number.toString(),
      follower: follower.state,
      ...published,
    })
  }
  alarms.clearOthers('data.withheld', withheld)

  const accepted = lastCheckpoint?.number ?? 0n
  const stalled = new Set<string>()
  const waits = tip.checkpoint > accepted + 1n || (tip.checkpoint === accepted + 1n && tip.txCount > 0)
  if (waits) {
    const subject = `after ${accepted}`
    stalled.add(subject)
    // What was not read yet may well be there: then it is neither seen nor unseen.
    if (caughtUp)
      alarms.see('submission.stalled', subject, {
        lastCheckpoint: accepted.toString(),
        open: tip.checkpoint.toString(),
      })
  }
  alarms.clearOthers('submission.stalled', stalled)
}
