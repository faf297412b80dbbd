import { SmallDisk } from './disk.ts'
import type { Load } from './load.ts'
import type { FaultNetwork } from './network.ts'
import { type FaultCase, NotRun, type Offender } from './outcome.ts'

const CULPRIT = 2

/** Block log, tables, CometBFT's databases, its WAL and its record of votes: all meet the same full disk while the chain is busy. */
export const FULL_DISK: FaultCase = {
  name: 'one whose disk is full',
  async run(network, load, found) {
    await network.kill([CULPRIT], 'SIGTERM')
    const disk = SmallDisk.put(network.directoryOf(CULPRIT))
    if (!disk) {
      await network.start(CULPRIT)
      throw new NotRun('this user may not mount a small disk')
    }
    try {
      await network.start(CULPRIT)
      await load.more(8)
      found(await whileFull(disk, network, load))
      // As a supervisor does, where the process has ended.
      if (network.hasEnded(CULPRIT)) await network.start(CULPRIT)
      const { height } = (await network.status(0))!
      await network.until(
        async () => (await network.height(CULPRIT)) >= Number(height),
        'it has what was decided without it',
      )
      await load.more(8)
    } finally {
      await network.kill([CULPRIT], 'SIGTERM')
      disk.remove()
    }
    await network.start(CULPRIT)
  },
}

/** Until both programs have failed to write, and the others have gone on. It must not have gone on with them. */
async function whileFull(disk: SmallDisk, network: FaultNetwork, load: Load): Promise<Offender> {
  const refused = () => network.logged(CULPRIT, 'store.full').length
  const panics = () => network.logged(CULPRIT, 'no space left on device').length
  const before = { refused: refused(), panics: panics() }
  disk.fill()
  await network.until(
    async () => refused() + panics() > before.refused + before.panics,
    'a write fails for want of room',
  )
  const height = await network.height(CULPRIT)
  await load.more(16)
  const after = await network.height(CULPRIT)
  // The block whose log was written when room ran out may still come.
  if (after > height + 1) throw new Error(`it went on from ${height} to ${after} on a full disk`)
  const failures = [
    ...counted(refused() - before.refused, 'blocks that the node could not keep'),
    ...counted(panics() - before.panics, 'writes that CometBFT could not make'),
    network.hasEnded(CULPRIT) ? 'the process ended' : 'the process waited',
  ]
  disk.free()
  return { found: `validator ${CULPRIT}: ${failures.join(', ')}` }
}

function counted(count: number, what: string): string[] {
  return count === 0 ? [] : [`${count} ${what}`]
}
