import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * MFP of the devnet, in seconds: an exit takes one to two of them. Shorter would leave a checkpoint less than twelve
 * blocks to reach Ethereum (R4), which a machine that is busy or starts again must be able to keep.
 */
export const DEVNET_FINALIZATION_SECONDS = 30
/**
 * The same where a checkpoint takes longer to reach Ethereum (R4): with several validators one of them may be down, and the others need
 * rounds without it; blobs take seconds to make, and anvil seconds to check the first.
 */
export const PATIENT_FINALIZATION_SECONDS = 120

/**
 * How node, watcher and indexer of a devnet differ from their defaults: everything takes seconds. The files are written once
 * and belong to the user then; `omg config node --config .omg/node.json` shows the result.
 */
const DEVNET_SETTINGS = {
  node: {
    workers: 1,
    ethereum: { finalityDepth: 1, pollMilliseconds: 250 },
    block: { intervalMilliseconds: 250 },
    consensus: { timeoutCommitMilliseconds: 250 },
    checkpoint: { intervalSeconds: 4, minimumSeconds: 2 },
    // Fees as an exchange has them, so that costs, fills and balances show what they will.
    exchange: { makerBps: 2, takerBps: 5 },
  },
  watcher: {
    workers: 1,
    confirmations: 1,
    pollMilliseconds: 500,
    // There is one watcher here; several would take turns.
    turnSeconds: 0,
    dataGraceSeconds: 20,
    nodeGraceSeconds: 15,
    providerGraceSeconds: 15,
    submissionGraceSeconds: 60,
    stallGraceSeconds: 30,
  },
  indexer: {
    workers: 0,
    stallGraceSeconds: 30,
    // Pages, bots and tests of one machine share an address.
    requestsPerSecond: 500,
  },
} as const

/**
 * How the keeper of a devnet differs from its defaults: a round follows the other, and an exit is worth a test dollar, so that there is one every
 * ten seconds or so and not one for every checkpoint.
 */
export const KEEPER_PACE = ['--pause-seconds', '1', '--least', 'TUSD=1'] as const

/** The settings file of a program of this network; made on first use. */
export function settingsFile(data: string, program: keyof typeof DEVNET_SETTINGS): string {
  const file = join(data, `${program}.json`)
  if (!existsSync(file)) writeFileSync(file, `${JSON.stringify(DEVNET_SETTINGS[program], null, 2)}\n`)
  return file
}
