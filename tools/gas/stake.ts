import { setFeePreference } from '@omg/rootchain'
import type { FeeSchedule } from '@omg/stake'
import { ALICE, type Stage } from './stage.ts'

const PREFERENCE: FeeSchedule = {
  payment: [1_000n, 1_000n, 1_000n, 1_000n],
  item: [2_000n, 2_000n, 2_000n, 2_000n],
  accepted: [true, true, false, false],
  ...{ makerBps: [2, 2, 2], takerBps: [5, 5, 5] },
  ...{ steps: 32, unitsPerStep: 1_000_000_000n, cancels: 256 },
}

/** All numbers of a vote go in one call, the first time and every time they are changed. */
export async function measureVotes(stage: Stage): Promise<void> {
  const alice = stage.as(ALICE)
  await stage.measure('vote on fees, the first time', () =>
    setFeePreference(alice, { preference: PREFERENCE }),
  )
  await stage.measure('vote on fees, changed', () =>
    setFeePreference(alice, { preference: { ...PREFERENCE, takerBps: [5, 6, 5] } }),
  )
}
