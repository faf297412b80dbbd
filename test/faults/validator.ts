import { effectiveConfig } from '../../packages/node/src/configuration/configuration.ts'
import { startNode } from '../../packages/node/src/node.ts'
import { disk, type FileSystem } from '../../packages/node/src/store/files.ts'
import type { Fault } from './network.ts'

/*
 * A validator as a process, configured by its environment, which may do one thing wrong: node validator.ts [fault].
 * What it does wrong is done around the node, not in it.
 */

const fault = process.argv[2] as Fault | undefined
/** How far behind a wrong clock is, in seconds. */
const CLOCK_ERROR_SECONDS = 3_600n
/** How long the disk stays full, in milliseconds. */
const FULL_MILLISECONDS = 6_000

const started = Date.now()
const now = () => BigInt(Math.floor(Date.now() / 1000))

const node = await startNode({
  configuration: effectiveConfig({ environment: process.env }),
  ...(fault === 'clock-behind' ? { clock: () => now() - CLOCK_ERROR_SECONDS } : {}),
  ...(fault === 'disk-full' ? { files: fullFor(FULL_MILLISECONDS) } : {}),
})
const { application } = node
switch (fault) {
  case 'withholds-extensions':
    application.extendVote = async () => ({ extension: new Uint8Array(0) })
    break
  case 'garbage-extensions':
    application.extendVote = async () => ({ extension: new Uint8Array(93).fill(7) })
    break
  case 'invalid-proposals': {
    const prepare = application.prepareProposal.bind(application)
    application.prepareProposal = async request => {
      const { txs } = await prepare(request)
      return { txs: txs.map(tx => tx.map((byte, i) => (i === tx.length - 1 ? byte ^ 1 : byte))) }
    }
  }
}
process.stdout.write(`${JSON.stringify({ url: node.url, fault: fault ?? null })}\n`)
process.on('SIGTERM', () => void node.close().then(() => process.exit(0)))

/** A disk that has no room for a while. */
function fullFor(milliseconds: number): FileSystem {
  return {
    ...disk,
    async open(path) {
      const file = await disk.open(path)
      return new Proxy(file, {
        get(target, name) {
          const value = Reflect.get(target, name) as unknown
          if (name === 'write' && Date.now() < started + milliseconds) {
            return () => Promise.reject(Object.assign(new Error('no space'), { code: 'ENOSPC' }))
          }
          return typeof value === 'function' ? value.bind(target) : value
        },
      })
    },
  }
}
