import { checkpointDigest, type Hash, headerHash, signDigest } from '@omg/protocol'
import { encodeHeaderMessage } from '../../packages/node/src/application/header-message.ts'
import { effectiveConfig } from '../../packages/node/src/configuration/configuration.ts'
import { type RunningNode, startNode } from '../../packages/node/src/node.ts'
import {
  type Fault,
  MOMENTS,
  type Moment,
  PROPOSER_STEPS,
  type ProposerStep,
  SNAPSHOT_CHECKPOINTS,
} from './fault.ts'
import { lieAboutBatches } from './lies.ts'

/*
 * A validator as a process, configured by its environment, which may do one thing wrong: node validator.ts [fault].
 * What it does wrong is done around the node, not in it.
 */

const fault = process.argv[2] as Fault | undefined
/** How far behind a wrong clock is, in seconds. */
const CLOCK_ERROR_SECONDS = 3_600n
/** Bytes of a vote extension, or of a bundle, that are none. */
const GARBAGE_BYTES = 93

/** The newest checkpoint of which another header was told. */
let lastOther = 0n
const now = () => BigInt(Math.floor(Date.now() / 1000))
const configuration = effectiveConfig({ environment: process.env })

const node = await startNode({
  configuration,
  snapshotCheckpoints: SNAPSHOT_CHECKPOINTS,
  ...(fault === 'clock-behind' ? { clock: () => now() - CLOCK_ERROR_SECONDS } : {}),
})
const { application } = node
const garbage = () => new Uint8Array(GARBAGE_BYTES).fill(7)
switch (fault) {
  case 'withholds-extensions':
    application.extendVote = async () => ({ extension: new Uint8Array(0) })
    // Nor do its signatures travel beside the blocks.
    node.services.checkpoints.sign = async () => []
    break
  case 'garbage-extensions':
    application.extendVote = async () => ({ extension: garbage() })
    break
  case 'garbage-bundles':
    application.reapTxs = async () => ({ txs: [crypto.getRandomValues(garbage())] })
    break
  case 'invalid-proposals': {
    const prepare = application.prepareProposal.bind(application)
    application.prepareProposal = async request => {
      const { txs } = await prepare(request)
      return { txs: txs.map(tx => tx.map((byte, i) => (i === tx.length - 1 ? byte ^ 1 : byte))) }
    }
    break
  }
  case 'lies-about-batches':
    lieAboutBatches(node, told => process.stdout.write(`${JSON.stringify(told)}\n`))
    break
  case 'two-headers': {
    const reap = application.reapTxs.bind(application)
    application.reapTxs = async request => {
      const { txs } = await reap(request)
      return { txs: [...otherHeader(node), ...txs] }
    }
  }
}
for (const moment of MOMENTS) {
  for (const step of PROPOSER_STEPS) if (fault === `dies-${moment}-${step}`) dieIn(step, moment)
}
process.stdout.write(`${JSON.stringify({ url: node.url, fault: fault ?? null })}\n`)
process.on('SIGTERM', () => void node.close().then(() => process.exit(0)))

/** Another header for the newest checkpoint, signed beside what the node signs, for whoever hears it: once for each. */
function otherHeader({ services: { checkpoints, ledger, domain } }: RunningNode): Uint8Array[] {
  const checkpoint = checkpoints.get(ledger.tip.checkpoint - 1n)
  if (!checkpoint || checkpoint.number <= lastOther) return []
  lastOther = checkpoint.number
  const header = { ...checkpoints.header(checkpoint), txRoot: `0x${'5a'.repeat(32)}` as Hash }
  const signature = signDigest(checkpointDigest(headerHash(header), domain), configuration.validator.key!)
  return [encodeHeaderMessage({ header, signature })]
}

/** Ends as a crash does, at a step of a block that it has proposed itself. */
function dieIn(step: ProposerStep, moment: Moment): void {
  let isProposer = false
  for (const name of PROPOSER_STEPS) {
    // Each of them takes one request, or none.
    const original = (application[name] as (request: unknown) => Promise<unknown>).bind(application)
    const wrapped = async (request: unknown) => {
      isProposer ||= name === 'prepareProposal'
      const isLast = isProposer && name === step
      if (isLast && moment === 'before') process.kill(process.pid, 'SIGKILL')
      const answer = await original(request)
      if (isLast) process.kill(process.pid, 'SIGKILL')
      return answer
    }
    Object.assign(application, { [name]: wrapped })
  }
}
